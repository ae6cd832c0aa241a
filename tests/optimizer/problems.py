"""Random small problems over every rule kind: plain ones from a numpy generator, odd ones from hypothesis."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from optimizer.columns import Floats
from optimizer.problem import Problem
from optimizer.rules import Count, Distance, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare

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
    "distance",
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
    if kind == "distance":
        return _distance(name, problem, rng.permutation(n)[: n // 2], int(rng.integers(0, 4)), bool(rng.random() < 0.5))
    first, *others = rng.permutation(creators)[:3].tolist()
    groups = tuple(of(creator) for creator in others) or (np.zeros(0, np.int64),)
    return OnlyWith(name, "only_with", of(first), groups)


def _distance(name: str, problem: Problem, offers: np.ndarray, side: int, at_most: bool) -> Distance:
    """From a plan of the first of these offers of each creator; another offer of theirs does not count by itself."""
    given = np.sort(offers)
    given = given[np.flatnonzero(np.diff(problem.creator[given], prepend=-1))]
    others = np.flatnonzero(~np.isin(problem.creator, problem.creator[given]))
    return Distance(name, "distance", given, others, len(given), *((None, side) if at_most else (side, None)))


def crowded_problem(rng: np.random.Generator, offers: int, inverse: bool = False) -> Problem:
    """A problem of offers that cost about the same, so that its relaxation is far from any plan; up to three rules."""
    cost = rng.integers(280, 360, offers) * int(rng.choice([1, 1, 1_000]))
    segments = int(rng.integers(1, 4))
    people = cost[:, None] / cost.mean() * rng.uniform(0.5, 1.5, (offers, segments))
    contacts = cost * rng.uniform(0.9, 1.1, offers)
    problem = Problem(
        creator=np.arange(offers) if rng.random() < 0.6 else np.sort(rng.integers(0, offers, offers)),
        cost=cost,
        exponents=people * (rng.random((offers, segments)) < 0.8) * 10.0 ** rng.uniform(-3, 0),
        gain=np.zeros(offers),
        waste=contacts * rng.uniform(0.2, 0.6, offers),
        contacts=contacts,
        ceilings=rng.uniform(1e3, 1e6, segments),
        budget=int(cost.mean() * rng.uniform(1.5, 6.0)),
        waste_aversion=float(rng.choice([0.0, 0.001])),
    )
    rules = tuple(random_rule(rng, problem, f"rule {k}") for k in range(int(rng.integers(0, 4))))
    if not inverse:
        return replace(problem, rules=rules)
    everything = float(problem.ceilings @ -np.expm1(-problem.exponents.sum(axis=0)))
    return replace(problem, rules=rules, goal=everything * float(rng.uniform(0.2, 0.8)), budget=int(cost.sum()))


def magnitudes(rng: np.random.Generator, segments: int) -> Floats:
    """Ceilings from one person to a billion."""
    low, high = rng.choice([[0, 4], [3, 6], [6, 9], [0, 9]])
    return 10.0 ** rng.uniform(float(low), float(high), segments)


def strange_scales(rng: np.random.Generator, offers: int = 8) -> Problem:
    """A problem whose exponents, ceilings and costs each span some of many orders of magnitude."""
    segments = int(rng.integers(1, 4))
    low = rng.choice([-9.0, -6.0, -4.0, -2.0])
    size = rng.uniform(low, max(rng.choice([-2.0, -1.0, 0.0, 1.3]), low + 0.1), (offers, segments))
    exponents = 10.0 ** (np.round(size) if rng.random() < 0.5 else size)
    creators = np.arange(offers) if rng.random() < 0.5 else np.sort(rng.integers(0, 5, offers))
    cost = rng.integers(0, rng.choice([5, 1_000, 1_000_000]), offers)
    return Problem(
        creator=creators.astype(np.int64),
        cost=cost.astype(np.int64),
        exponents=exponents * (rng.random((offers, segments)) < 0.8),
        gain=np.where(rng.random() < 0.3, rng.uniform(0, 10, offers), np.zeros(offers)),
        waste=rng.uniform(0, 1_000, offers),
        contacts=np.full(offers, 1_000.0),
        ceilings=magnitudes(rng, segments),
        budget=int(cost.sum() * rng.uniform(0, 1)),
        waste_aversion=float(rng.choice([0.0, 0.01])),
    )


def _money() -> st.SearchStrategy[int]:
    return st.sampled_from([0, 0, 1, 2, 3, 500, 500, 1_000, 1_001, 10**11, 10**11 + 1])


def _exponent() -> st.SearchStrategy[float]:
    return st.sampled_from([0.0, 0.0, 1e-9, 1e-4, 0.02, 0.1, 0.1, 0.1, 0.7, 3.0, 20.0])


@st.composite
def odd_problems(draw: st.DrawFn, offers: int = 6, goal: bool | None = None) -> Problem:
    """Small problems full of ties, nothings and extremes, each with up to four rules of any kind."""
    n = draw(st.integers(0, offers))
    segments = draw(st.integers(0, 2))
    creator = sorted(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)))
    cost = draw(st.lists(_money(), min_size=n, max_size=n))
    exponents = draw(st.lists(st.lists(_exponent(), min_size=segments, max_size=segments), min_size=n, max_size=n))
    gain = draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 50.0]), min_size=n, max_size=n))
    contacts = draw(st.lists(st.sampled_from([0.0, 100.0, 100.0, 5000.0]), min_size=n, max_size=n))
    wasted = draw(st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=n, max_size=n))
    spend = sum(cost)
    problem = Problem(
        creator=np.array(creator, np.int64),
        cost=np.array(cost, np.int64),
        exponents=np.array(exponents, float).reshape(n, segments),
        gain=np.array(gain, float),
        waste=np.array(contacts, float) * np.array(wasted, float),
        contacts=np.array(contacts, float),
        ceilings=np.array(draw(st.lists(st.sampled_from([0.0, 1e3, 1e3, 1e6]), min_size=segments, max_size=segments))),
        budget=draw(st.sampled_from([0, 1, 500, 1_000, 2_000, 10**11, 2 * 10**11, max(spend - 1, 0), spend])),
        waste_aversion=draw(st.sampled_from([0.0, 0.01, 0.01, 1.0, 1e6])),
    )
    if draw(st.booleans()) if goal is None else goal:
        all_met = float(problem.ceilings @ -np.expm1(-problem.exponents.sum(axis=0)) + problem.gain.sum())
        problem = replace(problem, goal=all_met * draw(st.sampled_from([0.0, 0.3, 0.8, 0.999, 1.5])))
    rules = [draw(odd_rules(problem, f"rule {k}")) for k in range(draw(st.integers(0, 4)) if n else 0)]
    return replace(problem, rules=tuple(rules))


@st.composite
def odd_rules(draw: st.DrawFn, problem: Problem, name: str) -> Rule:
    """A rule of any kind, with sides where plans of the problem are likely to lie."""
    kind = draw(st.sampled_from(KINDS))
    places = np.arange(problem.offers)
    creators = np.unique(problem.creator).tolist()
    some = places[draw(st.lists(st.booleans(), min_size=problem.offers, max_size=problem.offers))]
    money = [0, *np.cumsum(problem.cost).tolist(), *problem.cost.tolist()]
    if kind == "count":
        low, high = sorted(draw(st.lists(st.integers(0, 4), min_size=2, max_size=2)))
        return Count(name, kind, some, *draw(st.sampled_from([(low, high), (low, None), (None, high), (low, low)])))
    if kind == "spend":
        low, high = sorted(draw(st.lists(st.sampled_from(money), min_size=2, max_size=2)))
        return Spend(name, kind, some, *draw(st.sampled_from([(low, high), (low, None), (None, high), (low, low)])))
    if kind == "spend_share":
        shares = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(333, 1000), Fraction(1)])
        share, more = sorted(draw(st.lists(shares, min_size=2, max_size=2)))
        sides = st.sampled_from([(share, None), (None, share), (share, more), (share, share)])
        return SpendShare(name, kind, some, *draw(sides))
    if kind == "waste_share":
        return WasteShare(name, kind, draw(st.sampled_from([0.0, 0.3, 0.4, 0.5, 1.0])))
    if kind == "exclude":
        return Filter(name, kind, some)
    if kind == "require":
        return Require(name, kind, places[problem.creator == draw(st.sampled_from(creators))])
    if kind == "at_most_one_of":
        return Count(name, kind, some, None, 1)
    if kind == "at_least_one_of":
        return Count(name, kind, some, 1, None)
    if kind == "distance":
        return _distance(name, problem, some, draw(st.integers(0, 4)), draw(st.booleans()))
    first, *others = draw(st.lists(st.sampled_from(creators), min_size=1, max_size=3, unique=True))
    groups = tuple(places[problem.creator == creator] for creator in others) or (places[:0],)
    return OnlyWith(name, kind, places[problem.creator == first], groups)
