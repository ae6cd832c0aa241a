"""The target group of a brief as it is posted."""

from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticKnownError

from app.wire.fields import LONGEST_NAME, MOST_PEOPLE, Name, NullIs, Posted, Share, one_or_many
from optimizer.target import Panel, Segment
from optimizer.target import Target as Segments

MOST_SEGMENTS = 200
MOST_DIMENSIONS = 50
MOST_MEMBERS = 100_000


def _as_list(value: object) -> object:
    if value == "":  # told of the text itself: its place in a list would name what was not posted
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST_NAME})
    return one_or_many(value)


Wanted = Annotated[
    list[Name],
    Field(min_length=1, max_length=1000),
    BeforeValidator(_as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1000},
            ]
        }
    ),
]
"""One value of an audience dimension, or a list of which any counts."""

Size = Annotated[float, Field(gt=0, le=MOST_PEOPLE)]


class TargetSegment(Posted):
    """One part of the target group; no person is in two segments."""

    name: Name = Field(
        description="Name in every answer, unique in the brief, 1 to 200 characters.",
        examples=["DACH trail runners 25-44"],
    )
    size: Size | None = Field(
        default=None,
        description="People in the segment, above 0. Absent: overlap between audiences is not modelled here, "
        "engaged people simply add up, and the result warns.",
        examples=[900000],
    )
    relevance: Annotated[Share, NullIs(lambda: 1.0)] = Field(
        default=1.0,
        description="What an engaged person of this segment counts, 0 to 1, as a share of a full one. Absent or "
        "null: 1, since everybody in the target group counts in full unless the brief says less.",
        examples=[1.0],
    )
    where: dict[Name, Wanted] | None = Field(
        default=None,
        description="Audience dimension to wanted value or values (any of them), dimensions are and-ed; names are "
        "free, values compare exactly with those of the candidates' `audience`. Absent: only creators that name this "
        "segment in `segment_shares` reach it. At most 50 dimensions in the whole target.",
        examples=[{"topic": "trail-running", "country": ["DE", "AT"]}],
        max_length=MOST_DIMENSIONS,
    )

    def part(self) -> Segment:
        """The segment as the optimizer sees it."""
        where = {dimension: _distinct(values) for dimension, values in (self.where or {}).items()}
        return Segment(self.name, self.size, self.relevance, where)


def _distinct(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


MemberId = Annotated[str, Field(min_length=1, max_length=128)]
"""Member of a panel, 1 to 128 characters; only ever compared."""

Weight = Annotated[float, Field(ge=0, le=MOST_PEOPLE)]


class TargetPanel(Posted):
    """A panel that stands for the target group, where it is known which members are in whose audience."""

    name: Name = Field(
        default="panel",
        description="Name of the target group in every answer, 1 to 200 characters. Absent: panel.",
        examples=["DACH trail runners"],
    )
    weights: Annotated[dict[MemberId, Weight], Field(min_length=1, max_length=MOST_MEMBERS)] = Field(
        description="Member to people of the target group that it stands for, 0 or more, not all 0; at most 100 000 "
        "members. Ids are opaque texts of 1 to 128 characters, best hashed: they are compared and nothing else, and "
        "are in no answer.",
        examples=[{"9f3a61": 45.5, "b07c12": 51.2}],
    )
    relevance: Annotated[dict[MemberId, Share], Field(max_length=MOST_MEMBERS)] | None = Field(
        default=None,
        description="Member to what an engaged person like it counts, 0 to 1, as a share of a full one. "
        "Absent, or a member absent: 1, since everybody "
        "in the target group counts in full unless the brief says less.",
        examples=[{"b07c12": 0.5}],
    )

    def positions(self) -> dict[str, int]:
        """The position of each member, in the order of ids."""
        return {member: position for position, member in enumerate(sorted(self.weights))}

    def part(self) -> Panel:
        """The panel as the optimizer sees it."""
        members = sorted(self.weights)
        relevance = self.relevance or {}
        return Panel(
            np.array([self.weights[member] for member in members], np.float64),
            np.array([relevance.get(member, 1.0) for member in members], np.float64),
        )


class Target(Posted):
    """Who should engage: `segments`, or the short form `niche` with `countries`, `ages` and `size`, or a `panel`."""

    segments: Annotated[list[TargetSegment], Field(min_length=1, max_length=MOST_SEGMENTS)] | None = Field(
        default=None,
        description="1 to 200 segments, disjoint: any two differ in a dimension in which they share no value. Needed "
        "unless the short form or a panel is given.",
    )
    niche: Name | None = Field(
        default=None,
        description="Short form: one segment of this name with relevance 1, where topic is the niche. Absent: segments "
        "or a panel say it.",
        examples=["trail-running"],
    )
    countries: Annotated[list[Name], Field(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="Short form: countries of the audience, any of them. Absent: everywhere.",
        examples=[["DE"]],
    )
    ages: Annotated[list[Name], Field(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="Short form: age brackets as the candidates name them, any of them. Absent: every age.",
        examples=[["25-34", "35-44"]],
    )
    size: Size | None = Field(
        default=None,
        description="Short form: people in the target group, above 0. Absent: overlap is not modelled.",
        examples=[900000],
    )
    panel: TargetPanel | None = Field(
        default=None,
        description="Instead of segments and the short form: a panel, of which every candidate gives a sample "
        "(`audience_sample`). Overlap is then measured: a person counts as engaged with the chance that at least one "
        "of the chosen creators who have it in their audience engages it. Absent: overlap follows from shares.",
    )
    unknown_audience: Annotated[Literal["benchmark", "exclude", "zero"], NullIs(lambda: "benchmark")] = Field(
        default="benchmark",
        description="What to assume of a creator that lacks a dimension which a segment uses. benchmark (default): the "
        "mean share over the candidates that give it; exclude: the creator is out; zero: it reaches nobody there. With "
        "a panel: of a creator without audience_sample; benchmark spreads the mean share evenly over the panel.",
        examples=["benchmark"],
    )

    def parts(self) -> Segments:
        """The target as the optimizer sees it, the short form and a panel written out as one segment."""
        if self.panel is not None:
            panel = self.panel.part()
            relevance = float(panel.weight @ panel.relevance) / panel.people
            whole = Segment(self.panel.name, panel.people, relevance, {})
            return Segments((whole,), self.unknown_audience, panel)
        if self.segments is not None:
            return Segments(tuple(segment.part() for segment in self.segments), self.unknown_audience)
        if self.niche is None:
            raise ValueError("a target without segments and niche, which parse_brief refuses")
        where: dict[str, tuple[str, ...]] = {"topic": (self.niche,)}
        if self.countries is not None:
            where["country"] = _distinct(self.countries)
        if self.ages is not None:
            where["age"] = _distinct(self.ages)
        return Segments((Segment(self.niche, self.size, 1.0, where),), self.unknown_audience)
