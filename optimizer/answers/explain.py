"""What an offer is worth next to a plan: alone, on top of it, and as part of it.

Closed formulas, nothing is solved again. In all of them M_s is the ceiling of segment s and
u_s the sum of the plan's exponents; waste is added gross, so it never depends on the plan.
"""

import numpy as np

from optimizer.columns import Flags, Floats, Positions
from optimizer.problem import Problem

_BLOCK = 1 << 17


def engaged_together(problem: Problem, offers: Positions) -> float:
    """Engaged reach of some offers as if they were the whole plan: people, weighted by relevance, each once."""
    met = problem.ceilings @ -np.expm1(-problem.exponents[offers].sum(axis=0))
    return float(met + problem.gain[offers].sum())


def engaged_alone(problem: Problem, offers: Positions | None = None) -> Floats:
    """Engaged reach of each offer if it were the whole plan: float64 (offers,), people, weighted by relevance.

    ``sum_s M_s (1 - exp(-c_os)) + gain_o``; of all n offers when none are named.
    """
    if offers is None:
        return _weighted(problem, problem.ceilings[:, None])[:, 0]
    return np.asarray(-np.expm1(-problem.exponents[offers]) @ problem.ceilings + problem.gain[offers])


def engaged_on_top(problem: Problem, plan: Positions) -> Floats:
    """Engaged reach that each offer would add to the plan: float64 (n,), people, weighted by relevance.

    ``sum_s M_s exp(-u_s) (1 - exp(-c_os)) + gain_o``. For an offer that is in the plan it is what a second,
    independent one like it would add.
    """
    return engaged_alone_and_on_top(problem, plan)[1]


def engaged_alone_and_on_top(problem: Problem, plan: Positions) -> tuple[Floats, Floats]:
    """Both of the above for all n offers, in one pass over the exponents."""
    left = problem.ceilings * np.exp(-problem.exponents[plan].sum(axis=0))
    both = _weighted(problem, np.stack([problem.ceilings, left], axis=1))
    return both[:, 0], both[:, 1]


def contributions(problem: Problem, plan: Positions) -> Floats:
    """Net value lost when one chosen offer is taken out and the rest stays: float64 (plan,), engaged people.

    ``sum_s M_s (exp(c_os - u_s) - exp(-u_s)) + gain_o - waste_aversion x W_o``; negative for an offer that
    only a rule keeps in. Contributions do not add up to the plan's value: people whom two creators reach
    are nobody's contribution.
    """
    chosen = problem.exponents[plan]
    rest = chosen.sum(axis=0) - chosen
    lost = (np.exp(-rest) * -np.expm1(-chosen)) @ problem.ceilings
    return np.asarray(lost + problem.gain[plan] - problem.waste_aversion * problem.waste[plan])


def on_target_shares(problem: Problem) -> Floats:
    """Share of each offer's contacts in the target group: float64 (n,), 0..1; NaN without contacts."""
    share = np.full(problem.offers, np.nan)
    np.divide(problem.contacts - problem.waste, problem.contacts, out=share, where=problem.contacts > 0)
    return share


def in_plan(problem: Problem, plan: Positions) -> Flags:
    """Whether each offer is chosen: bool (n,)."""
    chosen = np.zeros(problem.offers, np.bool_)
    chosen[plan] = True
    return chosen


def _weighted(problem: Problem, people: Floats) -> Floats:
    """``sum_s people_sk (1 - exp(-c_os)) + gain_o``: (n, K) for people (S, K), in blocks to keep temporaries small."""
    total = np.empty((problem.offers, people.shape[1]))
    for start in range(0, problem.offers, _BLOCK):
        block = slice(start, start + _BLOCK)
        total[block] = -np.expm1(-problem.exponents[block]) @ people + problem.gain[block, None]
    return total
