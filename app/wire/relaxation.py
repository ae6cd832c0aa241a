"""The smallest change that makes an infeasible brief feasible."""

from typing import Literal

from pydantic import ConfigDict, Field

from app.wire.figures import Answer, Money

_LIMIT = "In the rule's own unit: creators or followers (a number), money (a decimal string), or a share (0 to 1)"


class Relaxation(Answer):
    """One change of one limit that is enough: with it, and all else as it is, the brief has a plan."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    name: str = Field(description="The rule's name; `budget` is the budget, `goal` the engaged reach asked for.")
    kind: str = Field(description="The rule's kind; `budget` and `goal` are their own.")
    side: Literal["min", "max"] | None = Field(
        description="Which limit of the rule moves; null where the rule has no number (require, exclude, only_with). "
        "at_most_one_of counts as max 1, at_least_one_of as min 1."
    )
    from_: int | float | Money | None = Field(
        alias="from", description=f"The limit as the brief has it. {_LIMIT}; null where the rule has no number."
    )
    to: int | float | Money | None = Field(
        description=f"The nearest limit with which there is a plan. {_LIMIT}, shares with six decimals; a filter's is "
        "the figure at which the offers that are needed come back. Null: the rule has to be left out."
    )
    change: float | None = Field(
        description="|to - from| / from, by which the list is ordered, smallest first; null, and last in the list, "
        "where a limit of 0 moves or the rule has to be left out.",
        json_schema_extra={"minimum": 0},
    )
    exact: bool = Field(
        description="Whether no smaller change of this limit is enough. False: this one is enough, but time ran out "
        "before smaller ones were ruled out."
    )
