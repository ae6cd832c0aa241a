"""Forecast problems for the tests of ranges, and one draw of them in plain Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from optimizer.candidates import Candidates
from optimizer.columns import Positions
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.forecast.forecast import forecast
from optimizer.forecast.overlap import exponents, gain
from optimizer.forecast.result import Forecast
from optimizer.problem import Problem
from optimizer.target import Target
from tests.optimizer.forecast.creators import candidates

Creator = Mapping[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class World:
    """Some creators, as a brief states them, and what the forecast makes of them."""

    creators: Sequence[Creator]
    target: Target
    duplication: float
    candidates: Candidates
    forecast: Forecast
    problem: Problem

    @property
    def everybody(self) -> Positions:
        """The first offer of each creator."""
        return np.flatnonzero(np.diff(self.candidates.offer_creator, prepend=-1))


def world(
    creators: Sequence[Creator],
    target: Target,
    benchmarks: Benchmarks,
    duplication: float = 1.0,
    confidence: float | None = None,
    budget: int = 10**12,
    waste_aversion: float = 0.0,
) -> World:
    """The problem of these creators; what an offer costs is its ``price_minor``."""
    columns = candidates(creators)
    found = forecast(columns, target, benchmarks, confidence)
    assert not [finding for finding in found.findings if finding.severity == "error"]
    sized = [k for k, segment in enumerate(target.segments) if segment.size is not None]
    unsized = [k for k, segment in enumerate(target.segments) if segment.size is None]
    relevance = np.array([segment.relevance for segment in target.segments])
    sizes = np.array([target.segments[k].size for k in sized], float)
    c, beyond = exponents(found.engaged, found.shares[:, sized], columns.offer_creator, sizes, duplication)
    assert not len(beyond)
    problem = Problem(
        creator=columns.offer_creator,
        cost=columns.price_minor,
        exponents=c,
        gain=gain(found.engaged, found.shares[:, unsized], columns.offer_creator, relevance[unsized]),
        waste=found.waste,
        contacts=found.contacts,
        ceilings=relevance[sized] * sizes / duplication,
        budget=budget,
        waste_aversion=waste_aversion,
    )
    return World(creators, target, duplication, columns, found, problem)


@dataclass(frozen=True, slots=True)
class Luck:
    """What happens to one creator: its rate, its reach against the forecast, whether it posts."""

    rate: float
    reach: float
    posts: bool


def happens(of: World, offers: Sequence[int], luck: Sequence[Luck]) -> tuple[float, float]:
    """Engaged reach and waste when these offers are bought and this is how their creators do, one by one."""
    met: list[list[float]] = []
    waste = 0.0
    for offer, fate in zip(offers, luck, strict=True):
        who = int(of.candidates.offer_creator[offer])
        engaged, contacts = _one(of, offer, who, fate)
        met.append([engaged * float(share) for share in of.forecast.shares[who]])
        waste += contacts * (1 - float(of.forecast.on_target_share[who]))
    total = 0.0
    for position, segment in enumerate(of.target.segments):
        people = [row[position] for row in met]
        if segment.size is None:
            total += segment.relevance * sum(people)
        else:
            room = segment.size / of.duplication
            total += segment.relevance * room * (1 - prod(1 - min(g / room, 1.0) for g in people))
    return total, waste


def _one(of: World, offer: int, who: int, fate: Luck) -> tuple[float, float]:
    """Engaged people of everywhere and contacts of one offer."""
    stated = of.creators[who]
    if not fate.posts:
        return 0.0, 0.0
    genuine, sponsored = stated.get("genuine_share", 1.0), stated.get("sponsored_ratio", 1.0)
    items = np.flatnonzero(of.candidates.item_offer == offer).tolist()
    pools, firsts, engaged = [], [], []
    for item in items:
        first = fate.reach * float(of.forecast.item_reach[item])
        base = {
            "follower": stated["followers"] * genuine,
            "reach": first,
            "view": fate.reach * stated.get("average_views", 0.0) * genuine,
        }[stated.get("engagement", {}).get("per", "follower")]
        beyond = float(of.candidates.item_non_follower_share[item])
        pools.append(max(stated["followers"] * genuine / (1 - beyond), first))
        firsts.append(first)
        engaged.append(min(fate.rate * base * sponsored, first))
    posts = [float(of.candidates.item_posts[item]) for item in items]
    pool = max(pools)
    missed = prod((1 - each / pool) ** k for each, k in zip(engaged, posts, strict=True)) if pool else 1.0
    return pool * (1 - missed), sum(k * first for k, first in zip(posts, firsts, strict=True))
