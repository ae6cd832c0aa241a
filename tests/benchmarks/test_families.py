"""The families of the benchmark: seeded, valid, feasible, and like a market."""

from dataclasses import fields

import numpy as np
import pytest

from benchmarks.families import FAMILIES
from benchmarks.market import draw
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.rules import Count, Rule, Spend, SpendShare, WasteShare


def _same(one: Problem, other: Problem) -> bool:
    columns = [field.name for field in fields(Problem) if field.name != "rules"]
    alike = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in columns)
    return alike and all(_same_rule(*pair) for pair in zip(one.rules, other.rules, strict=True))


def _same_rule(one: Rule, other: Rule) -> bool:
    names = [field.name for field in fields(one)]
    return type(one) is type(other) and all(
        all(map(np.array_equal, getattr(one, name), getattr(other, name)))
        if name == "needed"
        else np.array_equal(getattr(one, name), getattr(other, name))
        for name in names
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_gives_the_same_problem_for_the_same_seed_and_another_for_another(family: str) -> None:
    make = FAMILIES[family].make
    assert _same(make(200, 7).problem, make(200, 7).problem)
    assert not _same(make(200, 7).problem, make(200, 8).problem)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [60, 300])
def test_a_family_knows_a_plan_that_keeps_every_rule(family: str, size: int) -> None:
    for seed in (1, 2, 3):
        instance = FAMILIES[family].make(size, seed)
        assert judge(instance.problem, instance.feasible).feasible


def test_the_families_of_the_claims_are_what_the_claims_say() -> None:
    plain = FAMILIES["plain"].make(500, 1).problem
    assert (plain.offers, plain.exponents.shape[1]) == (500, 8)
    assert {type(rule) for rule in plain.rules} == {Count, SpendShare}
    ten = FAMILIES["offers-rules"].make(500, 1).problem
    assert np.all(np.bincount(ten.creator) == 3)
    assert len(ten.rules) == 10
    assert {rule.kind for rule in ten.rules} == {
        *("count", "spend", "spend_share", "waste_share", "at_most_one_of", "at_least_one_of")
    }
    assert {type(rule) for rule in ten.rules} == {Count, Spend, SpendShare, WasteShare}


def test_blocks_do_not_show_in_a_market() -> None:
    market = draw(300_000, 1, segments=2)
    first, second = market.cost[: 1 << 18], market.cost[1 << 18 :]
    assert np.median(first) == pytest.approx(np.median(second), rel=0.05)
    assert np.array_equal(market.creator, np.arange(300_000))


def test_kept_inputs_give_the_exponents() -> None:
    market = draw(500, 3, offers_each=2, keep=True)
    assert market.audience is not None
    assert np.array_equal(market.audience.exponents(), market.exponents)
