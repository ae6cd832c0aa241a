"""The rules of a brief, resolved to offers; one function per kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.errors import Fault, InvalidBrief
from app.services.translate.matches import Matches
from app.wire import rules as posted
from app.wire.money import Currency
from app.wire.rule_checks import names_of
from optimizer import rules as resolved
from optimizer.candidates import Candidates
from optimizer.columns import Flags, Floats, Positions
from optimizer.forecast.result import Forecast

MOST_MATCHES = 50_000_000
"""Pairs of a rule and an offer it takes that one brief may have; a guard for memory, not a wish."""


_FigureRule = posted.MaxCostPerCreatorRule | posted.MinShareRule | posted.MinFollowersRule | posted.MaxFollowersRule


@dataclass(frozen=True, eq=False, slots=True)
class Resolver:
    """What rules are resolved against. cost: int64 (n,), landed, minor units."""

    matches: Matches
    currency: Currency
    cost: NDArray[np.int64]
    forecast: Forecast

    def resolve(self, rules: Sequence[posted.Rule]) -> tuple[resolved.Rule, ...]:
        """Every rule in the brief's order; warnings go to ``matches``. Raises InvalidBrief when they take too much."""
        result: list[resolved.Rule] = []
        pairs = 0
        for index, (rule, name) in enumerate(zip(rules, names_of(rules), strict=True)):
            made = self._rule(rule, name, index)
            pairs += 0 if isinstance(made, resolved.WasteShare) else len(made.offers)
            pairs += len(made.others) if isinstance(made, resolved.Distance) else 0
            if pairs > MOST_MATCHES:
                detail = (
                    f"The rules take more than {MOST_MATCHES:,} offers together; make some narrower, or leave some out."
                )
                raise InvalidBrief(detail, [Fault("rules_too_broad", "/rules", detail)])
            result.append(made)
        return tuple(result)

    def _rule(self, rule: posted.Rule, name: str, index: int) -> resolved.Rule:
        match rule:
            case posted.CountRule() | posted.SpendRule() | posted.SpendShareRule():
                return self._sides(rule, name, index)
            case posted.WasteShareRule():
                return resolved.WasteShare(name, rule.kind, rule.max)
            case posted.RequireRule() | posted.ExcludeRule():
                return self._fixed(rule, name, index)
            case posted.OneOfRule():
                return self._one_of(rule, name, index)
            case posted.OnlyWithRule():
                own, *needed = (self.matches.of_creator(id_) for id_ in (rule.creator_id, *dict.fromkeys(rule.with_)))
                return resolved.OnlyWith(name, rule.kind, _known(own), tuple(map(_known, needed)))
            case posted.MaxChangesRule():
                return self._changes(rule, name)
            case _:
                return self._filter(rule, name, index)

    def _sides(
        self, rule: posted.CountRule | posted.SpendRule | posted.SpendShareRule, name: str, index: int
    ) -> resolved.Rule:
        offers = self.matches.offers(rule.where, "rules", index, "where")
        if isinstance(rule, posted.CountRule):
            return resolved.Count(name, rule.kind, offers, rule.min, rule.max)
        if isinstance(rule, posted.SpendRule):
            least, most = (None if side is None else self.currency.to_minor(side) for side in (rule.min, rule.max))
            return resolved.Spend(name, rule.kind, offers, least, most)
        low, high = (None if side is None else Fraction(side) for side in (rule.min, rule.max))
        return resolved.SpendShare(name, rule.kind, offers, low, high)

    def _fixed(self, rule: posted.RequireRule | posted.ExcludeRule, name: str, index: int) -> resolved.Rule:
        offers = self.matches.of_creator(rule.creator_id, rule.offer_id)
        if isinstance(rule, posted.RequireRule):
            return resolved.Require(name, rule.kind, _known(offers))
        if offers is None:
            detail = f'No candidate has the id "{rule.creator_id}", so nobody is excluded.'
            self.matches.warn("unknown_creator", detail, "rules", index, "creator_id")
            offers = np.empty(0, np.int64)
        elif not offers.size:
            detail = f'Creator "{rule.creator_id}" has no offer "{rule.offer_id}", so nothing is excluded.'
            self.matches.warn("unknown_offer", detail, "rules", index, "offer_id")
        return resolved.Filter(name, rule.kind, offers)

    def _one_of(self, rule: posted.OneOfRule, name: str, index: int) -> resolved.Count:
        if rule.creator_ids is None:
            offers = self.matches.offers(rule.where, "rules", index, "where")
        else:
            offers = self.matches.of_creators(rule.creator_ids, "rules", index, "creator_ids")
            if not offers.size:
                self.matches.warn("matches_nobody", "No candidate has any of these ids.", "rules", index, "creator_ids")
        least, most = (None, 1) if rule.kind == "at_most_one_of" else (1, None)
        return resolved.Count(name, rule.kind, offers, least, most)

    def _changes(self, rule: posted.MaxChangesRule, name: str) -> resolved.Distance:
        """A swap of offers counts once: the given offer is missing, and another of the same creator is no addition."""
        given = [_known(self.matches.of_creator(one.creator_id, one.offer_id)) for one in rule.from_]
        creator = self.matches.candidates.offer_creator
        offers = np.sort(np.concatenate([np.empty(0, np.int64), *given]))
        others = np.flatnonzero(~np.isin(creator, creator[offers]))
        return resolved.Distance(name, rule.kind, offers, others, len(given), None, rule.max)

    def _filter(self, rule: _FigureRule, name: str, index: int) -> resolved.Filter:
        match = self.matches.offers(rule.where, "rules", index, "where")
        if isinstance(rule, posted.MaxCostPerCreatorRule):
            most = self.currency.to_minor(rule.max)
            return resolved.Filter(name, rule.kind, match[self.cost[match] > most])
        candidates = self.matches.candidates
        figure = compared_figure(rule.kind, candidates, self.forecast)
        without = len(np.unique(candidates.offer_creator[match[np.isnan(figure[match])]]))
        if without:
            detail = f"{without} creator(s) do not state {rule.kind.removeprefix('min_')} and are removed by this rule."
            self.matches.warn("figure_missing", detail, "rules", index)
        keep = _at_most(rule.max) if isinstance(rule, posted.MaxFollowersRule) else _at_least(rule.min, rule.kind)
        return resolved.outside(name, rule.kind, match, figure, keep)


def compared_figure(kind: str, candidates: Candidates, forecast: Forecast) -> Floats:
    """What a filter compares, per offer; NaN where it is not stated. Not for max_cost_per_creator."""
    if kind == "min_on_target_share":
        return forecast.on_target_share[forecast.audience]
    return {
        "min_followers": candidates.followers,
        "max_followers": candidates.followers,
        "min_genuine_share": candidates.genuine_share,
        "min_reply_rate": candidates.reply_rate,
    }[kind][candidates.offer_creator]


def _at_most(most: float) -> Callable[[Floats], Flags]:
    return lambda figures: figures <= most


def _at_least(least: float, kind: str) -> Callable[[Floats], Flags]:
    if kind == "min_on_target_share":
        least -= resolved.SHARE_TOLERANCE
    return lambda figures: figures >= least


def _known(offers: Positions | None) -> Positions:
    """Offers of a creator that parse_brief has made sure of."""
    if offers is None:
        raise KeyError("a rule names a creator that is no candidate")
    return offers
