"""What can be wrong with a brief although each of its fields is right: ids, pairs of fields, money.

Every check yields faults; none looks at a candidate's forecast. They run on a brief whose fields
have been validated one by one.
"""

from collections.abc import Iterable, Iterator

from app.errors import Fault
from app.wire.brief import Brief, BriefHead
from app.wire.candidate_checks import candidate_faults, sample_faults
from app.wire.money import Currency, MoneyError, currency_of, shortened
from app.wire.objective import LARGEST_WASTE_AVERSION, Objective, Surcharge
from app.wire.pointers import pointer
from app.wire.rule_checks import rule_faults, unknown_id_faults
from app.wire.rules import MaxChangesRule, OnlyWithRule, RequireRule
from app.wire.target import MOST_DIMENSIONS, Target, TargetPanel
from optimizer.forecast.audience import segments_overlap


def cross_field_faults(brief: Brief) -> Iterator[Fault]:
    """All faults between the fields of a brief, top to bottom."""
    yield from head_faults(brief)
    if any(isinstance(rule, RequireRule | OnlyWithRule | MaxChangesRule) for rule in brief.rules):
        offers_of = {c.id: {offer.id for offer in c.offers} for c in brief.candidates}
        yield from unknown_id_faults(brief.rules, offers_of.get)
    yield from candidate_faults(brief.candidates, currency_of(brief.currency))
    if brief.target.panel is not None:
        yield from sample_faults(brief.candidates, brief.target.panel.weights)


def head_faults(brief: BriefHead) -> Iterator[Fault]:
    """The faults that can be told without the candidates."""
    currency = currency_of(brief.currency)
    if currency is None:
        detail = f'"{brief.currency}" is not the ISO 4217 code of a currency in use; EUR is one.'
        yield Fault("unknown_currency", "/currency", detail)
    else:
        yield from money_fault(currency, brief.budget, "budget")
    yield from _target_faults(brief.target)
    yield from _objective_faults(brief.objective)
    if brief.conversion is not None:
        yield from money_fault(currency, brief.conversion.order_value, "conversion", "order_value")
    yield from _surcharge_faults(brief.surcharges, currency)
    if brief.tiers is not None:
        yield from _tier_faults(brief.tiers)
    yield from rule_faults(brief.rules, currency)


def money_fault(currency: Currency | None, amount: str | None, *place: str | int) -> Iterator[Fault]:
    """A fault when the currency does not take the amount; without a currency there is nothing to compare with."""
    if currency is None or amount is None:
        return
    try:
        currency.to_minor(amount)
    except MoneyError as fault:
        yield Fault(fault.code, pointer(*place), fault.detail)


