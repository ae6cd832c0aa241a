"""The brief of a replanned optimization: its parent's, with what has happened since written into it.

It is an ordinary brief: whoever posts it gets the same plan. What is signed stands in it as rules, whose names say
so; that is how a replan of a replan knows what earlier ones have settled.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.wire.fields import LONGEST_NAME
from app.wire.json_edit import Edit, Span, document_start, edited, elements, members, text_of
from app.wire.rule_checks import names_of
from app.wire.rules import ExcludeRule, MaxChangesRule, RequireRule, Rule

PREFIX = "replan: "
"""What the names of these rules begin with."""
_ACCEPTED, _DECLINED = f"{PREFIX}accepted ", f"{PREFIX}declined "


@dataclass(frozen=True, slots=True)
class Changes:
    """What is written into a brief.

    accepted: creator id -> the offer that is signed, also those that are signed already. declined: creator ids.
    prices: (creator id, offer id) -> money text. budget: money text. max_changes: (given plan, most).
    """

    accepted: dict[str, str]
    declined: Sequence[str]
    prices: dict[tuple[str, str], str]
    budget: str | None
    max_changes: tuple[list[tuple[str, str]], int] | None


def signed_in(rules: Sequence[Rule]) -> dict[str, str]:
    """What earlier replans have signed: creator id -> offer id."""
    return {
        rule.creator_id: rule.offer_id
        for rule in rules
        if isinstance(rule, RequireRule) and rule.offer_id is not None and (rule.name or "").startswith(_ACCEPTED)
    }


def derived(raw: bytes, rules: Sequence[Rule], changes: Changes) -> bytes:
    """The brief with the changes; nothing but what they touch is another byte. rules: those in it, parsed."""
    text = text_of(raw)
    start = document_start(text)
    fields = members(text, start)
    edits = [*_rule_edits(text, start, fields, rules, changes)]
    if changes.budget is not None:
        edits.append(fields["budget"].replaced_by(json.dumps(changes.budget)))
    if changes.prices:
        edits += _price_edits(text, fields["candidates"], changes.prices)
    return edited(text, edits).encode()


def _price_edits(text: str, candidates: Span, prices: dict[tuple[str, str], str]) -> Iterator[Edit]:
    repriced = {creator_id for creator_id, _ in prices}
    for at, candidate in elements(text, candidates.start):
        if candidate["id"] not in repriced:
            continue
        offers = members(text, at.start)["offers"]
        for place, offer in elements(text, offers.start):
            price = prices.get((candidate["id"], offer["id"]))
            if price is not None:
                yield members(text, place.start)["price"].replaced_by(json.dumps(price))


def _rule_edits(
    text: str, start: int, fields: dict[str, Span], rules: Sequence[Rule], changes: Changes
) -> Iterator[Edit]:
    """At most one edit: a new list of rules, the posted ones in it as they were posted."""
    names = names_of(rules)
    ended = [isinstance(rule, MaxChangesRule) and (rule.name or "").startswith(PREFIX) for rule in rules]
    added = list(_added(rules, [name for name, over in zip(names, ended, strict=True) if not over], changes))
    if not added and not any(ended):
        return
    kept: list[str] = []
    moved = False
    posted = elements(text, fields["rules"].start) if rules else []
    for (at, rule), name, over in zip(posted, names, ended, strict=True):
        moved |= over
        if not over:
            kept.append(_named(text, at, rule, name) if moved else text[at.start : at.end])
    listed = f"[{', '.join([*kept, *(json.dumps(rule, ensure_ascii=False) for rule in added)])}]"
    if "rules" in fields:
        yield fields["rules"].replaced_by(listed)
    else:
        yield Edit(start + 1, start + 1, f'"rules": {listed}, ')


def _named(text: str, at: Span, rule: dict[str, Any], name: str) -> str:
    """A rule whose place changes: one without a name is called by its old place from here on."""
    own = text[at.start : at.end]
    if rule.get("name") is not None:
        return own
    if "name" in rule:
        place = members(own, 0)["name"]
        return edited(own, [place.replaced_by(json.dumps(name))])
    return f'{{"name": {json.dumps(name)}, {own[1:].lstrip()}'


def _added(rules: Sequence[Rule], taken: list[str], changes: Changes) -> Iterator[dict[str, Any]]:
    names = set(taken)

    def free(name: str) -> str:
        """The name, shortened and numbered where need be, and taken from here on."""
        found, number = name[:LONGEST_NAME], 2
        while found in names:
            suffix = f" ({number})"
            found, number = name[: LONGEST_NAME - len(suffix)] + suffix, number + 1
        names.add(found)
        return found

    signed = signed_in(rules)
    for creator_id, offer_id in changes.accepted.items():
        if creator_id not in signed:
            name = free(f"{_ACCEPTED}{creator_id}")
            yield {"name": name, "kind": "require", "creator_id": creator_id, "offer_id": offer_id}
    out = {rule.creator_id for rule in rules if isinstance(rule, ExcludeRule) and rule.offer_id is None}
    for creator_id in changes.declined:
        if creator_id not in out:
            yield {"name": free(f"{_DECLINED}{creator_id}"), "kind": "exclude", "creator_id": creator_id}
    if changes.max_changes is not None:
        given, most = changes.max_changes
        listed = [{"creator_id": creator_id, "offer_id": offer_id} for creator_id, offer_id in given]
        name = free(f"{PREFIX}at most {most} change{'' if most == 1 else 's'}")
        yield {"name": name, "kind": "max_changes", "from": listed, "max": most}
