"""What a solve keeps as proven: bounds only fall, a plan above one is a defect, rounding is not called a gap."""

from dataclasses import replace

import numpy as np
import pytest

from optimizer.problem import Problem
from optimizer.proof import BoundBrokenError, Proof


def problem(goal: float | None = None) -> Problem:
    """Two offers for 100 each that engage 10 and 20 people, with money for both."""
    return Problem(
        creator=np.array([0, 1]),
        cost=np.array([100, 100]),
        exponents=np.zeros((2, 0)),
        gain=np.array([10.0, 20.0]),
        waste=np.zeros(2),
        contacts=np.array([100.0, 100.0]),
        ceilings=np.zeros(0),
        budget=200,
        waste_aversion=0.0,
        goal=goal,
    )


def proof_of(asked_gap: float = 1e-6, enough: float = np.inf, goal: float | None = None) -> Proof:
    return Proof(problem(goal), asked_gap, enough)


def test_a_plan_above_a_bound_is_a_defect() -> None:
    proof = proof_of()
    proof.offer(np.array([0, 1]))
    with pytest.raises(BoundBrokenError, match=r"30\.0 stands above the bound 29\.0"):
        proof.lower_to(29.0)


def test_a_bound_only_falls_and_never_below_a_plan() -> None:
    proof = proof_of()
    proof.offer(np.array([1]))
    for bound, expected in ((50.0, 50.0), (60.0, 50.0), (20.0 * (1 - 1e-10), 20.0)):
        proof.lower_to(bound)
        assert proof.bound == expected


def test_it_is_proven_within_the_asked_gap() -> None:
    proof = proof_of(asked_gap=0.01)
    assert not proof.proven()
    proof.offer(np.array([0, 1]))
    proof.lower_to(30.5)
    assert not proof.proven()
    proof.lower_to(30.2)
    assert proof.proven()
    assert proof.gap() == pytest.approx(0.2 / 30)


def test_costs_are_whole_so_their_bounds_are_too() -> None:
    proof = proof_of(goal=15.0)
    proof.offer(np.array([1]))
    proof.lower_to(-99.4)
    assert proof.bound == -100.0
    assert proof.proven()


def test_enough_is_enough() -> None:
    proof = proof_of(enough=25.0)
    proof.offer(np.array([1]))
    assert not proof.has_enough()
    assert proof.threshold() < 25.0
    proof.offer(np.array([0, 1]))
    assert proof.has_enough()


def test_nothing_is_left_to_look_for_when_no_plan_can_be_enough() -> None:
    proof = proof_of(enough=31.0)
    proof.lower_to(30.5)
    assert proof.done()
    assert not proof.proven()


def test_a_search_to_its_end_without_a_plan_says_that_there_is_none() -> None:
    assert proof_of().searched(-np.inf, in_time=True)
    assert not proof_of().searched(-np.inf, in_time=False)


def test_what_rounding_leaves_is_closed_only_after_a_search_that_ended() -> None:
    for in_time, expected in ((True, 30.0), (False, 30.0 + 1e-7)):
        proof = proof_of(asked_gap=0.0)
        proof.offer(np.array([0, 1]))
        proof.lower_to(30.0 + 1e-7)
        proof.exhausted = in_time
        proof.round_off()
        assert proof.bound == pytest.approx(expected, abs=1e-12)


def test_nobody_is_reached_is_a_proof_too() -> None:
    nobody = replace(problem(), gain=np.zeros(2))
    proof = Proof(nobody, 1e-6, np.inf)
    proof.offer(np.zeros(0, np.int64))
    proof.lower_to(1e-10)
    assert proof.gap() == 0.0
