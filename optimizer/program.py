"""The integer program of a problem, its prices, and the bound that any prices prove.

Weights make the two objectives one: ``reach`` on engaged reach, ``waste`` on wasted contacts and
``cost`` on minor units. Maximising net engaged reach is (1, lambda, 0); the inverse objective,
least cost for a goal, is (0, 0, 1) with the goal as a priced row, so that engaged reach then weighs
what the goal's price says.
"""

from dataclasses import dataclass, replace

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.judge import GOAL_TOLERANCE
from optimizer.problem import Problem
from optimizer.rows import Rows
from optimizer.rule_rows import closed, rows_of
from optimizer.solution import Duals
from optimizer.sorted_sets import difference, union
from optimizer.tighten import in_units, tightened

_BLOCK = 1 << 17


@dataclass(frozen=True, eq=False, slots=True)
class Program:
    """A problem with its rows tabulated.

    problem: as given, but for the budget where no plan can spend all of it.
    closed: offers that cannot be chosen (filters, dearer than the rules of money allow), sorted positions.
    forced: offers that must be chosen (a branch of the search), sorted, their creators' other offers closed.
    first: (m,) position of each creator's first offer. goal: engaged reach that counts as reached, or None.
    rising: position of an offer in every plan whose cost may rise, None for none.
    """

    problem: Problem
    rows: Rows
    closed: Positions
    forced: Positions
    first: Positions
    goal: float | None
    rising: int | None = None

    @classmethod
    def of(cls, problem: Problem, rising: int | None = None) -> "Program":
        """Tabulate rows, closed offers and creator boundaries; the budget and sides of spend as ``tightened``.

        Where these are tight only at the cost that ``rising`` has, it may not rise.
        """
        tight = tightened(problem, closed(problem))
        rising = rising if tight.unit == 1 and tight.budget == problem.budget else None
        problem = problem if tight.budget == problem.budget else replace(problem, budget=tight.budget)
        first = np.flatnonzero(np.diff(problem.creator, prepend=-1))
        goal = None if problem.goal is None else problem.goal * (1 - GOAL_TOLERANCE)
        return cls(
            problem=problem,
            rows=in_units(rows_of(problem), problem, tight.unit),
            closed=tight.closed,
            forced=np.zeros(0, np.int64),
            first=first,
            goal=goal,
            rising=rising,
        )

    def part(self, offers: Positions, forced: Positions) -> "Program":
        """The program of some open offers alone (sorted positions), renumbered from 0; ``forced`` among them."""
        problem = self.problem
        kept = Problem(
            creator=problem.creator[offers],
            cost=problem.cost[offers],
            exponents=problem.exponents[offers],
            gain=problem.gain[offers],
            waste=problem.waste[offers],
            contacts=problem.contacts[offers],
            ceilings=problem.ceilings,
            budget=problem.budget,
            waste_aversion=problem.waste_aversion,
            goal=problem.goal,
        )
        return Program(
            problem=kept,
            rows=self.rows.part(offers),
            closed=np.zeros(0, np.int64),
            forced=np.searchsorted(offers, forced),
            first=np.flatnonzero(np.diff(kept.creator, prepend=-1)),
            goal=self.goal,
            rising=_place_in(offers, self.rising),
        )

    def at_cost(self, cost_minor: int | None) -> "Program":
        """The program with ``rising`` at a higher landed cost, minor units; as it is where it costs as much already."""
        problem, rising = self.problem, self.rising
        if rising is None or cost_minor is None or cost_minor <= problem.cost[rising]:
            return self
        cost = problem.cost.copy()
        cost[rising] = cost_minor
        return replace(self, problem=replace(problem, cost=cost), rows=replace(self.rows))

    def branch(self, offer: int, chosen: bool) -> "Program":
        """The program with one more offer forced in (its creator's others closed) or closed."""
        if not chosen:
            return replace(self, closed=union(self.closed, np.array([offer])))
        offers = np.array([offer])
        siblings = difference(self.offers_of(self.creator_rank(offers)), offers)
        return replace(self, closed=union(self.closed, siblings), forced=union(self.forced, offers))

    @property
    def single(self) -> bool:
        """Whether no creator has two offers."""
        return len(self.first) == self.problem.offers

    @property
    def waste_weight(self) -> float:
        """Engaged people that one wasted contact costs in the objective."""
        return self.problem.waste_aversion if self.goal is None else 0.0

    @property
    def cost_weight(self) -> float:
        """What one minor unit costs in the objective."""
        return 0.0 if self.goal is None else 1.0

    def reached(self, offers: Positions) -> bool:
        """Whether a set of offers engages as many people as the goal asks (True without a goal)."""
        problem = self.problem
        people = problem.ceilings @ -np.expm1(-problem.exponents[offers].sum(axis=0)) + problem.gain[offers].sum()
        return self.goal is None or bool(people >= self.goal)

    def creator_rank(self, offers: Positions) -> Positions:
        """Position in ``first`` of each offer's creator."""
        return np.searchsorted(self.first, offers, side="right") - 1

    def offers_of(self, creators: Positions) -> Positions:
        """All offers of some creators (sorted positions in ``first``), sorted."""
        first = self.first[creators]
        size = np.append(self.first, self.problem.offers)[creators + 1] - first
        return np.repeat(first - (np.cumsum(size) - size), size) + np.arange(int(size.sum()))

    def counted(self, offers: Positions, lower: float, upper: float) -> "Program":
        """The program with the number of chosen among ``offers`` held between lower and upper."""
        return replace(self, rows=self.rows.with_count(offers, lower, upper))


