"""What a solve answers: a plan with its verdict and proof, or why there is none."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from optimizer.columns import Floats, Positions

SolutionStatus = Literal["optimal", "feasible", "infeasible", "no_solution"]
StopReason = Literal["proven", "gap_limit", "time_limit", "stopped"]


@dataclass(frozen=True, slots=True)
class Limits:
    """time_limit_s > 0, relative_gap >= 0 asked for, seed of the solver."""

    time_limit_s: float = 30.0
    relative_gap: float = 1e-6
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a solve. value and bound are None until known; elapsed_s counts from the call of solve."""

    phase: Literal["greedy", "bound", "improve", "screen", "core", "judge", "conflicts"]
    value: float | None
    bound: float | None
    relative_gap: float | None
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One rule against one plan.

    activity: what the rule measures: creators, minor units, or a share (None: a share of nothing).
    least, most: its sides in the same unit, None where open. holds: whether the plan keeps it.
    """

    name: str
    kind: str
    activity: float | None
    least: float | None
    most: float | None
    holds: bool


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """The judge's figures for a plan: cost int minor units, people and contacts float64.

    segment_engaged: (S,) unweighted people per sized segment, N'_s (1 - exp(-u_s)) is weighted by the caller's
    ceilings, so this is in units of ceilings: v_s N'_s (1 - exp(-u_s)).
    value: what is maximised: net (engaged_reach - waste_aversion x waste), or -cost for the inverse objective.
    checks: one per rule, "budget" first and "goal" second where there is one.
    """

    cost: int
    engaged_reach: float
    waste: float
    contacts: float
    net: float
    value: float
    segment_engaged: Floats
    checks: tuple[RuleCheck, ...]

    @property
    def feasible(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


@dataclass(frozen=True, eq=False, slots=True)
class Duals:
    """Prices that prove the bound: per segment, of the budget, per rule.

    segments: (S,) engaged people per unit of u_s. budget: net value per minor unit, >= 0.
    rules: name -> net value per unit of the rule (creator, minor unit); absent where 0. With a goal its price per
    engaged person stands under "goal", <= 0.
    reduced_profit: (n,) d_o of every offer under these prices.
    """

    segments: Floats
    budget: float
    rules: dict[str, float]
    reduced_profit: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """plan: sorted offer positions, or None. verdict: the judge's, None without a plan.

    best_bound: no plan has a higher value (verdict.value scale); None when infeasible or nothing is known.
    relative_gap: (best_bound - value) / max(|value|, 1e-9), 0 at least; None without both.
    conflicts: names of a minimal set of rules that clash ("budget" and "goal" among them) when infeasible.
    """

    status: SolutionStatus
    stop_reason: StopReason
    plan: Positions | None
    verdict: Verdict | None
    best_bound: float | None
    relative_gap: float | None
    duals: Duals | None
    conflicts: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Rising:
    """An offer in every plan, whose cost rises while a solve looks for a plan of some value: how dear may it be?

    offer: its position; a rule requires it. next_cost: told of each plan (sorted positions) that is enough, says from
    which cost of the offer on another one is wanted, minor units, no less than it said before; None where the solve
    is to end with this plan.
    """

    offer: int
    next_cost: Callable[[Positions], int | None]


@dataclass(frozen=True, eq=False, slots=True)
class Start:
    """What is known of a problem before it is solved: answers around a plan solve many that differ little.

    plans: plans to begin with; one that breaks a rule is passed over.
    duals: prices of the proof of a similar problem with the same segments; rules that the problem lacks are passed
    over, and those that are new begin at price 0. None: start from nothing.
    enough: the solve ends as soon as a plan has this value, or as soon as no plan can have it: then
    ``best_bound`` is below it. inf: look for the best plan. -inf: any plan will do.
    rising: with ``enough`` and no goal: what a plan that is enough changes. The solve then goes on as if the offer had
    the new cost, and the solution says what holds at the last one.
    conflicts: whether the rules that clash are looked for where there is no plan.
    """

    plans: tuple[Positions, ...] = ()
    duals: Duals | None = None
    enough: float = math.inf
    rising: Rising | None = None
    conflicts: bool = True


COLD = Start()
