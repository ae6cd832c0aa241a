"""A brief, resolved: the one object that everything after the door works with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
from time import perf_counter

import numpy as np

from app.errors import Fault
from app.services.translate import findings
from app.services.translate.columns import Columns, columns
from app.services.translate.matches import Matches
from app.services.translate.overlap import Overlap, overlap_of
from app.services.translate.rules import Resolver
from app.wire.brief import Brief, BriefHead
from app.wire.garbage import collector_paused
from app.wire.money import MOST_MINOR_UNITS, Currency, currency_of
from app.wire.parse import MOST_KEPT, invalid_brief
from app.wire.problem import MOST_LISTED
from app.wire.rule_checks import unknown_id_faults
from optimizer.candidates import Candidates
from optimizer.columns import Labels, Positions, Texts
from optimizer.forecast.benchmarks import Benchmarks
from optimizer.forecast.cost import Surcharge, landed
from optimizer.forecast.forecast import forecast
from optimizer.forecast.result import Forecast
from optimizer.problem import Problem
from optimizer.rules import Filter
from optimizer.target import Target
from optimizer.where import STANDARD_TIERS, position_of, tiers


@dataclass(frozen=True, eq=False, slots=True)
class Campaign:
    """A valid brief with everything that was made of it.

    brief: its candidates, posted or from a file, are in the columns. tier: of each creator, by the brief's tiers.
    posted_creator: int64 (m,), index among the candidates as they came. handle: (m,), "" where there is none.
    problem.rules: the brief's in its order, then unknown_audience and audience_exceeds_segment where they remove
    somebody. forecast_s: seconds from the brief to the problem.
    """

    brief: BriefHead
    currency: Currency
    candidates: Candidates
    target: Target
    tier: Labels
    surcharges: tuple[Surcharge, ...]
    forecast: Forecast
    problem: Problem
    overlap: Overlap
    posted_creator: Positions
    handle: Texts
    warnings: tuple[Fault, ...]
    forecast_s: float

    def handles(self, creator_ids: Sequence[str]) -> dict[str, str]:
        """The handles of these creators by id, of those that have one."""
        at = {creator_id: position_of(self.candidates.creator_id, creator_id) for creator_id in creator_ids}
        found = {creator_id: str(self.handle[row]) for creator_id, row in at.items() if row is not None}
        return {creator_id: handle for creator_id, handle in found.items() if handle}


def translate(brief: Brief, benchmarks: Benchmarks) -> Campaign:
    """Resolve a brief that ``parse_brief`` returned.

    Raises InvalidBrief where a figure is missing that no benchmark has, or an audience does not fit its segment.
    """
    with collector_paused():
        start = perf_counter()
        made = columns(brief.candidates, currency_in(brief), wanted_dimensions(brief), _positions(brief))
        return _campaign(brief, made, benchmarks, start)


def translate_columns(brief: BriefHead, made: Columns, benchmarks: Benchmarks) -> Campaign:
    """Resolve a brief that ``parse_brief_head`` returned, for candidates from elsewhere.

    Raises InvalidBrief where a rule needs a creator that is none of them, and what ``made.refuse`` raises where
    ``translate`` raises InvalidBrief about a candidate.
    """
    return _campaign(brief, made, benchmarks, perf_counter())


def wanted_dimensions(brief: BriefHead) -> frozenset[str]:
    """The audience dimensions that the target uses."""
    return frozenset(dimension for segment in brief.target.parts().segments for dimension in segment.where)


def _campaign(brief: BriefHead, made: Columns, benchmarks: Benchmarks, start: float) -> Campaign:
    currency = currency_in(brief)
    target = brief.target.parts()
    tier = tiers(made.candidates.followers, brief.tiers or STANDARD_TIERS)
    matches = Matches(made.candidates, tier)
    if not isinstance(brief, Brief):
        _refuse_unknown_ids(brief, matches)
    surcharges = tuple(_surcharges(brief, currency, matches))
    cost = landed(made.candidates.price_minor, surcharges)
    found = forecast(made.candidates, target, benchmarks, brief.objective.confidence)
    overlap = overlap_of(target, found, made.candidates, brief.objective.duplication)
    exceeding = (overlap.exceeding, found, made, target.segments, overlap)
    faults = [findings.dear(cost, currency.format(MOST_MINOR_UNITS), made), findings.errors(found, made)]
    if not made.removes_exceeding:
        faults.append(findings.exceeding(*exceeding))
    made.refuse(chain(*faults))
    rules = Resolver(matches, currency, cost, found).resolve(brief.rules)
    rules += tuple(_removals(found, made, overlap))
    problem = Problem(
        creator=made.candidates.offer_creator,
        cost=cost,
        exponents=overlap.exponents,
        gain=overlap.gain,
        waste=found.waste,
        contacts=found.contacts,
        ceilings=overlap.ceilings,
        budget=currency.to_minor(brief.budget),
        waste_aversion=brief.objective.aversion(),
        rules=rules,
        goal=brief.objective.min_engaged_reach,
    )
    noted = [*_idle_fields(brief), *findings.warnings(found, made), *matches.warnings]
    return Campaign(
        brief=brief,
        currency=currency,
        candidates=made.candidates,
        target=target,
        tier=tier,
        surcharges=surcharges,
        forecast=found,
        problem=problem,
        overlap=overlap,
        posted_creator=made.creator,
        handle=made.handle,
        warnings=_listed([*noted, *findings.removed(*exceeding)]),
        forecast_s=perf_counter() - start,
    )


def _positions(brief: BriefHead) -> dict[str, int] | None:
    return None if brief.target.panel is None else brief.target.panel.positions()


def currency_in(brief: BriefHead) -> Currency:
    """The currency of the brief's money."""
    currency = currency_of(brief.currency)
    if currency is None:
        raise ValueError(f"unknown currency {brief.currency}, which parse_brief refuses")
    return currency


