"""The exhaustive oracle: every plan of a small problem, judged."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from optimizer.columns import Positions
from optimizer.judge import judge
from optimizer.problem import Problem
from optimizer.solution import Verdict


def every_plan(problem: Problem) -> Iterator[Positions]:
    """All plans with at most one offer per creator, the empty one included."""
    by_creator: dict[int, list[int | None]] = {}
    for offer, creator in enumerate(problem.creator.tolist()):
        by_creator.setdefault(creator, [None]).append(offer)
    for choice in product(*by_creator.values()):
        yield np.array([offer for offer in choice if offer is not None], np.int64)


def best_plan(problem: Problem) -> tuple[Positions, Verdict] | None:
    """The plan with the highest value (then the cheapest, then the smallest positions), None when there is none."""
    best: tuple[Positions, Verdict] | None = None
    for plan in every_plan(problem):
        verdict = judge(problem, plan)
        if not verdict.feasible:
            continue
        key = (-verdict.value, verdict.cost, plan.tolist())
        if best is None or key < (-best[1].value, best[1].cost, best[0].tolist()):
            best = plan, verdict
    return best
