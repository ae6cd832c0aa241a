"""The families of problems that are measured; each is seeded, of any size, and comes with a plan that is feasible.

A size is a number of creators. "Plain" is the family of the claims: eight segments, a count cap and a tier share.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from app.services.translate import translate
from app.wire.parse import parse_brief
from benchmarks import rule_sets
from benchmarks.drawn_brief import brief_of
from benchmarks.market import Audience, Market, draw
from benchmarks.rule_sets import EMPTY, RuleSet, cheapest
from optimizer.columns import Positions
from optimizer.forecast.benchmarks import load_benchmarks
from optimizer.problem import Problem
from optimizer.rules import Count, SpendShare

MOST = 20
"""Count cap of the families that have one."""
WASTE_AVERSION = 0.01


@dataclass(frozen=True, eq=False, slots=True)
class Instance:
    """A problem, a plan of it that breaks nothing, and the inputs of its exponents where they were kept."""

    problem: Problem
    feasible: Positions
    audience: Audience | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """make(size, seed). sizes: number of creators of the whole benchmark; about: for the report."""

    about: str
    make: Callable[[int, int], Instance]
    sizes: tuple[int, ...] = (100, 1_000, 10_000, 100_000, 1_000_000)


def _instance(
    market: Market, budget: int, rules: RuleSet = ((), EMPTY), *, aversion: float = WASTE_AVERSION
) -> Instance:
    """The problem of a market; the budget is raised to what the rules' own plan costs."""
    made, plan = rules
    problem = Problem(
        creator=market.creator,
        cost=market.cost,
        exponents=market.exponents,
        gain=np.zeros(len(market.cost)),
        waste=market.waste,
        contacts=market.contacts,
        ceilings=market.ceilings,
        budget=max(budget, int(market.cost[plan].sum())),
        waste_aversion=aversion,
        rules=made,
    )
    return Instance(problem, plan, market.audience)


def _usual_budget(market: Market) -> int:
    """A plan of one to two dozen creators."""
    return int(6.25 * market.cost.mean())


def _budget_for(market: Market, chosen: int) -> int:
    """What the offers with the most value per cost cost, for so many creators."""
    ratio = market.worth(WASTE_AVERSION) / market.cost
    chosen = min(chosen, len(ratio) - 1)
    return int(market.cost[np.argpartition(-ratio, chosen)[:chosen]].sum())


def _plain(size: int, seed: int) -> Instance:
    market = draw(size, seed, keep=size <= 1_000_000)
    return _instance(market, _usual_budget(market), rule_sets.cap_and_tier_share(market, MOST))


