"""A plan at once: by value per cost with overlap counted, rules kept on the way.

The greedy plan is the first incumbent and the source of the first prices. It gives no guarantee; it may even
miss every plan of a brief whose rules are tight, and then says so by breaking one (the judge sees it).
"""

from dataclasses import dataclass

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.walk import Walk
from optimizer.program import Prices, Program
from optimizer.rules import Count, Distance, Require, Spend
from optimizer.sorted_sets import among, union

_ROUNDS, _HALVES = 60, 11
"""Rounds in which worth per cost is weighed anew, and how many of the first spend half of what is left."""
_SMALL, _FEW_HALVES = 1_000, 3
"""Offers up to which so few rounds spend half: overhead, not the offers, is what a round costs there."""
_STALE = 0.3
"""Growth of a segment's summed exponents after which the worth of a round is out of date."""
_POOL = 4096
_SKETCHED = 1 << 16
_TIMES_THE_BUDGET = 6
_EACH_PATTERN, _PATTERNS = 64, 32
"""Offers under the same rules that are in the pool at least, of so many patterns of rules that would be missing."""


@dataclass(frozen=True, eq=False, slots=True)
class Greedy:
    """plan: sorted positions; prices: what its last steps suggest for segments and budget.

    pool: the offers that it chose from, sorted positions.
    """

    plan: Positions
    pool: Positions
    prices: Prices


def greedy(program: Program) -> Greedy:
    """Lower sides of rules first, then value per cost in rounds that re-weigh what is already met."""
    walk = _begun(program)
    pool = _promising(walk)
    ratio = _fill(walk, pool)
    plan = np.sort(walk.chosen)
    reach = 1.0 if program.goal is None else (1.0 / ratio if ratio > 0 else 0.0)
    fresh = reach * np.exp(-walk.u)
    budget = ratio if program.goal is None else 0.0
    return Greedy(plan, pool, Prices(reach, fresh, budget, np.zeros(len(program.rows))))


