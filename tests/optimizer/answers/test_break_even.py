"""Exact prices against enumeration: every plan without the offer, and every plan with it at every price."""

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.answers.break_even import UNMARKED, BreakEven, Terms, break_even
from optimizer.answers.cost_range import cost_range, room
from optimizer.answers.forced import loss_if_forced
from optimizer.answers.one_offer import at_cost, costing, part, required, without
from optimizer.answers.sharp import sharpened
from optimizer.forecast.cost import Markup
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Filter, Require, Spend, SpendShare
from optimizer.solution import Limits, Solution
from optimizer.solve import solve
from tests.enumerate import AllPlans
from tests.optimizer.problems import random_problem, random_rule

LIMITS = Limits()
TIE = 1e-9


def small_money(problem: Problem) -> Problem:
    """The problem with costs of at most a few dozen minor units, so that all prices can be tried."""
    scale = 50 / max(int(problem.cost.max(initial=1)), 1)

    def smaller(side: int | None) -> int | None:
        return None if side is None else int(side * scale)

    rules = tuple(
        replace(rule, least=smaller(rule.least), most=smaller(rule.most)) if isinstance(rule, Spend) else rule
        for rule in problem.rules
    )
    return replace(
        problem, cost=(problem.cost * scale).astype(np.int64), budget=int(problem.budget * scale), rules=rules
    )


@dataclass(frozen=True)
class Best:
    """The best plans of a kind: their value and the least cost among them."""

    value: float
    cost: int


def best_of(problem: Problem, offer: int, *, chosen: bool) -> Best | None:
    """The best plans with, or without, the offer."""
    plans = AllPlans.of(problem)
    kept = plans.feasible & (plans.chosen[:, offer] == chosen)
    if not kept.any():
        return None
    value = float(plans.value[kept].max())
    ties = kept & (plans.value >= value - TIE * max(abs(value), 1.0))
    return Best(value, int(plans.cost[ties].min()))


def belongs(problem: Problem, offer: int, without_it: Best | None) -> bool:
    """Whether the offer is in a best plan at its cost; of equal ones the cheaper is the best."""
    with_it = best_of(problem, offer, chosen=True)
    if with_it is None or without_it is None:
        return with_it is not None
    tie = TIE * max(abs(without_it.value), 1.0)
    if abs(with_it.value - without_it.value) <= tie:
        return with_it.cost <= without_it.cost
    return with_it.value > without_it.value


def by_trying(problem: Problem, offer: int, terms: Terms) -> int | None:
    """The highest price at which the offer belongs in the best plan, all prices tried."""
    if any(offer in rule.offers for rule in problem.rules if isinstance(rule, Filter)):
        return None
    without_it = best_of(problem, offer, chosen=False)
    most = problem.budget if terms.most_landed is None else min(problem.budget, terms.most_landed)
    price, highest = 0, None
    while (cost := terms.markup.landed(price)) <= most:
        if belongs(at_cost(problem, offer, cost), offer, without_it):
            highest = price
        price += 1
    return highest


def exactly(problem: Problem, offer: int, terms: Terms = UNMARKED) -> BreakEven:
    return break_even(problem, sharpened(problem, solve(problem, LIMITS), LIMITS), offer, LIMITS, terms)


def terms_of(rng: np.random.Generator) -> Terms:
    if rng.random() < 0.5:
        return UNMARKED
    rate = Fraction(int(rng.integers(100, 180)), 100)
    cap = int(rng.integers(0, 60)) if rng.random() < 0.3 else None
    return Terms(Markup(rate, int(rng.integers(0, 4))), cap)


@pytest.mark.parametrize("seed", range(80))
def test_prices_are_those_that_trying_all_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = small_money(random_problem(rng, rules=4, offers=6, inverse=seed % 4 == 0))
    terms = terms_of(rng)
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    for offer in range(problem.offers):
        found = break_even(problem, best, offer, LIMITS, terms)
        assert found == BreakEven(by_trying(problem, offer, terms), proven=True), f"offer {offer}"