def _refuse_unknown_ids(brief: BriefHead, matches: Matches) -> None:
    """Raise InvalidBrief when a rule needs a creator or an offer that there is not."""

    def offers_of(creator_id: str) -> set[str] | None:
        offers = matches.of_creator(creator_id)
        return None if offers is None else set(matches.candidates.offer_id[offers].tolist())

    if faults := list(islice(unknown_id_faults(brief.rules, offers_of), MOST_KEPT)):
        raise invalid_brief(faults)


def _removals(found: Forecast, made: Columns, overlap: Overlap) -> Iterator[Filter]:
    """Filters that no rule of the brief asks for."""
    if found.excluded.any():
        out = np.flatnonzero(found.excluded[made.candidates.offer_creator])
        yield Filter("unknown_audience", "unknown_audience", out)
    if overlap.exceeding.size:
        yield Filter("audience_exceeds_segment", "audience_exceeds_segment", overlap.exceeding)


def _surcharges(brief: BriefHead, currency: Currency, matches: Matches) -> Iterator[Surcharge]:
    for index, posted in enumerate(brief.surcharges):
        yield Surcharge(
            name=posted.name,
            rate=None if posted.rate is None else Fraction(posted.rate),
            fixed_minor=None if posted.fixed is None else currency.to_minor(posted.fixed),
            offers=matches.flags(posted.where, "surcharges", index, "where"),
        )


def _listed(warnings: list[Fault]) -> tuple[Fault, ...]:
    """The warnings, or the first of them and a last one that says how many more there are."""
    more = len(warnings) - MOST_LISTED
    if more <= 0:
        return tuple(warnings)
    return (*warnings[:MOST_LISTED], Fault("more_warnings", "", f"{more} more warnings are not listed.", "warning"))


def _idle_fields(brief: BriefHead) -> Iterator[Fault]:
    """Fields that do nothing beside the others."""
    if brief.target.panel is not None and brief.objective.duplication != 1:
        detail = "duplication does nothing beside a panel, which measures how much audiences overlap."
        yield Fault("no_effect", "/objective/duplication", detail, "warning")
    if brief.target.panel is None and isinstance(brief, Brief):
        sampled = [index for index, posted in enumerate(brief.candidates) if posted.audience_sample is not None]
        if sampled:
            detail = f"{len(sampled)} candidate(s) have an audience_sample, which does nothing without target.panel."
            yield Fault("no_effect", f"/candidates/{sampled[0]}/audience_sample", detail, "warning")
    if brief.objective.minimise is not None:
        for name in ("waste_aversion", "cost_per_wasted_contact"):
            if getattr(brief.objective, name) is not None:
                detail = f"{name} does nothing with minimise: cost; a rule waste_share limits waste."
                yield Fault("no_effect", f"/objective/{name}", detail, "warning")
