"""The problem of one brief: what the program, the method and the judge work on."""

from dataclasses import dataclass, fields

import numpy as np

from optimizer.columns import Floats, Positions
from optimizer.rules import Rule


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """n offers of m creators against S sized segments; valid by construction and read-only.

    creator      int64 (n,), position of the offer's creator, non-decreasing
    cost         int64 (n,), landed cost, minor units, >= 0
    exponents    float64 (n, S), c_os = -ln(1 - g_os / N'_s) >= 0, finite
    gain         float64 (n,), sum over unsized segments of v_s g_os, engaged people, >= 0
    waste        float64 (n,), contacts outside the target group, >= 0
    contacts     float64 (n,), >= waste
    ceilings     float64 (S,), v_s N'_s, the most engaged people a segment can add, >= 0
    budget       int, minor units, >= 0
    waste_aversion  float >= 0, engaged people per wasted contact
    rules        resolved rules with distinct names, none of them "budget" or "goal"
    goal         None, or the engaged reach that the cheapest plan must reach (the inverse objective)

    Raises ValueError where any of this does not hold. Offer positions order plans on ties,
    so build it from offers sorted by id.
    """

    creator: Positions
    cost: Positions
    exponents: Floats
    gain: Floats
    waste: Floats
    contacts: Floats
    ceilings: Floats
    budget: int
    waste_aversion: float
    rules: tuple[Rule, ...] = ()
    goal: float | None = None

    def __post_init__(self) -> None:
        n, s = len(self.creator), len(self.ceilings)
        shapes = {"cost": (n,), "exponents": (n, s), "gain": (n,), "waste": (n,), "contacts": (n,)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, expected {shape}")
        if n and (self.creator[0] < 0 or np.any(np.diff(self.creator) < 0)):
            raise ValueError("creator must be non-negative and non-decreasing")
        for name in ("cost", "exponents", "gain", "waste", "contacts", "ceilings"):
            column = getattr(self, name)
            if column.size and not (np.isfinite(column.min()) and np.isfinite(column.max()) and column.min() >= 0):
                raise ValueError(f"{name} must be finite and >= 0")
        if self.budget < 0 or not (np.isfinite(self.waste_aversion) and self.waste_aversion >= 0):
            raise ValueError("budget and waste_aversion must be finite and >= 0")
        if self.goal is not None and not (np.isfinite(self.goal) and self.goal >= 0):
            raise ValueError("goal must be finite and >= 0")
        names = [rule.name for rule in self.rules]
        if len(set(names)) != len(names) or {"budget", "goal"} & set(names):
            raise ValueError("rule names must be distinct and not 'budget' or 'goal'")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def offers(self) -> int:
        """Number of offers n."""
        return len(self.creator)
