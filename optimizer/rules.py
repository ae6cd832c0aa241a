"""The rules of a brief, one class per kind of row, resolved to offers.

Each rule is named; its name is the key in every answer. ``offers`` arrays are sorted
positions (int64). How a rule becomes rows of the program stands in ``rows.py``, how a plan
is checked against it in ``judge.py``; the two share nothing but these classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from optimizer.columns import Floats, Positions


@dataclass(frozen=True, eq=False, slots=True)
class Count:
    """Number of creators with a chosen offer among ``offers``: least <= number <= most (None = no side)."""

    name: str
    kind: str
    offers: Positions
    least: int | None
    most: int | None


@dataclass(frozen=True, eq=False, slots=True)
class Spend:
    """Landed cost of the chosen among ``offers``, minor units: least <= cost <= most."""

    name: str
    kind: str
    offers: Positions
    least: int | None
    most: int | None


@dataclass(frozen=True, eq=False, slots=True)
class SpendShare:
    """Share of the whole spend that goes to ``offers``, compared exactly; holds when nothing is spent."""

    name: str
    kind: str
    offers: Positions
    least: Fraction | None
    most: Fraction | None


@dataclass(frozen=True, eq=False, slots=True)
class WasteShare:
    """Waste over contacts of the plan is at most ``most`` (0..1, tolerance 1e-9); holds without contacts."""

    name: str
    kind: str
    most: float


@dataclass(frozen=True, eq=False, slots=True)
class Filter:
    """Offers that are out whatever else is chosen: min/max figures of a creator or offer, and exclude."""

    name: str
    kind: str
    offers: Positions
    detail: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Require:
    """Exactly one of ``offers`` (all of one creator) is chosen."""

    name: str
    kind: str
    offers: Positions


@dataclass(frozen=True, eq=False, slots=True)
class OnlyWith:
    """A chosen offer of ``offers`` (one creator) needs a chosen one in every group of ``needed``.

    A group is the offers of one creator; it is empty when that creator has none.
    """

    name: str
    kind: str
    offers: Positions
    needed: tuple[Positions, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Distance:
    """How far a plan is from a given one: size - chosen among ``offers`` + chosen among ``others``.

    offers: what being without counts one each. others: what being with counts one each; no offer is in both.
    size: how many of ``offers`` the given plan has, so that its own distance is 0. The distance is at least ``least``
    or at most ``most``; one of the two is None.
    """

    name: str
    kind: str
    offers: Positions
    others: Positions
    size: int
    least: int | None
    most: int | None


Rule = Count | Spend | SpendShare | WasteShare | Filter | Require | OnlyWith | Distance
"""at_most_one_of is a ``Count`` with most = 1, at_least_one_of one with least = 1; ``kind`` keeps their name."""

SHARE_TOLERANCE = 1e-9
"""Absolute tolerance of waste_share and min_on_target_share; counts and money have none."""


def outside(name: str, kind: str, match: Positions, figure: Floats, keep: Callable[[Floats], np.ndarray]) -> Filter:
    """A filter that removes the matched offers whose figure does not pass ``keep``; NaN (not stated) never passes.

    match: sorted positions of the offers the filter looks at. figure: float64, shape (n,), per offer.
    """
    figures = figure[match]
    passes = np.zeros(len(match), np.bool_)
    stated = ~np.isnan(figures)
    passes[stated] = keep(figures[stated])
    return Filter(name, kind, match[~passes])
