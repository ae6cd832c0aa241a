"""What a peer answers, whatever it is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from optimizer.columns import Floats, Positions

Ending = Literal["proven", "infeasible", "time limit", "failed", "no proof"]
"""proven: optimal within the asked gap, by its own word. no proof: a heuristic that ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """limit_s: wall seconds for building and solving together. relative_gap: between its plan and its bound."""

    limit_s: float
    relative_gap: float = 1e-6
    seed: int = 1
    threads: int = 2


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """plan: sorted positions or None. build_s: from arrays to the solver's model; solve_s: the rest.

    objective and bound are the model's own, on its tangents, None where the peer does not say.
    """

    ending: Ending
    plan: Positions | None
    build_s: float
    solve_s: float
    objective: float | None = None
    bound: float | None = None


def chosen(values: Floats) -> Positions:
    """The offers that a solver's point (n,) takes."""
    return np.flatnonzero(values > 0.5)
