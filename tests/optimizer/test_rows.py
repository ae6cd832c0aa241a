"""Rows: the tables say the same as writing each coefficient down offer by offer."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from optimizer.columns import Floats, Positions
from optimizer.problem import Problem
from optimizer.program import Program
from optimizer.rows import Rows
from optimizer.rule_rows import closed, rows_of
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare
from tests.enumerate import AllPlans
from tests.optimizer.problems import KINDS, random_problem, random_rule


def dense(problem: Problem) -> Floats:
    """Every row of every rule, one offer at a time, in the order of the rules: float64 (R, n)."""
    lines: list[list[float]] = []
    for rule in problem.rules:
        lines += [[float(a) for a in line] for line in _lines(problem, rule)]
    return np.array(lines, float).reshape(len(lines), problem.offers)


def _lines(problem: Problem, rule: Rule) -> list[list[float]]:
    offers = range(problem.offers)
    if isinstance(rule, Filter):
        return []
    if isinstance(rule, WasteShare):
        allowed = rule.most + 1e-9
        return [[float(problem.waste[o] - allowed * problem.contacts[o]) for o in offers]]
    inside = set(rule.offers.tolist())
    cost = problem.cost.tolist()
    if isinstance(rule, Spend):
        return [[cost[o] if o in inside else 0 for o in offers]]
    if isinstance(rule, SpendShare):
        sides = [side for side in (rule.least, rule.most) if side is not None]
        return [[float(((o in inside) - side) * cost[o]) for o in offers] for side in sides]
    if isinstance(rule, OnlyWith):
        return [[(o in inside) - (o in set(group.tolist())) for o in offers] for group in rule.needed]
    if isinstance(rule, Distance):
        sign = 1 if rule.most is None else -1
        others = set(rule.others.tolist())
        return [[float(sign * ((o in others) - (o in inside))) for o in offers]]
    return [[float(o in inside) for o in offers]]


def with_every_kind(rng: np.random.Generator) -> Problem:
    """A random problem with one rule of each kind and some more, sets shared between rules among them."""
    problem = random_problem(rng, rules=0, offers=20)
    rules = [random_rule(rng, problem, f"{kind} {k}", kind) for kind in KINDS for k in range(int(rng.integers(1, 4)))]
    shared = next(rule.offers for rule in rules if isinstance(rule, Count))
    rules.append(Spend("shared", "spend", shared, None, 1000))
    rules.append(Count("nobody", "count", np.zeros(0, np.int64), None, 0))
    return replace(problem, rules=tuple(rng.permutation(np.array(rules, object)).tolist()))


@pytest.fixture(params=range(25))
def problem(request: pytest.FixtureRequest) -> Problem:
    return with_every_kind(np.random.default_rng(request.param))


def assert_same(problem: Problem, rows: Rows, table: Floats) -> None:
    """All ways to read the rows agree with a dense table."""
    n = problem.offers
    rng = np.random.default_rng(len(table))
    prices = rng.normal(size=len(rows)) * (rng.random(len(rows)) < 0.7)
    scale = np.abs(prices) @ np.abs(table) + 1e-9
    assert np.all(np.abs(rows.charge(problem, prices) - prices @ table) <= 1e-9 * scale)
    half = slice(n // 3, n)
    assert np.all(np.abs(rows.charge(problem, prices, half) - (prices @ table)[half]) <= 1e-9 * scale[half])
    for some in (np.arange(n), np.flatnonzero(rng.random(n) < 0.4), np.zeros(0, np.int64)):
        row, place, value = rows.coefficients(problem, some)
        found = np.zeros((len(rows), len(some)))
        found[row, place] = value
        np.testing.assert_allclose(found, table[:, some], rtol=1e-9, atol=1e-9)
        assert np.all(value != 0)
        assert len(np.unique(row * max(len(some), 1) + place)) == len(value)
        np.testing.assert_allclose(rows.activity(problem, some), table[:, some].sum(axis=1), rtol=1e-9, atol=1e-6)
    for line in range(len(rows)):
        np.testing.assert_allclose(rows.of_row(problem, line, np.arange(n)), table[line], rtol=1e-9, atol=1e-9)


def test_coefficients_charges_and_activities_equal_a_dense_table(problem: Problem) -> None:
    assert_same(problem, rows_of(problem), dense(problem))


def test_a_counted_set_is_one_more_row_and_changes_no_other(problem: Problem) -> None:
    rng = np.random.default_rng(problem.offers)
    rows, table = rows_of(problem), dense(problem)
    for lower, upper in ((-np.inf, 2.0), (1.0, np.inf), (0.0, 0.0)):
        counted = np.flatnonzero(rng.random(problem.offers) < 0.5)
        rows = rows.with_count(counted, lower, upper)
        table = np.vstack([table, np.isin(np.arange(problem.offers), counted)])
        assert (rows.lower[-1], rows.upper[-1], rows.rule[-1]) == (lower, upper, -1)
        assert_same(problem, rows, table)


def test_a_part_keeps_the_coefficients_of_its_offers(problem: Problem) -> None:
    kept = np.arange(0, problem.offers, 2)
    part = Program.of(problem).part(kept, kept[:0])
    table = dense(problem)[:, kept]
    assert_same(part.problem, part.rows, table)


def test_plans_are_within_the_rows_exactly_when_they_keep_the_rules(problem: Problem) -> None:
    small = replace(random_problem(np.random.default_rng(problem.offers), rules=6, offers=8), goal=None)
    plans, rows = AllPlans.of(small), rows_of(small)
    for place in range(0, len(plans.chosen), 3):
        plan = plans.plan(place)
        activity = rows.activity(small, plan)
        within = activity >= rows.lower - 1e-7, activity <= rows.upper + 1e-7
        no_closed = not np.intersect1d(plan, closed(small)).size
        kept = plans.keeping([rule.name for rule in small.rules])[place]
        assert bool(np.all(within[0] & within[1]) and no_closed) == kept


def test_each_row_belongs_to_its_rule_and_has_its_sides() -> None:
    problem = replace(
        random_problem(np.random.default_rng(3), rules=0, offers=9),
        rules=(
            Filter("out", "exclude", np.array([0])),
            Count("c", "count", np.array([0, 1]), 1, None),
            SpendShare("s", "spend_share", np.array([0]), Fraction(1, 4), Fraction(3, 4)),
            Require("q", "require", np.array([1])),
            WasteShare("w", "waste_share", 0.5),
        ),
    )
    rows = rows_of(problem)
    assert rows.rule.tolist() == [1, 2, 2, 3, 4]
    assert rows.lower.tolist() == [1, 0, -np.inf, 1, -np.inf]
    assert rows.upper.tolist() == [np.inf, np.inf, 0, 1, 0]
    assert list(map(float, rows.share)) == [0, 0.25, 0.75, 0, 0]
    assert closed(problem).tolist() == [0]


def test_without_rules_there_are_no_rows() -> None:
    problem = random_problem(np.random.default_rng(0), rules=0)
    rows = rows_of(problem)
    assert len(rows) == 0
    assert rows.activity(problem, np.arange(problem.offers)).shape == (0,)
    assert rows.charge(problem, np.zeros(0)) == 0.0


@pytest.mark.parametrize("groups", [3, 500])
def test_thousands_of_small_groups_cost_one_entry_per_member(groups: int) -> None:
    rng = np.random.default_rng(groups)
    n = 600
    members: list[Positions] = [np.unique(rng.integers(0, n, 4)) for _ in range(groups)]
    problem = Problem(
        creator=np.arange(n),
        cost=np.ones(n, np.int64),
        exponents=np.zeros((n, 0)),
        gain=np.zeros(n),
        waste=np.zeros(n),
        contacts=np.zeros(n),
        ceilings=np.zeros(0),
        budget=10,
        waste_aversion=0.0,
        rules=tuple(Count(f"group {k}", "at_most_one_of", group, None, 1) for k, group in enumerate(members)),
    )
    rows = rows_of(problem)
    assert len(rows.entry_row) <= sum(map(len, members))
    assert_same(problem, rows, dense(problem))


@pytest.mark.parametrize("seed", range(10))
def test_a_row_with_coefficients_of_its_own_charges_what_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    coefficients = rng.uniform(-1, 1, problem.offers)
    some = np.flatnonzero(rng.random(problem.offers) < 0.5)
    rows = rows_of(problem).with_cut(coefficients, 3.0).with_count(some, 1.0, 2.0)
    cut, count = len(rows) - 2, len(rows) - 1
    everything = np.arange(problem.offers)
    assert rows.of_row(problem, cut, everything) == pytest.approx(coefficients)
    assert np.flatnonzero(rows.of_row(problem, count, everything)).tolist() == some.tolist()
    assert rows.activity(problem, some)[cut] == pytest.approx(coefficients[some].sum())
    assert (rows.lower[cut], rows.upper[cut]) == (-np.inf, 3.0)
    few = Program.of(problem).part(some, some[:0]).problem
    assert rows.part(some).of_row(few, cut, np.arange(len(some))) == pytest.approx(coefficients[some])