def sketched(program: Program) -> Positions:
    """A plan from about ``_SKETCHED`` of very many offers, those of every so many creators: sorted positions."""
    every = -(-program.problem.offers // _SKETCHED)
    offers = program.offers_of(np.arange(0, len(program.first), every))
    offers = offers[~among(offers, program.closed)]
    return np.asarray(offers[greedy(program.part(offers, program.forced)).plan])


def outlined(program: Program) -> Greedy:
    """The budget spent, or the goal met, by value per cost, with rules and overlap left aside: not a plan.

    For the prices and the people met where all offers are looked at together next; costs one pass.
    """
    problem, walk = program.problem, Walk(program)
    worth = walk.worth(slice(None))
    worth[program.closed] = -np.inf
    ratio = worth / np.maximum(problem.cost, 0.5)
    order = np.argsort(-ratio, kind="stable")
    order = order[worth[order] > 0]
    order = order[np.sort(np.unique(problem.creator[order], return_index=True)[1])]
    if program.goal is None:
        number = int(np.searchsorted(np.cumsum(problem.cost[order]), problem.budget, side="right"))
    else:
        number = int(np.searchsorted(walk.engaged(order), program.goal)) + 1
    taken, last = order[:number], order[min(number, len(order)) - 1 :][:1]
    price = float(ratio[last].sum())
    reach = 1.0 if program.goal is None else (1.0 / price if price > 0 else 0.0)
    fresh = reach * np.exp(-problem.exponents[taken].sum(axis=0))
    budget = price if program.goal is None else 0.0
    return Greedy(np.sort(taken), np.sort(order), Prices(reach, fresh, budget, np.zeros(len(program.rows))))


def _begun(program: Program) -> Walk:
    """A plan that meets the lower sides of rules: with most worth per cost, or by cheap offers if need be."""
    is_open = np.ones(program.problem.offers, np.bool_)
    is_open[program.closed] = False
    first = Walk(program)
    _meet_lower_sides(first, is_open, cheap=False)
    if not first.lacks():
        return first
    second = Walk(program)
    _meet_lower_sides(second, is_open, cheap=True)
    return first if second.lacks() else second


def _meet_lower_sides(walk: Walk, is_open: Flags, cheap: bool) -> None:
    """For each row whose lower side is not met by nothing, take the offers that meet it at the best worth per cost.

    cheap: the cheapest instead, and rules about few offers first: what meets them counts for the others too.
    """
    program = walk.program
    needs = np.flatnonzero(program.rows.lower > 0).tolist()
    pools = {needed: _touched(program, needed) for needed in needs}
    for needed in sorted(needs, key=lambda row: len(pools[row])) if cheap else needs:
        pool = pools[needed][is_open[pools[needed]]]
        cost = program.problem.cost[pool]
        score = -cost.astype(float) if cheap else (walk.worth(pool) + 1e-9) / (cost + 1.0)
        if len(pool) > _POOL:
            top = np.sort(np.argpartition(-score, _POOL)[:_POOL])
            pool, score = pool[top], score[top]
        walk.take(pool[np.argsort(-score, kind="stable")], program.problem.budget, needed)


def _touched(program: Program, row: int) -> Positions:
    """The offers that can bring a row with a positive lower side up to it."""
    problem = program.problem
    if not problem.rules:  # a part of a problem has the rows alone
        return np.flatnonzero(program.rows.of_row(problem, row, np.arange(problem.offers)) > 0)
    rule = problem.rules[int(program.rows.rule[row])]
    if isinstance(rule, Distance):
        return rule.others if rule.most is None else rule.offers
    return rule.offers if isinstance(rule, Count | Spend | Require) else np.zeros(0, np.int64)


def _fill(walk: Walk, pool: Positions) -> float:
    """Spend the budget in rounds; returns the value per minor unit of the last offer taken."""
    problem = walk.program.problem
    last = 0.0
    halves = _FEW_HALVES if len(pool) <= _SMALL else _HALVES
    for round_ in range(_ROUNDS):
        worth = walk.worth(pool)
        pool, worth = pool[worth > 0], worth[worth > 0]
        if not len(pool) or walk.reached():
            break
        ratio = worth / np.maximum(problem.cost[pool], 0.5)
        order = np.argsort(-ratio, kind="stable")
        spent = np.cumsum(problem.cost[pool[order]])
        enough = int(np.searchsorted(spent, _TIMES_THE_BUDGET * (problem.budget - walk.cost))) + _POOL
        pool, ratio = pool[order[:enough]], ratio[order[:enough]]
        goes_half = round_ < halves
        fresh = int(np.count_nonzero(ratio >= ratio[0] / 2)) if goes_half else len(pool)
        share = walk.cost + (problem.budget - walk.cost) // 2 if goes_half else problem.budget
        taken = walk.take(pool[:fresh], share, stale_at=walk.u + _STALE)
        if len(taken):
            last = float(ratio[np.flatnonzero(pool == taken[-1])[0]])
        elif not goes_half:
            break
    return last


def _promising(walk: Walk) -> Positions:
    """The open offers with the best worth per cost before overlap, enough to spend the budget several times over."""
    program, cost = walk.program, walk.program.problem.cost
    ratio = walk.worth(slice(None))
    ratio /= np.maximum(cost, 0.5)
    ratio[program.closed] = -np.inf
    wide = _POOL
    while wide < len(ratio) - len(program.closed):
        top = np.argpartition(ratio, len(ratio) - wide)[-wide:]
        if int(cost[top].sum()) > _TIMES_THE_BUDGET * program.problem.budget:
            return _with_every_pattern(program, ratio, top)
        wide *= 4
    return np.flatnonzero(ratio > -np.inf)


def _with_every_pattern(program: Program, ratio: Floats, top: Positions) -> Positions:
    """``top`` and the best of each pattern that is hardly in it: rules may want others than the best. Sorted."""
    pattern, patterns = program.rows.pattern, len(program.rows.pattern_start) - 1
    rare = np.flatnonzero(np.bincount(pattern[top], minlength=patterns) < _EACH_PATTERN)
    more = [top]
    for number in rare[:_PATTERNS].tolist():
        alike = np.flatnonzero(pattern == number)
        if len(alike) > _EACH_PATTERN:
            alike = alike[np.argpartition(-ratio[alike], _EACH_PATTERN)[:_EACH_PATTERN]]
        more.append(alike[ratio[alike] > -np.inf])
    return union(*more)
