"""A plan at once: by value per cost with overlap counted, rules kept on the way.

The greedy plan is the first incumbent and the source of the first prices. It gives no guarantee; it may even
miss every plan of a brief whose rules are tight, and then says so by breaking one (the judge sees it).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.program import Prices, Program

_ROUNDS = 12
_POOL = 4096
_CHUNK = 64
_TIMES_THE_BUDGET = 6


@dataclass(frozen=True, eq=False, slots=True)
class Greedy:
    """plan: sorted positions; prices: what its last steps suggest for segments and budget."""

    plan: Positions
    prices: Prices


class _Walk:
    """A growing plan with the activity of every row."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.chosen: list[int] = []
        self.creators: set[int] = set()
        self.cost = 0
        self.u = np.zeros(len(program.problem.ceilings))
        self.activity = np.zeros(len(program.rows))

    def fits(self, offer: int, row: Positions, value: Floats, need: bool) -> bool:
        """Whether adding the offer keeps budget, creator and upper sides; unless ``need``, ratio rows too."""
        problem, rows = self.program.problem, self.program.rows
        if int(problem.creator[offer]) in self.creators or self.cost + int(problem.cost[offer]) > problem.budget:
            return False
        after = self.activity[row] + value
        over = (after > rows.upper[row] + 1e-9) & (value > 0)
        under = (after < rows.lower[row] - 1e-9) & (value < 0) & (not need)
        return not bool(over.any() or under.any())

    def add(self, offer: int, row: Positions, value: Floats) -> None:
        """Take the offer into the plan."""
        problem = self.program.problem
        self.chosen.append(offer)
        self.creators.add(int(problem.creator[offer]))
        self.cost += int(problem.cost[offer])
        self.u += problem.exponents[offer]
        self.activity[row] += value

    def worth(self, offers: Positions | slice) -> Floats:
        """What each offer would add to the objective now (engaged reach for the inverse one)."""
        problem = self.program.problem
        slopes = problem.ceilings * np.exp(-self.u)
        worth = problem.exponents[offers] @ slopes + problem.gain[offers]
        if self.program.waste_weight:
            worth -= self.program.waste_weight * problem.waste[offers]
        return np.asarray(worth)

    def reached(self) -> bool:
        """Whether the goal of the inverse objective is met (True without one)."""
        if self.program.goal is None:
            return False
        problem = self.program.problem
        people = problem.ceilings @ -np.expm1(-self.u) + problem.gain[self.chosen].sum()
        return bool(people >= self.program.goal)


def greedy(program: Program) -> Greedy:
    """Lower sides of rules first, then value per cost in rounds that re-weigh what is already met."""
    walk = _Walk(program)
    is_open = np.ones(program.problem.offers, np.bool_)
    is_open[program.closed] = False
    open_offers = np.flatnonzero(is_open)
    _meet_lower_sides(walk, open_offers)
    ratio = _fill(walk, open_offers)
    plan = np.sort(np.array(walk.chosen, np.int64))
    reach = 1.0 if program.goal is None else (1.0 / ratio if ratio > 0 else 0.0)
    fresh = reach * np.exp(-walk.u)
    budget = ratio if program.goal is None else 0.0
    return Greedy(plan, Prices(reach, fresh, budget, np.zeros(len(program.rows))))


def _with_rows(program: Program, offers: Positions) -> Iterator[tuple[int, Positions, Floats]]:
    """Each offer with its rows and coefficients, tabulated a few at a time since walks end early."""
    for start in range(0, len(offers), _CHUNK):
        part = offers[start : start + _CHUNK]
        row, place, value = program.rows.coefficients(program.problem, part)
        order = np.argsort(place, kind="stable")
        row, value = row[order], value[order]
        cuts = np.searchsorted(place[order], np.arange(len(part) + 1)).tolist()
        for offer, (first, last) in zip(part.tolist(), pairwise(cuts), strict=True):
            yield offer, row[first:last], value[first:last]


def _meet_lower_sides(walk: _Walk, open_offers: Positions) -> None:
    """For each row whose lower side is not met by nothing, take the offers that meet it at the best worth per cost."""
    program = walk.program
    for needed in np.flatnonzero(program.rows.lower > 0):
        pool = open_offers
        helps = program.rows.of_row(program.problem, int(needed), pool) > 0
        pool = pool[helps]
        score = (walk.worth(pool) + 1e-9) / (program.problem.cost[pool] + 1.0)
        pool = pool[np.argsort(-score, kind="stable")][:_POOL]
        for offer, offer_rows, values in _with_rows(program, pool):
            if walk.activity[needed] >= program.rows.lower[needed]:
                break
            if walk.fits(offer, offer_rows, values, need=True):
                walk.add(offer, offer_rows, values)


def _fill(walk: _Walk, open_offers: Positions) -> float:
    """Spend the budget in rounds; returns the value per minor unit of the last offer taken."""
    problem = walk.program.problem
    last, pool = 0.0, _promising(walk, open_offers)
    for round_ in range(_ROUNDS):
        worth = walk.worth(pool)
        pool, worth = pool[worth > 0], worth[worth > 0]
        if not len(pool) or walk.reached():
            break
        ratio = worth / np.maximum(problem.cost[pool], 0.5)
        order = np.argsort(-ratio, kind="stable")
        share = problem.budget if round_ == _ROUNDS - 1 else walk.cost + (problem.budget - walk.cost) // 2
        before = len(walk.chosen)
        last_taken = _take(walk, pool[order], ratio[order], share, round_ == _ROUNDS - 1)
        last = last_taken if last_taken > 0 else last
        if len(walk.chosen) == before and share == problem.budget:
            break
    return last


def _promising(walk: _Walk, open_offers: Positions) -> Positions:
    """The offers with the best worth per cost before overlap, enough to spend the budget several times over."""
    problem = walk.program.problem
    worth = walk.worth(slice(None) if len(open_offers) == problem.offers else open_offers)
    ratio = worth / np.maximum(problem.cost[open_offers], 0.5)
    wide = _POOL
    while wide < len(open_offers):
        top = np.argpartition(-ratio, wide)[:wide]
        if int(problem.cost[open_offers[top]].sum()) > _TIMES_THE_BUDGET * problem.budget:
            return np.sort(open_offers[top])
        wide *= 4
    return open_offers


def _take(walk: _Walk, offers: Positions, ratio: Floats, spend_up_to: int, last_round: bool) -> float:
    """Walk offers in order, taking what fits, until the round's share is spent or the ratios are stale."""
    taken = 0.0
    best = float(ratio[0])
    for r, (offer, row, value) in zip(ratio.tolist(), _with_rows(walk.program, offers), strict=True):
        if walk.cost >= spend_up_to or walk.reached() or (not last_round and r < best / 2):
            break
        if walk.fits(offer, row, value, need=False):
            walk.add(offer, row, value)
            taken = r
    return taken