@pytest.mark.parametrize("kind", ["spend", "spend_share"])
@pytest.mark.parametrize("seed", range(30))
def test_rules_that_a_dearer_offer_makes_easier_are_followed(kind: str, seed: int) -> None:
    """A least spend or share may need the offer to cost enough: then it is in at some prices and out below them."""
    rng = np.random.default_rng(9_000 + seed)
    problem = random_problem(rng, rules=0, offers=6, inverse=seed % 5 == 0)
    rules = tuple(random_rule(rng, problem, f"rule {k}", kind) for k in range(2))
    problem = small_money(replace(problem, rules=rules))
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    for offer in range(problem.offers):
        found = break_even(problem, best, offer, LIMITS)
        assert found == BreakEven(by_trying(problem, offer, UNMARKED), proven=True), f"offer {offer}"


@pytest.mark.parametrize("seed", range(30))
def test_plans_that_bear_no_price_of_a_wide_range_end_no_search(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a range of costs a solver may name such a plan first; a sweep, left out here, goes on to all others."""
    monkeypatch.setattr("optimizer.solve._SWEPT", ((-1, 0), (-1, 0)))
    monkeypatch.setattr("optimizer.method.search._SWEPT", -1)
    rng = np.random.default_rng(20_000 + seed)
    problem = random_problem(rng, rules=0, offers=6)
    rules = tuple(random_rule(rng, problem, f"rule {k}", "spend_share") for k in range(2))
    problem = small_money(replace(problem, rules=rules))
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    for offer in range(problem.offers):
        found = break_even(problem, best, offer, LIMITS)
        assert found == BreakEven(by_trying(problem, offer, UNMARKED), proven=True), f"offer {offer}"


@pytest.mark.parametrize("seed", range(40))
def test_one_unit_below_it_is_in_and_one_above_it_is_out(seed: int) -> None:
    """At full prices, by solving again; between equal values nothing is asked of the solver's choice."""
    problem = random_problem(np.random.default_rng(500 + seed), rules=3, offers=12, inverse=seed % 3 == 0)
    solution = sharpened(problem, solve(problem, LIMITS), LIMITS)
    if solution.plan is None:
        return
    for offer in {*solution.plan[:2].tolist(), 0, problem.offers - 1}:
        found = break_even(problem, solution, offer, LIMITS)
        assert found.proven
        if found.price is None:
            assert gain_of(problem, offer, 0) <= 0
            continue
        assert gain_of(problem, offer, found.price) >= 0
        assert gain_of(problem, offer, found.price + 1) <= 0


def gain_of(problem: Problem, offer: int, cost: int) -> float:
    """How much more the best plan with the offer is worth at that cost than the best without, 0 where they tie."""
    priced = at_cost(problem, offer, cost)
    sides = [solve(make(priced, offer), Limits(relative_gap=1e-9)).verdict for make in (required, without)]
    with_it, without_it = (-np.inf if side is None else side.value for side in sides)
    if with_it == without_it:
        return 0.0
    return 0.0 if abs(with_it - without_it) <= 1e-8 * max(abs(without_it), 1.0) else with_it - without_it


@pytest.mark.parametrize("seed", range(60))
def test_the_loss_is_what_requiring_the_offer_costs(seed: int) -> None:
    problem = random_problem(np.random.default_rng(700 + seed), rules=3, inverse=seed % 4 == 0)
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    plans = AllPlans.of(problem)
    for offer in range(problem.offers):
        loss = loss_if_forced(problem, best, offer, LIMITS)
        assert loss.proven
        kept = plans.feasible & plans.chosen[:, offer]
        if not kept.any():
            assert loss.value is None
            continue
        assert loss.value is not None
        assert plans.best_value is not None
        expected = plans.best_value - float(plans.value[kept].max())
        assert loss.value == pytest.approx(expected, abs=2e-6 * max(abs(plans.best_value), 1.0))
        if best.plan is not None and offer in best.plan:
            assert loss.value == 0.0


@pytest.mark.parametrize("seed", range(60))
def test_the_costs_that_a_plan_can_pay_are_those_the_judge_accepts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = small_money(random_problem(rng, rules=0, offers=6))
    kinds = ("spend", "spend_share")
    rules = tuple(random_rule(rng, problem, f"rule {k}", kinds[k % 2]) for k in range(3))
    problem = replace(problem, rules=rules)
    plans = AllPlans.of(problem)
    for place in rng.integers(0, len(plans.chosen), 8).tolist():
        plan = plans.plan(place)
        for offer in plan.tolist():
            accepted = [
                cost for cost in range(problem.budget + 1) if judge(at_cost(problem, offer, cost), plan).feasible
            ]
            assert list(cost_range(problem, plan, offer)) == accepted


@pytest.mark.parametrize("seed", range(60))
def test_the_room_that_rules_leave_ends_where_the_costs_end(seed: int) -> None:
    """Also with one more offer in the plan."""
    rng = np.random.default_rng(seed)
    problem = small_money(random_problem(rng, rules=0, offers=6))
    rules = tuple(random_rule(rng, problem, f"rule {k}", ("spend", "spend_share")[k % 2]) for k in range(3))
    problem = replace(problem, rules=rules)
    plan = np.flatnonzero(rng.random(problem.offers) < 0.4)
    offer = int(rng.integers(problem.offers))
    plan = np.union1d(plan, [offer])
    highest, changes = room(problem, plan, offer)
    for more in [None, *np.setdiff1d(np.arange(problem.offers), plan).tolist()]:
        costs = cost_range(problem, plan if more is None else np.union1d(plan, [more]), offer)
        if costs:
            most = highest if more is None else highest + changes[:, more]
            assert costs[-1] == math.floor(most.min() + 1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_a_range_of_costs_has_every_plan_that_one_of_them_has(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = small_money(random_problem(rng, rules=0, offers=6))
    rules = tuple(random_rule(rng, problem, f"rule {k}", ("spend", "spend_share")[k % 2]) for k in range(3))
    problem = replace(problem, rules=rules)
    offer = int(rng.integers(problem.offers))
    least, most = sorted(rng.integers(0, 60, 2).tolist())
    asked = costing(problem, offer, least, most)
    plans = AllPlans.of(problem)
    for place in np.flatnonzero(plans.chosen[:, offer]).tolist():
        plan = plans.plan(place)
        some = any(judge(at_cost(problem, offer, cost), plan).feasible for cost in range(least, most + 1))
        whole = np.append(plan, problem.offers) if asked.shifted else plan
        kept = judge(asked.problem, whole).feasible
        assert kept or not some
        if least == most:
            assert kept == some


@pytest.mark.parametrize("seed", range(60))
def test_requiring_an_offer_keeps_every_plan_with_it(seed: int) -> None:
    """Offers that are barred because nobody could pay for them beside it were in no such plan."""
    rng = np.random.default_rng(seed)
    problem = small_money(random_problem(rng, rules=3, offers=6))
    problem = replace(problem, rules=(*problem.rules, random_rule(rng, problem, "money", "spend")))
    offer = int(rng.integers(problem.offers))
    plans = AllPlans.of(problem)
    asked = required(problem, offer)
    for place in range(len(plans.chosen)):
        with_it = bool(plans.feasible[place] and plans.chosen[place, offer])
        assert judge(asked, plans.plan(place)).feasible == with_it


@pytest.mark.parametrize("seed", range(40))
def test_a_part_is_the_problem_with_the_other_offers_barred(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=4)
    offers = np.flatnonzero(rng.random(problem.offers) < 0.6)
    small, plans = part(problem, offers), AllPlans.of(problem)
    for place in range(len(plans.chosen)):
        plan = plans.plan(place)
        if np.isin(plan, offers).all():
            mine = judge(small, np.searchsorted(offers, plan))
            assert mine.feasible == bool(plans.feasible[place])
            assert mine.value == pytest.approx(plans.value[place], rel=1e-12, abs=1e-9)


def shop(**changes: object) -> Problem:
    """Three creators without overlap who bring 100, 80 and 50 people for 1 000 minor units each; 2 000 to spend."""
    columns: dict[str, object] = {
        "creator": np.arange(3),
        "cost": np.array([1000, 1000, 1000]),
        "exponents": np.zeros((3, 0)),
        "gain": np.array([100.0, 80.0, 50.0]),
        "waste": np.zeros(3),
        "contacts": np.ones(3),
        "ceilings": np.zeros(0),
        "budget": 2000,
        "waste_aversion": 0.0,
    }
    return Problem(**(columns | changes))  # type: ignore[arg-type]


def test_prices_by_hand() -> None:
    """The first stays as long as 1 000 or more buys the second with it, and alone (100) it is less than 80 + 50."""
    assert exactly(shop(), 0) == BreakEven(1000, proven=True)
    assert exactly(shop(), 2) == BreakEven(0, proven=True)  # only when it costs nothing do all three fit
    assert exactly(shop(budget=2500), 2) == BreakEven(500, proven=True)


def test_of_two_alike_the_dearer_is_out() -> None:
    """With money to spare a twin could cost more in an equally good plan, but the cheaper plan is the best one."""
    problem = shop(gain=np.array([100.0, 50.0, 50.0]), budget=2300)
    assert exactly(problem, 1) == BreakEven(1000, proven=True)
    assert exactly(problem, 2) == BreakEven(1000, proven=True)


def test_an_offer_that_a_rule_requires_may_cost_what_leaves_a_plan() -> None:
    required_one = shop(rules=(Require("the face", "require", np.array([2])),))
    assert exactly(required_one, 2) == BreakEven(2000, proven=True)
    too_dear = at_cost(required_one, 2, 9000)
    assert solve(too_dear, LIMITS).status == "infeasible"
    assert exactly(too_dear, 2) == BreakEven(2000, proven=True)


def test_a_least_share_keeps_a_cheap_offer_out_and_a_dear_one_in() -> None:
    """At least half of the spend must go to the third: at 1 000 it carries one other creator, at 2 500 two."""
    share = SpendShare("half", "spend_share", np.array([2]), Fraction(1, 2), None)
    problem = shop(budget=5000, rules=(share,))
    assert exactly(problem, 2) == BreakEven(5000, proven=True)
    assert exactly(problem, 0) == BreakEven(1000, proven=True)


def test_a_filtered_offer_has_no_price_and_cannot_be_forced() -> None:
    problem = shop(rules=(Filter("not her", "exclude", np.array([1])),))
    assert exactly(problem, 1) == BreakEven(None, proven=True)
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    assert loss_if_forced(problem, best, 1, LIMITS).value is None


def test_the_highest_cost_that_a_rule_allows_is_kept() -> None:
    assert exactly(shop(), 0, Terms(Markup(), 700)) == BreakEven(700, proven=True)


def test_without_time_nothing_is_claimed() -> None:
    problem = random_problem(np.random.default_rng(4), rules=0, offers=12)
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    found = break_even(problem, best, 0, Limits(time_limit_s=1e-9))
    assert not found.proven


def test_a_solution_is_sharpened_once() -> None:
    problem = random_problem(np.random.default_rng(6), rules=0, offers=12)
    rough = solve(problem, Limits(relative_gap=0.1))
    best = sharpened(problem, rough, LIMITS)
    assert best.relative_gap is not None
    assert best.relative_gap <= 1e-9
    assert sharpened(problem, best, LIMITS) is best
    unknown = Solution("no_solution", "time_limit", None, None, None, None, None)
    assert sharpened(problem, unknown, LIMITS).status == "optimal"


@pytest.mark.parametrize("seed", range(30))
def test_an_exact_share_with_round_costs(seed: int) -> None:
    """Then only some costs can be had at all, and there are many of them to look at."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng, rules=0, offers=6)
    some = np.flatnonzero(rng.random(problem.offers) < 0.5)
    share = Fraction(int(rng.integers(1, 4)), 4)
    problem = replace(
        problem,
        cost=rng.integers(1, 6, problem.offers) * 6,
        budget=int(rng.integers(0, 100)),
        rules=(SpendShare("exactly", "spend_share", some, share, share),),
    )
    best = sharpened(problem, solve(problem, LIMITS), LIMITS)
    for offer in range(problem.offers):
        terms = Terms(Markup(fixed_minor=int(rng.integers(0, 8))))
        found = break_even(problem, best, offer, LIMITS, terms)
        assert found == BreakEven(by_trying(problem, offer, terms), proven=True)
