"""Faults of rules that can be told without a candidate's figures."""

from collections.abc import Callable, Container, Iterator, Sequence
from decimal import Decimal

from app.errors import Fault
from app.wire.money import Currency, MoneyError
from app.wire.pointers import pointer
from app.wire.rules import (
    CountRule,
    MaxChangesRule,
    MaxCostPerCreatorRule,
    OneOfRule,
    OnlyWithRule,
    PlannedOffer,
    RequireRule,
    Rule,
    SpendRule,
    SpendShareRule,
)

RESERVED_NAMES = ("budget", "goal", "unknown_audience", "audience_exceeds_segment")
"""Names that answers use for what is not a rule of the brief."""


def names_of(rules: Sequence[Rule]) -> list[str]:
    """The name of every rule: as posted, or ``rules/<index>``."""
    return [f"rules/{index}" if rule.name is None else rule.name for index, rule in enumerate(rules)]


OffersOf = Callable[[str], Container[str] | None]
"""Creator id to the ids of its offers, or to None where there is no such creator."""


def rule_faults(rules: Sequence[Rule], currency: Currency | None) -> Iterator[Fault]:
    """Names and sides: all that can be told without knowing the candidates."""
    first: dict[str, int] = {}
    for index, name in enumerate(names_of(rules)):
        place = pointer("rules", index, "name")
        if name in RESERVED_NAMES:
            yield Fault("reserved_name", place, f'"{name}" is used in answers already; choose another name.')
        elif first.setdefault(name, index) != index:
            detail = f'Rule {first[name]} is called "{name}" too; names of rules are unique.'
            yield Fault("duplicate_name", place, detail)
    for index, rule in enumerate(rules):
        if isinstance(rule, CountRule | SpendRule | SpendShareRule):
            yield from _side_faults(rule, index, currency)
        elif isinstance(rule, MaxCostPerCreatorRule):
            yield from _money_faults(currency, index, max=rule.max)
        elif isinstance(rule, OneOfRule):
            yield from _one_of_faults(rule, index)
        elif isinstance(rule, MaxChangesRule):
            yield from _repeated_faults(rule, index)


def unknown_id_faults(rules: Sequence[Rule], offers_of: OffersOf) -> Iterator[Fault]:
    """Ids that a rule cannot do without and no candidate has."""
    for index, rule in enumerate(rules):
        if isinstance(rule, RequireRule):
            yield from _offer_faults(rule, offers_of, "rules", index)
        elif isinstance(rule, OnlyWithRule):
            yield from _only_with_faults(rule, index, offers_of)
        elif isinstance(rule, MaxChangesRule):
            for k, planned in enumerate(rule.from_):
                yield from _offer_faults(planned, offers_of, "rules", index, "from", k)


def _side_faults(
    rule: CountRule | SpendRule | SpendShareRule, index: int, currency: Currency | None
) -> Iterator[Fault]:
    if isinstance(rule, SpendRule):
        yield from _money_faults(currency, index, min=rule.min, max=rule.max)
    if rule.min is None and rule.max is None:
        detail = f"A rule of kind {rule.kind} needs min, max, or both."
        yield Fault("missing_field", pointer("rules", index, "max"), detail)
    elif rule.min is not None and rule.max is not None and Decimal(rule.min) > Decimal(rule.max):
        detail = f"min is {rule.min} and max is {rule.max}; min may not be above max."
        yield Fault("min_above_max", pointer("rules", index, "min"), detail)


def _money_faults(currency: Currency | None, index: int, **amounts: str | None) -> Iterator[Fault]:
    for name, amount in amounts.items():
        if currency is not None and amount is not None:
            try:
                currency.to_minor(amount)
            except MoneyError as fault:
                yield Fault(fault.code, pointer("rules", index, name), fault.detail)


def _one_of_faults(rule: OneOfRule, index: int) -> Iterator[Fault]:
    if rule.creator_ids is None and rule.where is None:
        detail = f"A rule of kind {rule.kind} needs creator_ids or where."
        yield Fault("missing_field", pointer("rules", index, "creator_ids"), detail)
    elif rule.creator_ids is not None and rule.where is not None:
        detail = "creator_ids and where both say which creators; leave one of the two out."
        yield Fault("not_together", pointer("rules", index, "where"), detail)


def _repeated_faults(rule: MaxChangesRule, index: int) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for k, planned in enumerate(rule.from_):
        if first.setdefault(planned.creator_id, k) != k:
            detail = f"from/{first[planned.creator_id]} is of the same creator; a plan has one offer of a creator."
            yield Fault("duplicate_id", pointer("rules", index, "from", k, "creator_id"), detail)


def _offer_faults(named: RequireRule | PlannedOffer, offers_of: OffersOf, *place: str | int) -> Iterator[Fault]:
    offers = offers_of(named.creator_id)
    if offers is None:
        yield _unknown_creator(named.creator_id, *place, "creator_id")
    elif named.offer_id is not None and named.offer_id not in offers:
        detail = f'Creator "{named.creator_id}" has no offer "{named.offer_id}".'
        yield Fault("unknown_offer", pointer(*place, "offer_id"), detail)


def _only_with_faults(rule: OnlyWithRule, index: int, offers_of: OffersOf) -> Iterator[Fault]:
    if offers_of(rule.creator_id) is None:
        yield _unknown_creator(rule.creator_id, "rules", index, "creator_id")
    for k, creator_id in enumerate(rule.with_):
        if offers_of(creator_id) is None:
            yield _unknown_creator(creator_id, "rules", index, "with", k)


def _unknown_creator(creator_id: str, *place: str | int) -> Fault:
    return Fault("unknown_creator", pointer(*place), f'No candidate has the id "{creator_id}".')
