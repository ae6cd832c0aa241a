"""Rules for the families: each with a plan that keeps them, so that "infeasible" would be a wrong answer."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from benchmarks.market import Market
from optimizer.columns import Flags, Positions
from optimizer.rules import Count, Filter, OnlyWith, Require, Rule, Spend, SpendShare, WasteShare

RuleSet = tuple[tuple[Rule, ...], Positions]
"""Rules and a plan that keeps them all but, perhaps, the budget."""

EMPTY: Positions = np.zeros(0, np.int64)


def cheapest(market: Market, among: Flags, number: int) -> Positions:
    """The cheapest offers of up to ``number`` different creators among those flagged, sorted."""
    offers = np.flatnonzero(among)
    if len(offers) > 64 * number:
        offers = offers[np.argpartition(market.cost[offers], 64 * number)[: 64 * number]]
    offers = offers[np.argsort(market.cost[offers], kind="stable")]
    _, first = np.unique(market.creator[offers], return_index=True)
    return np.sort(offers[np.sort(first)[:number]])


def everybody(market: Market) -> Positions:
    """All offers."""
    return np.arange(len(market.cost))


def cap_and_tier_share(market: Market, most: int) -> RuleSet:
    """At most so many creators, and 40 % of the spend to nano and micro."""
    small = np.flatnonzero(market.tier <= 1)
    return (
        Count("at most", "count", everybody(market), None, most),
        SpendShare("small first", "spend_share", small, Fraction(2, 5), None),
    ), EMPTY


def ten_rules(market: Market, budget: int, most: int, seed: int) -> RuleSet:
    """Ten rules of six kinds: count, spend, spend_share, waste_share, at_most_one_of, at_least_one_of."""
    rng = np.random.default_rng([seed, 10])
    creators = int(market.creator[-1]) + 1
    rivals = [np.isin(market.creator, rng.choice(creators, min(8, creators // 10), replace=False)) for _ in range(2)]
    waste_limit = float(np.quantile(market.waste[:100_000] / market.contacts[:100_000], 0.4))
    second, home, near = market.platform == 1, market.country == 0, market.country == 1
    easy = (market.tier <= 1) & (market.waste <= waste_limit * market.contacts) & ~near & ~rivals[0] & ~rivals[1]
    faces = cheapest(market, easy, 20)
    abroad = cheapest(market, easy & second, 4)
    face = faces[:1][~np.isin(market.creator[faces[:1]], market.creator[abroad])]
    at_home = cheapest(market, easy & home & ~np.isin(market.creator, market.creator[[*abroad, *face]]), 2)
    rules = (
        Count("at most", "count", everybody(market), None, most),
        Count("second platform", "count", np.flatnonzero(second), len(abroad), None),
        Count("home country", "count", np.flatnonzero(home), len(at_home), most // 2),
        Spend("large ones", "spend", np.flatnonzero(market.tier >= 2), None, budget * 2 // 5),
        SpendShare("small first", "spend_share", np.flatnonzero(market.tier <= 1), Fraction(2, 5), None),
        SpendShare("neighbour country", "spend_share", np.flatnonzero(near), None, Fraction(1, 4)),
        WasteShare("waste", "waste_share", waste_limit),
        Count("rivals", "at_most_one_of", np.flatnonzero(rivals[0]), None, 1),
        Count("other rivals", "at_most_one_of", np.flatnonzero(rivals[1]), None, 1),
        Count("a face", "at_least_one_of", faces, 1, None),
    )
    return rules, np.sort(np.concatenate([abroad, face, at_home]))


def groups(market: Market, number: int, most: int) -> RuleSet:
    """Everybody in one of ``number`` exclusivity groups of neighbours, and a count cap."""
    bounds = np.linspace(0, len(market.cost), number + 1).astype(np.int64)
    exclusive = [
        Count(f"group {group}", "at_most_one_of", np.arange(first, last), None, 1)
        for group, (first, last) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True))
    ]
    return (Count("at most", "count", everybody(market), None, most), *exclusive), EMPTY


def equalities(market: Market, numbers: Sequence[int]) -> RuleSet:
    """Exactly so many creators of tier 0, 1, ..., and that many altogether; tiers with too few give what they have."""
    picked = [cheapest(market, market.tier == tier, number) for tier, number in enumerate(numbers)]
    rules = [
        Count(f"tier {tier}", "count", np.flatnonzero(market.tier == tier), len(offers), len(offers))
        for tier, offers in enumerate(picked)
    ]
    plan = np.sort(np.concatenate(picked))
    return (Count("altogether", "count", everybody(market), len(plan), len(plan)), *rules), plan


def waste_capped(market: Market) -> RuleSet:
    """Waste at most a share that one offer in ten keeps."""
    return (WasteShare("waste", "waste_share", float(np.quantile(market.waste / market.contacts, 0.1))),), EMPTY


def fixed(market: Market, seed: int) -> RuleSet:
    """Two required, a hundredth excluded, filters on price, and three who come only with others."""
    rng = np.random.default_rng([seed, 11])
    creators = int(market.creator[-1]) + 1
    names = rng.permutation(creators)
    gone, wanted, paired = names[: creators // 100 + 1], names[-2:], names[-11:-2].reshape(3, 3)

    def of(creator: int) -> Positions:
        first, last = np.searchsorted(market.creator, (creator, creator + 1))
        return np.arange(first, last)

    dear = np.flatnonzero((market.cost > np.quantile(market.cost, 0.95)) & ~np.isin(market.creator, wanted))
    rules: tuple[Rule, ...] = (
        *(Require(f"require {number}", "require", of(creator)) for number, creator in enumerate(wanted.tolist())),
        Filter("exclude", "exclude", np.flatnonzero(np.isin(market.creator, gone))),
        Filter("not above", "max_cost_per_creator", dear),
        *(
            OnlyWith(f"only with {number}", "only_with", of(first), (of(second), of(third)))
            for number, (first, second, third) in enumerate(paired.tolist())
        ),
    )
    plan = np.sort(np.array([int(of(creator)[0]) for creator in wanted.tolist()], np.int64))
    return rules, plan
