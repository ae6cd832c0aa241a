"""The best plan met: never a worse one, on equal value the cheaper, then the smaller ids."""

from itertools import permutations

import numpy as np

from optimizer.method.incumbent import Incumbent
from optimizer.problem import Problem
from optimizer.rules import Count


def equals() -> Problem:
    """Four creators who engage ten people each for 3, 2, 2 and 2 minor units, and one who engages five for 9."""
    return Problem(
        creator=np.arange(5),
        cost=np.array([3, 2, 2, 2, 9]),
        exponents=np.zeros((5, 0)),
        gain=np.array([10.0, 10.0, 10.0, 10.0, 5.0]),
        waste=np.zeros(5),
        contacts=np.zeros(5),
        ceilings=np.zeros(0),
        budget=10,
        waste_aversion=0.0,
        rules=(Count("not the fourth", "exclude", np.array([3]), None, 0),),
    )


def test_whatever_the_order_the_cheaper_of_equals_and_then_the_first_is_kept() -> None:
    plans = [np.array([offer]) for offer in range(5)] + [np.zeros(0, np.int64)]
    for order in permutations(plans, 3):
        incumbent = Incumbent(equals())
        for plan in order:
            incumbent.offer(plan)
        kept = min(order, key=lambda plan: (plan.tolist() == [3], *_rank(plan)))
        assert incumbent.plan is not None or all(plan.tolist() == [3] for plan in order)
        assert incumbent.plan is None or incumbent.plan.tolist() == kept.tolist()


def _rank(plan: np.ndarray) -> tuple[float, int, list[int]]:
    problem = equals()
    return -float(problem.gain[plan].sum()), int(problem.cost[plan].sum()), plan.tolist()


def test_a_plan_that_breaks_a_rule_is_judged_and_not_kept() -> None:
    incumbent = Incumbent(equals())
    assert not incumbent.offer(np.array([3])).feasible
    assert incumbent.plan is None
    assert incumbent.verdict is None
    assert incumbent.value == -np.inf


def test_the_value_is_the_judges() -> None:
    incumbent = Incumbent(equals())
    verdict = incumbent.offer(np.array([0, 1]))
    assert incumbent.value == verdict.value == 20.0
    assert incumbent.verdict is verdict
