"""Random small problems over every rule kind, from a numpy generator."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from optimizer.problem import Problem
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare

KINDS = (
    "count",
    "spend",
    "spend_share",
    "waste_share",
    "exclude",
    "require",
    "at_most_one_of",
    "at_least_one_of",
    "only_with",
)


def random_problem(rng: np.random.Generator, rules: int = 3, offers: int = 9, inverse: bool = False) -> Problem:
    """A problem of up to ``offers`` offers with ``rules`` random rules; it may well be infeasible."""
    n = int(rng.integers(1, offers + 1))
    segments = int(rng.integers(1, 4))
    creator = np.sort(rng.integers(0, max(n * 2 // 3, 1), n))
    saturation = 10.0 ** rng.uniform(-3, 0)
    contacts = rng.uniform(100, 10_000, n)
    cost = rng.integers(0, 5_000, n) if rng.random() < 0.8 else rng.integers(1, 4, n) * 500
    problem = Problem(
        creator=creator.astype(np.int64),
        cost=cost.astype(np.int64),
        exponents=rng.uniform(0, saturation, (n, segments)) * (rng.random((n, segments)) < 0.8),
        gain=np.where(rng.random() < 0.3, rng.uniform(0, 200, n), np.zeros(n)),
        waste=contacts * rng.uniform(0, 1, n),
        contacts=contacts,
        ceilings=rng.uniform(500, 50_000, segments),
        budget=int(rng.integers(0, max(int(cost.sum()), 1) + 1)),
        waste_aversion=float(rng.choice([0.0, 0.001, 0.01, 0.1])),
    )
    made = tuple(random_rule(rng, problem, f"rule {k}") for k in range(int(rng.integers(0, rules + 1))))
    problem = replace(problem, rules=made)
    if not inverse:
        return problem
    everything = float(problem.ceilings @ -np.expm1(-problem.exponents.sum(axis=0)) + problem.gain.sum())
    return replace(problem, goal=everything * float(rng.uniform(0, 0.9)), budget=int(cost.sum()))


def random_rule(rng: np.random.Generator, problem: Problem, name: str, kind: str | None = None) -> Rule:
    """One random rule, of ``kind`` or any."""
    kind = kind or str(rng.choice(KINDS))
    n = problem.offers
    some = np.flatnonzero(rng.random(n) < rng.uniform(0.2, 0.9))
    creators = np.unique(problem.creator)

    def of(creator: int) -> np.ndarray:
        return np.flatnonzero(problem.creator == creator)

    low, high = sorted(rng.integers(0, n // 2 + 2, 2).tolist())
    if kind == "count":
        return Count(name, kind, some, low if rng.random() < 0.5 else None, high)
    if kind == "spend":
        least, most = sorted(rng.integers(0, int(problem.cost.sum()) + 1, 2).tolist())
        return Spend(name, kind, some, least // 2 if rng.random() < 0.5 else None, most)
    if kind == "spend_share":
        least_share, most_share = sorted(Fraction(int(a), 100) for a in rng.integers(0, 101, 2))
        sides = [(least_share, None), (None, most_share), (least_share, most_share)][int(rng.integers(3))]
        return SpendShare(name, kind, some, *sides)
    if kind == "waste_share":
        return WasteShare(name, kind, float(rng.uniform(0.1, 0.9)))
    if kind == "exclude":
        return Filter(name, kind, some[: max(n // 3, 1)])
    if kind == "require":
        return Require(name, kind, of(int(rng.choice(creators))))
    if kind == "at_most_one_of":
        return Count(name, kind, some, None, 1)
    if kind == "at_least_one_of":
        return Count(name, kind, some, 1, None)
    first, *others = rng.permutation(creators)[:3].tolist()
    groups = tuple(of(creator) for creator in others) or (np.zeros(0, np.int64),)
    return OnlyWith(name, "only_with", of(first), groups)
