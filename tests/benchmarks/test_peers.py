"""Peers and we solve the same problem: on small ones all of them find the same value. OR-Tools' and greedy only."""

from dataclasses import replace
from importlib.util import find_spec
from types import ModuleType

import numpy as np
import pytest

from benchmarks.families import FAMILIES
from benchmarks.peers import PEERS, cp_sat, greedy, scip
from benchmarks.peers.answer import Asked
from benchmarks.peers.full_model import full_model
from optimizer.judge import judge
from optimizer.solution import Limits
from optimizer.solve import solve

SMALL = (
    "plain",
    "offers-rules",
    "inverse",
    "groups",
    "equalities",
    "exact-share",
    "waste-share",
    "fixed",
    "one-creator",
)
ASKED = Asked(limit_s=30.0, threads=1)


@pytest.mark.parametrize("family", SMALL)
@pytest.mark.parametrize("peer", [scip, cp_sat], ids=["scip", "cp-sat"])
def test_peer_and_we_agree_within_the_error_of_its_tangents(family: str, peer: ModuleType) -> None:
    problem = FAMILIES[family].make(60, 4).problem
    ours = solve(problem, Limits(relative_gap=1e-9)).verdict
    answer = peer.solve(problem, ASKED)
    assert ours is not None
    assert answer.ending == "proven"
    theirs = judge(problem, answer.plan)
    assert theirs.feasible
    slack = 2e-6 * abs(ours.value) + full_model(problem).tangent_error
    assert ours.value - slack <= theirs.value <= ours.value + 1e-6 * abs(ours.value)


def test_peers_take_a_target_whose_segments_have_no_sizes() -> None:
    problem = FAMILIES["plain"].make(40, 6).problem
    gain = -np.expm1(-problem.exponents) @ problem.ceilings
    linear = replace(problem, exponents=np.zeros((40, 0)), gain=gain, ceilings=np.zeros(0))
    ours = solve(linear, Limits(relative_gap=1e-9)).verdict
    assert ours is not None
    for peer in (scip, cp_sat):
        assert judge(linear, peer.solve(linear, ASKED).plan).value == pytest.approx(ours.value, rel=2e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_greedy_keeps_the_rules_or_says_less_than_we(family: str) -> None:
    problem = FAMILIES[family].make(60, 5).problem
    plan = greedy.solve(problem, ASKED).plan
    assert plan is not None
    verdict = judge(problem, plan)
    ours = solve(problem, Limits(time_limit_s=5.0)).verdict
    assert ours is not None
    upper_sides_hold = all(check.holds or check.least is not None for check in verdict.checks)
    assert upper_sides_hold
    if verdict.feasible:
        assert verdict.value <= ours.value + 1e-6 * abs(ours.value)


def test_tangents_lie_above_the_curve_by_no_more_than_they_say() -> None:
    problem = FAMILIES["saturated"].make(80, 1).problem
    model = full_model(problem)
    most = model.upper[model.offers : model.offers + model.segments] / problem.ceilings
    slope, level = -model.curve.values[1::2].reshape(model.segments, -1), model.curve.upper.reshape(model.segments, -1)
    above = 0.0
    for s, ceiling in enumerate(problem.ceilings):
        u = np.linspace(0, most[s], 20_001)
        lowest = np.min(level[s][:, None] + slope[s][:, None] * ceiling * u, axis=0)
        distance = lowest - ceiling * -np.expm1(-u)
        assert distance.min() >= -1e-9 * ceiling
        above += distance.max()
    assert 0.99 * model.tangent_error <= above <= model.tangent_error * (1 + 1e-9)


def test_every_peer_has_a_module() -> None:
    for peer in PEERS.values():
        assert find_spec(f"benchmarks.peers.{peer.module}")