@dataclass(frozen=True, eq=False, slots=True)
class Prices:
    """Multipliers of the program's rows.

    reach: value of one engaged person: 1, or the goal's price >= 0 for the inverse objective.
    fresh: (S,) value of one more person met in a segment before overlap, 0..reach (the slope of the saturation).
    budget: value of one minor unit, >= 0. rules: (R,) value of one unit of each row.
    """

    reach: float
    fresh: Floats
    budget: float
    rules: Floats

    def towards(self, other: "Prices", share: float) -> "Prices":
        """The point ``share`` of the way from these prices to others; a mix of valid prices is valid."""
        return Prices(
            self.reach + share * (other.reach - self.reach),
            self.fresh + share * (other.fresh - self.fresh),
            self.budget + share * (other.budget - self.budget),
            self.rules + share * (other.rules - self.rules),
        )


@dataclass(frozen=True, eq=False, slots=True)
class Priced:
    """What prices say of every offer, and what they prove.

    profit: (n,) reduced profit d_o, -inf for closed offers. best: (m,) max(0, best d_o) per creator, d_o of a
    forced offer whatever its sign.
    bound: no plan of the whole problem has a higher value.
    """

    prices: Prices
    profit: Floats
    best: Floats
    bound: float


def price(program: Program, prices: Prices) -> Priced:
    """Reduced profits of all offers and the upper bound of program.md, step 1; O(n (S + 4)), in blocks.

    d_o = sum_s c_os y_s + reach gain_o - waste_weight W_o - (budget + cost_weight) cost_o - sum_r rules_r a_ro
    with y_s = fresh_s M_s.
    """
    problem = program.problem
    slopes = prices.fresh * problem.ceilings
    profit = np.empty(problem.offers)
    for start in range(0, problem.offers, _BLOCK):
        block = slice(start, start + _BLOCK)
        part = profit[block]
        np.matmul(problem.exponents[block], slopes, out=part)
        part += prices.reach * problem.gain[block]
        if program.waste_weight:
            part -= program.waste_weight * problem.waste[block]
        part -= (prices.budget + program.cost_weight) * problem.cost[block]
        part -= program.rows.charge(problem, prices.rules, block)
    profit[program.closed] = -np.inf
    best = np.maximum(profit if program.single else np.maximum.reduceat(profit, program.first), 0.0)
    best[program.creator_rank(program.forced)] = profit[program.forced]
    return Priced(prices, profit, best, float(best.sum()) + _constant(program, prices))


def valid(program: Program, prices: Prices) -> Prices:
    """The nearest prices that prove a bound: signs right, no price on an infinite side, slopes within 0..reach.

    Rows that the prices do not know yet (a branch has one more) get price 0.
    """
    rows = program.rows
    known = np.append(prices.rules, np.zeros(len(rows) - len(prices.rules)))
    rules = np.where(np.isinf(rows.upper), np.minimum(known, 0.0), known)
    rules = np.where(np.isinf(rows.lower), np.maximum(rules, 0.0), rules)
    reach = 1.0 if program.goal is None else max(prices.reach, 0.0)
    return Prices(reach, np.clip(prices.fresh, 0.0, reach), max(prices.budget, 0.0), rules)


def known_prices(program: Program, duals: Duals | None) -> Prices:
    """The prices that duals of a similar problem's proof come to here: same segments, rules by their names."""
    rows, rules = program.rows, np.zeros(len(program.rows))
    if duals is None:
        return Prices(1.0, np.ones(len(program.problem.ceilings)), 0.0, rules)
    if duals.rules:
        by_rule = np.array([duals.rules.get(rule.name, 0.0) for rule in program.problem.rules])[rows.rule]
        rules = np.where(np.isfinite(np.where(by_rule > 0, rows.upper, rows.lower)), by_rule, 0.0)
    reach = 1.0 if program.goal is None else -duals.rules.get("goal", 0.0)
    ceilings = program.problem.ceilings
    fresh = np.divide(duals.segments, ceilings, out=np.zeros(len(ceilings)), where=ceilings > 0)
    return Prices(reach, fresh, duals.budget, rules)


def duals_of(program: Program, priced: Priced) -> Duals:
    """The prices of a proof by the names of their rules, for ``known_prices`` of another program and for answers."""
    prices, rules = priced.prices, dict[str, float]()
    for row in np.flatnonzero(prices.rules):
        name = program.problem.rules[int(program.rows.rule[row])].name
        rules[name] = rules.get(name, 0.0) + float(prices.rules[row])
    if program.goal is not None:
        rules["goal"] = -prices.reach
    return Duals(prices.fresh * program.problem.ceilings, prices.budget, rules, priced.profit)


def _place_in(offers: Positions, offer: int | None) -> int | None:
    """Where an offer is in sorted positions; None where it is not."""
    place = None if offer is None else int(np.searchsorted(offers, offer))
    return place if place is not None and place < len(offers) and offers[place] == offer else None


def _constant(program: Program, prices: Prices) -> float:
    """The part of the bound that no offer is in: conjugates, budget, row sides, goal."""
    rows, ceilings = program.rows, program.problem.ceilings
    total = prices.budget * program.problem.budget
    used = prices.rules != 0
    price_of, lower, upper = prices.rules[used], rows.lower[used], rows.upper[used]
    total += float(np.sum(np.where(price_of > 0, price_of * np.where(price_of > 0, upper, 0.0), 0.0)))
    total += float(np.sum(np.where(price_of < 0, price_of * np.where(price_of < 0, lower, 0.0), 0.0)))
    if prices.reach > 0:
        slope = prices.fresh / prices.reach
        log = np.log(np.where(slope > 0, slope, 1.0))
        total += prices.reach * float(np.sum(ceilings * (1.0 - slope + slope * log)))
    if program.goal is not None:
        total -= prices.reach * program.goal
    return total