def _rules(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    budget = _usual_budget(market)
    return _instance(market, budget, rule_sets.ten_rules(market, budget, MOST, seed))


def _offers(size: int, seed: int) -> Instance:
    market = draw(size, seed, offers_each=3)
    return _instance(market, _usual_budget(market))


def _offers_and_rules(size: int, seed: int) -> Instance:
    market = draw(size, seed, offers_each=3)
    budget = _usual_budget(market)
    return _instance(market, budget, rule_sets.ten_rules(market, budget, MOST, seed))


def _saturated(size: int, seed: int) -> Instance:
    market = draw(size, seed, saturation=300.0)
    return _instance(market, _usual_budget(market), rule_sets.cap_and_tier_share(market, MOST))


def _large(chosen: int) -> Callable[[int, int], Instance]:
    def make(size: int, seed: int) -> Instance:
        market = draw(size, seed)
        share = rule_sets.cap_and_tier_share(market, 2 * chosen)
        return _instance(market, _budget_for(market, chosen), share)

    return make


def _no_budget(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, int(market.cost.min()) - 1)


def _one_creator(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, int(np.partition(market.cost, 2)[:2].sum()) - 1)


def _same_price(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    market.cost[:] = 30_000
    return _instance(market, 30_000 * MOST + 15_000)


def _twins(size: int, seed: int) -> Instance:
    """Ten kinds of creators, all of a kind equal in everything."""
    few = draw(10, seed)
    kind = np.arange(size) % 10
    columns = {name: getattr(few, name)[kind] for name in ("cost", "engaged", "waste", "contacts")}
    labels = {name: getattr(few, name)[kind] for name in ("tier", "platform", "country")}
    market = replace(few, creator=np.arange(size), exponents=few.exponents[kind], **columns, **labels)
    return _instance(market, _usual_budget(market), rule_sets.cap_and_tier_share(market, MOST))


def _one_takes_all(size: int, seed: int) -> Instance:
    """One creator costs the whole budget and is worth a little more than a good mix of the others."""
    market = draw(size, seed)
    budget = _usual_budget(market)
    star = size // 2
    ratio = market.worth(WASTE_AVERSION) / market.cost
    ratio[star] = 0.0
    best = np.argsort(-ratio, kind="stable")[:1000]
    mix = best[np.cumsum(market.cost[best]) <= budget]
    market.exponents[star] = 1.05 * market.exponents[mix].sum(axis=0)
    market.cost[star] = budget
    market.waste[star] = market.waste[mix].sum()
    market.contacts[star] = market.contacts[mix].sum()
    return _instance(market, budget)


def _aversion(waste_aversion: float) -> Callable[[int, int], Instance]:
    def make(size: int, seed: int) -> Instance:
        market = draw(size, seed)
        rules = rule_sets.cap_and_tier_share(market, MOST)
        return _instance(market, _usual_budget(market), rules, aversion=waste_aversion)

    return make


def _inverse(size: int, seed: int) -> Instance:
    """Least cost for what the offers of most value per cost reach within half of the usual budget."""
    market = draw(size, seed)
    half = _usual_budget(market) // 2
    ratio = market.worth(WASTE_AVERSION) / market.cost * (market.cost < half / 4)
    best = np.argsort(-ratio, kind="stable")[:1000]
    plan = np.sort(best[np.cumsum(market.cost[best]) <= half])
    reached = float(market.ceilings @ -np.expm1(-market.exponents[plan].sum(axis=0)))
    instance = _instance(market, 4 * half)
    return replace(instance, problem=replace(instance.problem, goal=0.98 * reached), feasible=plan)


def _segments(size: int, seed: int) -> Instance:
    market = draw(size, seed, segments=200)
    return _instance(market, _usual_budget(market), rule_sets.cap_and_tier_share(market, MOST))


def _groups(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, _usual_budget(market), rule_sets.groups(market, min(10_000, size // 5), MOST))


def _equalities(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, _usual_budget(market), rule_sets.equalities(market, (5, 6, 2)))


def _waste_share(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, _usual_budget(market), rule_sets.waste_capped(market))


def _fixed(size: int, seed: int) -> Instance:
    market = draw(size, seed)
    return _instance(market, _usual_budget(market), rule_sets.fixed(market, seed))


def _brief(size: int, seed: int) -> Instance:
    """A brief with two offers per creator, from its bytes through the forecast."""
    campaign = translate(parse_brief(brief_of(size, 2, seed, rules=True)), load_benchmarks())
    return Instance(campaign.problem, EMPTY)


def _exact_share(size: int, seed: int) -> Instance:
    """A share of the spend met exactly by pairs: half to nano and micro at prices that are multiples of each other."""
    market = draw(size, seed)
    market.cost[:] = np.maximum(market.cost // 10_000, 1) * 10_000
    small = np.flatnonzero(market.tier <= 1)
    half = SpendShare("half", "spend_share", small, Fraction(1, 2), Fraction(1, 2))
    pair = np.array([cheapest(market, market.tier <= 1, 1)[0], cheapest(market, market.tier >= 2, 1)[0]])
    if market.cost[pair[0]] != market.cost[pair[1]]:
        market.cost[pair[0]] = market.cost[pair[1]]
    cap = Count("at most", "count", rule_sets.everybody(market), None, MOST)
    return _instance(market, _usual_budget(market), ((half, cap), np.sort(pair)))


_UP_TO_100_000 = (100, 1_000, 10_000, 100_000)

FAMILIES: dict[str, Family] = {
    "plain": Family("8 segments, a count cap and a tier share", _plain, (*_UP_TO_100_000, 1_000_000, 10_000_000)),
    "rules": Family("ten rules of six kinds", _rules),
    "offers": Family("3 offers per creator, no rule", _offers),
    "offers-rules": Family("3 offers per creator, ten rules of six kinds", _offers_and_rules),
    "saturated": Family("segments so small that a plan engages most of them", _saturated),
    "large-5000": Family("about 5 000 chosen", _large(5_000), (10_000, 100_000, 1_000_000)),
    "large-10000": Family("about 10 000 chosen", _large(10_000), (100_000, 1_000_000)),
    "no-budget": Family("nobody can be paid", _no_budget),
    "one-creator": Family("the budget pays for one creator", _one_creator),
    "same-price": Family("all prices equal", _same_price),
    "twins": Family("ten kinds of creators, equal within a kind", _twins),
    "one-takes-all": Family("one creator costs the whole budget and is worth it", _one_takes_all),
    "waste-free": Family("plain with lambda = 0", _aversion(0.0)),
    "waste-dear": Family("plain with lambda = 0.1, at which most offers lose", _aversion(0.1)),
    "inverse": Family("least cost for a goal", _inverse),
    "segments-200": Family("plain with 200 segments", _segments, _UP_TO_100_000),
    "groups": Family("10 000 exclusivity groups (a fifth of the creators where fewer)", _groups),
    "equalities": Family("exactly so many of each tier", _equalities),
    "exact-share": Family("exactly half of the spend to nano and micro, round prices", _exact_share),
    "waste-share": Family("a waste share that one offer in ten keeps", _waste_share),
    "fixed": Family("required, excluded, too dear, only together", _fixed),
    "brief": Family("a JSON brief with 2 offers per creator, through the forecast", _brief, (50, 500, 5_000)),
}
