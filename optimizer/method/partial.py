"""Partial plans as arrays: the sums of what they take, and what that is as bits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.columns import Flags, Floats, Positions
from optimizer.method.choices import COST

_DIGITS = 2.0**44
"""Precision at which two partial plans are alike; what comes of them differs by less than a sum's rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class States:
    """k partial plans: sums of features (k, F), and the options taken as bits (k, words)."""

    features: Floats
    taken: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.features)

    def those(self, which: Flags | Positions | slice) -> "States":
        """Some of them."""
        return States(self.features[which], self.taken[which])


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """Some creators decided at once: k ways to, as sums of features (k, F) and bits (k, words), and the level then."""

    features: Floats
    taken: NDArray[np.uint64]
    level: int


def each_with_each(some: States | Step, more: Step) -> tuple[Floats, NDArray[np.uint64]]:
    """Features and bits of every one of some together with every one of others."""
    features = (some.features[None] + more.features[:, None]).reshape(-1, some.features.shape[1])
    return features, (some.taken[None] | more.taken[:, None]).reshape(-1, some.taken.shape[1])


def distinct(features: Floats) -> Positions:
    """One of each set of partial plans that are alike but for rounding, money exactly: sorted places."""
    mantissa, power = np.frexp(features)
    alike = np.ldexp(np.rint(mantissa * _DIGITS), power)
    alike[:, COST] = features[:, COST]
    return np.sort(np.unique(alike, axis=0, return_index=True)[1])
