"""Other good plans."""

from pydantic import Field

from app.wire.chosen import ChosenOffer
from app.wire.figures import Answer, Money
from app.wire.optimization import CostValue, NetValue, Totals

DEFAULT_NUMBER, MOST_NUMBER = 5, 20
DEFAULT_DIFFERENCE, MOST_DIFFERENCE = 2, 50


class AlternativeRow(Answer):
    """One of the best plans."""

    value: NetValue | CostValue = Field(
        description="Value and proof, as in the result: `best_bound` is of all plans that differ by enough from the "
        "rows found before this one."
    )
    distance: float | Money = Field(
        description="What is lost against the best plan: net value in engaged people, or money more when the objective "
        "is cost. 0 for the best plan itself."
    )
    difference: int = Field(
        description="Creators in exactly one of this plan and the best one: swapping one for another is 2. Another "
        "offer of the same creator is no difference.",
        ge=0,
    )
    added: list[str] = Field(description="Ids of the creators that the best plan has not, in order.")
    dropped: list[str] = Field(description="Ids of the creators that only the best plan has, in order.")
    totals: Totals = Field(description="What the plan costs and brings, as in the result.")
    selection: list[ChosenOffer] = Field(description="The chosen offers, by creator id.")


class Alternatives(Answer):
    """The best plans that differ from each other."""

    data: list[AlternativeRow] = Field(
        description="The best plan first, then each the best of all plans that differ from every row before it by at "
        "least min_difference creators. Fewer than k where no further plan keeps the rules (or none is found in time); "
        "empty where the brief has none."
    )
