"""What a client can look up: demo briefs, problem types, benchmarks."""

from typing import Generic, Literal, TypeVar

from pydantic import Field

from app.wire.figures import Answer

Row = TypeVar("Row")
Severity = Literal["error", "warning"]


class Listed(Answer, Generic[Row]):
    """A short list, whole."""

    data: list[Row] = Field(description="All of them.")


class DemoBrief(Answer):
    """A built-in brief."""

    name: str = Field(description="Its name, for /v1/demo-briefs/{name}.", examples=["realistic"])
    summary: str = Field(description="What it shows.")


class ProblemType(Answer):
    """A stable code that `type` or `errors[].code` of a problem, or `warnings[].code`, may have."""

    name: str = Field(description="The code.", examples=["invalid_brief"])
    title: str = Field(description="What it means.")
    severities: list[Severity] = Field(
        description="Errors come in place of an answer, warnings with one; some codes can be either."
    )
    status: int | None = Field(
        description="The HTTP status of a problem of this type; null for codes of `errors` and `warnings` alone."
    )


class SourcedFigure(Answer):
    """A figure and where it comes from."""

    value: float = Field(
        description="The figure: a share, a ratio, or a parameter of ln(rate), as the field that holds it says."
    )
    source: str = Field(description="Study, publication or reasoning behind it, with its year.")


class Prior(Answer):
    """Prior of the engagement rate: ln rate ~ Normal(alpha + beta ln followers, tau^2)."""

    alpha: SourcedFigure = Field(description="Level.")
    beta: SourcedFigure = Field(description="Slope in ln followers.")
    tau: SourcedFigure = Field(description="Standard deviation between creators.")


class DemoBriefList(Listed[DemoBrief]):
    """The built-in briefs."""


class ProblemTypeList(Listed[ProblemType]):
    """The stable codes."""


ByName = dict[str, SourcedFigure]


class PlatformBenchmarks(Answer):
    """The figures of one platform."""

    priors: dict[str, Prior] = Field(description="By what a rate is counted against: follower, reach or view.")
    sigma: ByName = Field(description="Tier -> standard deviation of ln(rate) between posts of one creator.")
    reach_rate: dict[str, ByName] = Field(description="Format -> tier -> people who see a post, per follower.")
    non_follower_share: ByName = Field(description="Format -> share of reach that are not followers.")
    unique_viewer_share: SourcedFigure | None = Field(description="People per view; null where there is no figure.")


class BenchmarksDocument(Answer):
    """The figures that stand in where a brief does not say."""

    version: str = Field(description="Edition of the file; `reproducibility.parameters_hash` is its hash.")
    platforms: dict[str, PlatformBenchmarks] = Field(description="By platform.")