def repeated(names: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Positions (earlier, later) of names that are there already."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in first:
            yield first[name], index
        else:
            first[name] = index


def _target_faults(target: Target) -> Iterator[Fault]:
    if target.panel is not None:
        yield from _panel_faults(target, target.panel)
        return
    if target.segments is None:
        if target.niche is None:
            detail = "A target needs segments, a niche in the short form, or a panel."
            yield Fault("missing_field", "/target/segments", detail)
        return
    for name in ("niche", "countries", "ages", "size"):
        if getattr(target, name) is not None:
            detail = f"{name} belongs to the short form and cannot be given beside segments."
            yield Fault("not_together", pointer("target", name), detail)
    for earlier, later in repeated(segment.name for segment in target.segments):
        detail = f"Segment {earlier} has the same name; names of segments are unique."
        yield Fault("duplicate_name", pointer("target", "segments", later, "name"), detail)
    used = {dimension for segment in target.segments for dimension in segment.where or ()}
    if len(used) > MOST_DIMENSIONS:
        detail = f"The segments use {len(used)} different dimensions; at most {MOST_DIMENSIONS} are accepted."
        yield Fault("too_many_dimensions", "/target/segments", detail)
        return
    for earlier, later in segments_overlap(target.parts()):
        detail = (
            f"This segment could share people with segment {earlier}; any two segments need a dimension "
            "in `where` in which they have no value in common."
        )
        yield Fault("segments_overlap", pointer("target", "segments", later), detail)


def _panel_faults(target: Target, panel: TargetPanel) -> Iterator[Fault]:
    for name in ("segments", "niche", "countries", "ages", "size"):
        if getattr(target, name) is not None:
            detail = (
                f"{name} cannot be given beside a panel, whose members are the target group; leave one of them out."
            )
            yield Fault("not_together", pointer("target", name), detail)
    if not any(panel.weights.values()):
        detail = "All weights are 0, so the panel stands for nobody; a member's weight is the people it stands for."
        yield Fault("out_of_range", "/target/panel/weights", detail)
    for member in panel.relevance or ():
        if member not in panel.weights:
            detail = f"The panel's weights have no member {shortened(member)!r}."
            yield Fault("unknown_member", pointer("target", "panel", "relevance", member), detail)


def _objective_faults(objective: Objective) -> Iterator[Fault]:
    if objective.minimise is not None:
        if objective.maximise is not None:
            detail = "An objective either maximises or minimises; leave one of the two out."
            yield Fault("not_together", "/objective/minimise", detail)
        if objective.min_engaged_reach is None:
            detail = "minimise: cost needs min_engaged_reach, the engaged people to reach."
            yield Fault("missing_field", "/objective/min_engaged_reach", detail)
        if objective.goal_engaged_reach is not None:
            detail = "goal_engaged_reach goes with maximise; with minimise: cost the goal is min_engaged_reach."
            yield Fault("not_together", "/objective/goal_engaged_reach", detail)
    elif objective.min_engaged_reach is not None:
        detail = "min_engaged_reach goes with minimise: cost."
        yield Fault("not_together", "/objective/min_engaged_reach", detail)
    amounts = {name: getattr(objective, name) for name in ("cost_per_wasted_contact", "value_per_engaged_person")}
    given = [name for name, amount in amounts.items() if amount is not None]
    if given and objective.waste_aversion is not None:
        detail = (
            "waste_aversion is given both as a number and as cost_per_wasted_contact / value_per_engaged_person; "
            "leave one of the two forms out."
        )
        yield Fault("not_together", "/objective/waste_aversion", detail)
    for name, amount in amounts.items():
        if given and amount is None:
            yield Fault("missing_field", pointer("objective", name), f"{given[0]} needs {name} beside it.")
    if len(given) == 2 and objective.aversion() > LARGEST_WASTE_AVERSION:
        detail = f"cost_per_wasted_contact / value_per_engaged_person is above {LARGEST_WASTE_AVERSION:g}."
        yield Fault("out_of_range", "/objective/cost_per_wasted_contact", detail)


def _surcharge_faults(surcharges: list[Surcharge], currency: Currency | None) -> Iterator[Fault]:
    for earlier, later in repeated(surcharge.name for surcharge in surcharges):
        detail = f"Surcharge {earlier} has the same name; names of surcharges are unique."
        yield Fault("duplicate_name", pointer("surcharges", later, "name"), detail)
    for index, surcharge in enumerate(surcharges):
        if surcharge.rate is None and surcharge.fixed is None:
            detail = "A surcharge needs a rate, a fixed amount, or both."
            yield Fault("missing_field", pointer("surcharges", index, "rate"), detail)
        yield from money_fault(currency, surcharge.fixed, "surcharges", index, "fixed")


def _tier_faults(tiers: dict[str, float]) -> Iterator[Fault]:
    if min(tiers.values()) != 0:
        detail = f"The lowest tier begins at {min(tiers.values()):g} followers; it has to begin at 0."
        yield Fault("lowest_tier_not_zero", "/tiers", detail)
    names = list(tiers)
    for earlier, later in repeated(str(bound) for bound in tiers.values()):
        detail = f"Tier {names[earlier]!r} begins at the same number of followers."
        yield Fault("duplicate_tier_bound", pointer("tiers", names[later]), detail)
