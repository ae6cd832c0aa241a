"""A plan goes on: what is signed stays, who declined is out, prices and the budget are new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.errors import BodyTooLarge, Fault, InvalidBrief, NotAnswerable
from app.services import briefs, optimizations
from app.services.answers.earlier import Earlier
from app.services.briefs import ANY_NUMBER, Accepted
from app.services.opened import opened
from app.services.optimizations import Posted
from app.services.questions.derived import Changes, derived, signed_in
from app.settings import Settings
from app.storage.database import Database
from app.wire.brief import Brief
from app.wire.money import Currency, MoneyError, currency_of
from app.wire.optimization import Optimization
from app.wire.parse import parse_brief
from app.wire.pointers import pointer
from app.wire.replan_request import ReplanRequest
from app.wire.request import invalid_request, read_request
from optimizer.forecast.benchmarks import Benchmarks


@dataclass(frozen=True, eq=False, slots=True)
class _Known:
    """What is known of the optimization that is replanned.

    plan: creator id -> offer id. signed: those of the plan that earlier replans have settled. prices: of every offer,
    minor units, by creator and offer id.
    """

    raw: bytes
    brief: Brief
    currency: Currency
    plan: dict[str, str]
    signed: dict[str, str]
    prices: dict[str, dict[str, int]]
    unspent: int


def replan(
    database: Database,
    tenant_id: str,
    optimization_id: str,
    raw: bytes,
    received_at: datetime,
    settings: Settings,
    benchmarks: Benchmarks,
) -> Posted:
    """What is to be solved instead of an optimization: its brief with the changes in a body written into it.

    Raises NotFound, NotAnswerable where it has no plan, MalformedJson, InvalidRequest with all that is wrong.
    """
    request = read_request(raw, ReplanRequest)
    with database.reading() as session:
        optimization = optimizations.get(session, tenant_id, optimization_id)
        posted = optimizations.brief(session, tenant_id, optimization_id)
    known = _known(optimization, posted)
    prices, faults = _prices(known, request)
    faults += _faults(known, request)
    if faults:
        raise invalid_request(faults)
    left = [(creator_id, offer_id) for creator_id, offer_id in known.plan.items() if creator_id not in request.declined]
    changes = Changes(
        accepted={creator_id: known.plan[creator_id] for creator_id in request.accepted},
        declined=request.declined,
        prices={of: text for of, (text, _) in prices.items()},
        budget=request.budget,
        max_changes=None if request.max_changes is None else (left, request.max_changes),
    )
    brief = derived(known.raw, known.brief.rules, changes)
    try:
        received = briefs.read(brief, received_at, settings, benchmarks, max_candidates=ANY_NUMBER)
    except (InvalidBrief, BodyTooLarge) as error:
        detail = f"With these changes the brief would not be valid. {error.detail}"
        raise invalid_request([Fault(fault.code, "", detail) for fault in error.faults]) from None
    return Posted(
        raw=brief,
        received_at=received_at,
        accepted=Accepted.of(received),
        parent_id=optimization_id,
        earlier=_earlier(known, request, prices),
    )


def posted(settings: Settings, tenant_id: str, optimization_id: str, raw: bytes, received_at: datetime) -> Posted:
    """As ``replan``, in a process of its own."""
    at = opened(settings)
    return replan(at.database, tenant_id, optimization_id, raw, received_at, settings, at.benchmarks)


def _known(optimization: Optimization, raw: bytes) -> _Known:
    result = optimization.result
    if optimization.status != "succeeded" or result is None:
        raise NotAnswerable(
            f"Optimization {optimization.id} is {optimization.status}; replan it when it has succeeded."
        )
    if result.totals is None:
        raise NotAnswerable(
            f"Optimization {optimization.id} has no plan ({optimization.solution_status}), so there is nothing to "
            "replan; change its brief and post that."
        )
    brief = parse_brief(raw, ANY_NUMBER)
    currency = currency_of(brief.currency)
    if currency is None:
        raise ValueError(f"unknown currency {brief.currency} in a stored brief")
    spent = currency.to_minor(result.totals.spend)
    return _Known(
        raw=raw,
        brief=brief,
        currency=currency,
        plan={row.creator_id: row.offer_id for row in result.selection},
        signed=signed_in(brief.rules),
        prices={
            candidate.id: {offer.id: currency.to_minor(offer.price) for offer in candidate.offers}
            for candidate in brief.candidates
        },
        unspent=currency.to_minor(brief.budget) - spent,
    )


def _faults(known: _Known, request: ReplanRequest) -> Iterator[Fault]:
    for name, ids in (("accepted", request.accepted), ("declined", request.declined)):
        first: dict[str, int] = {}
        for index, creator_id in enumerate(ids):
            if first.setdefault(creator_id, index) != index:
                detail = f'"{creator_id}" is at /{name}/{first[creator_id]} already.'
                yield Fault("duplicate_id", pointer(name, index), detail)
            elif creator_id not in known.prices:
                yield _unknown(creator_id, name, index)
    for index, creator_id in enumerate(request.accepted):
        if creator_id in known.prices and creator_id not in known.plan:
            detail = (
                f'Creator "{creator_id}" is not in the plan of this optimization, so there is no chosen '
                "offer to accept; to have the creator all the same post the brief with a rule of kind require."
            )
            yield Fault("not_in_plan", pointer("accepted", index), detail)
    accepted = set(request.accepted)
    for index, creator_id in enumerate(request.declined):
        if creator_id in accepted:
            detail = f'Creator "{creator_id}" is in accepted too; a creator either accepts or declines.'
            yield Fault("not_together", pointer("declined", index), detail)
        elif creator_id in known.signed:
            yield _signed(creator_id, "declined", index)
    if request.budget is not None:
        yield from _money(known.currency, request.budget, "budget")


def _prices(known: _Known, request: ReplanRequest) -> tuple[dict[tuple[str, str], tuple[str, int]], list[Fault]]:
    """New prices as text and in minor units by creator and offer id, and what is wrong with them."""
    prices: dict[tuple[str, str], tuple[str, int]] = {}
    faults: list[Fault] = []
    signed = known.signed.keys() | set(request.accepted)
    for index, new in enumerate(request.prices):
        offers = known.prices.get(new.creator_id)
        offer_id = new.offer_id
        if offers is not None and offer_id is None and len(offers) == 1:
            offer_id = next(iter(offers))
        before = len(faults)
        if offers is None:
            faults.append(_unknown(new.creator_id, "prices", index, "creator_id"))
        elif new.creator_id in signed:
            faults.append(_signed(new.creator_id, "prices", index, "creator_id"))
        elif offer_id is None:
            detail = f'Creator "{new.creator_id}" has {len(offers)} offers; say which one has a new price.'
            faults.append(Fault("offer_needed", pointer("prices", index, "offer_id"), detail))
        elif offer_id not in offers:
            detail = f'Creator "{new.creator_id}" has no offer "{offer_id}".'
            faults.append(Fault("unknown_offer", pointer("prices", index, "offer_id"), detail))
        elif (new.creator_id, offer_id) in prices:
            detail = f'Offer "{offer_id}" of creator "{new.creator_id}" has a new price already.'
            faults.append(Fault("duplicate_id", pointer("prices", index, "offer_id"), detail))
        faults += _money(known.currency, new.price, "prices", index, "price")
        if len(faults) == before and offer_id is not None:
            prices[new.creator_id, offer_id] = new.price, known.currency.to_minor(new.price)
    return prices, faults


def _unknown(creator_id: str, *place: str | int) -> Fault:
    return Fault("unknown_creator", pointer(*place), f'No candidate of the brief has the id "{creator_id}".')


def _signed(creator_id: str, *place: str | int) -> Fault:
    detail = (
        f'Creator "{creator_id}" has accepted, and what is signed stays as it is; to undo that post the brief of this '
        "optimization without its rule."
    )
    return Fault("signed", pointer(*place), detail)


def _money(currency: Currency, amount: str, *place: str | int) -> Iterator[Fault]:
    try:
        currency.to_minor(amount)
    except MoneyError as error:
        yield Fault(error.code, pointer(*place), error.detail)


def _earlier(known: _Known, request: ReplanRequest, prices: dict[tuple[str, str], tuple[str, int]]) -> Earlier:
    """The parent's plan, and what has changed since."""

    def repriced(sign: int) -> list[tuple[str, str]]:
        return [of for of, (_, price) in prices.items() if sign * (price - known.prices[of[0]][of[1]]) > 0]

    return Earlier(
        plan=list(known.plan.items()),
        unspent=known.unspent,
        budget=known.currency.to_minor(known.brief.budget),
        accepted=sorted({*known.signed, *request.accepted}),
        declined=list(request.declined),
        raised=repriced(1),
        lowered=repriced(-1),
    )
