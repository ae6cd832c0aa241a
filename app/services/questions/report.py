"""What a report needs besides the optimization itself: made once, kept with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from app.errors import Unavailable
from app.services import optimizations
from app.services.opened import opened
from app.services.questions.asked import of_stored
from app.services.questions.frontier import frontier
from app.services.questions.strategies import strategies
from app.settings import Settings
from app.storage import creator_chunks, report_parts
from app.storage import optimizations as rows
from app.storage.database import Database, Session
from app.wire.brief_glance import Glance, glance
from app.wire.optimization import Optimization
from app.wire.report_parts import Bubble, NearMiss, ReportBasis
from optimizer.solution import Limits

BASIS, FRONTIER, STRATEGIES = "basis/1", "frontier/1", "strategies/1"
"""Names of kept documents; the number rises with their form."""
POINTS = 10
"""Budgets of the curve: in even steps to twice the brief's, its own among them."""
CURVE_GAP, CURVE_TIME_S = 1e-3, 5.0
"""A point of a curve that is looked at is close enough within a thousandth, and may take so long."""
MOST_BUBBLES = 1500
MOST_NEAR_MISSES = 12
_CHUNKS_AT_ONCE = 20


@dataclass(frozen=True, eq=False, slots=True)
class Stored:
    """An optimization with the parts of its report that are kept, by name. brief_bytes: of its brief, packed."""

    optimization: Optimization
    parts: dict[str, bytes]
    brief_bytes: int


def stored(database: Database, tenant_id: str, optimization_id: str) -> Stored:
    """The tenant's optimization and its kept parts. Raises NotFound."""
    with database.reading() as session:
        optimization = optimizations.get(session, tenant_id, optimization_id)
        return Stored(
            optimization, report_parts.read(session, optimization_id), rows.brief_bytes(session, optimization_id)
        )


def keep(database: Database, optimization_id: str, parts: dict[str, bytes]) -> None:
    """Keep what was made; where the database has no room for it now it is made again next time."""
    try:
        with database.writing() as session:
            report_parts.add(session, optimization_id, parts)
    except Unavailable:
        return


def basis(settings: Settings, tenant_id: str, optimization_id: str) -> dict[str, bytes]:
    """``basis_at`` in a process of its own."""
    return basis_at(opened(settings).database, tenant_id, optimization_id)


def basis_at(database: Database, tenant_id: str, optimization_id: str) -> dict[str, bytes]:
    """Pick what the report shows from the brief and the creators, and keep it. Raises NotFound."""
    with database.reading() as session:
        brief = glance(optimizations.brief(session, tenant_id, optimization_id))
        made = picked(brief, _rows(session, optimization_id))
    parts = {BASIS: made.model_dump_json().encode()}
    keep(database, optimization_id, parts)
    return parts


def solved(settings: Settings, tenant_id: str, optimization_id: str, name: str) -> dict[str, bytes]:
    """Make and keep the budget curve or the comparison of strategies. Raises NotFound, NotAnswerable."""
    at = opened(settings)
    asked = of_stored(at.database, tenant_id, optimization_id, at.benchmarks, at.latest)
    if name == STRATEGIES:
        parts = {name: strategies(asked).model_dump_json().encode()}
    else:
        own = asked.limits
        limits = Limits(min(own.time_limit_s, CURVE_TIME_S), max(own.relative_gap, CURVE_GAP), own.seed)
        parts = {name: frontier(asked, POINTS, None, limits).model_dump_json().encode()}
    keep(at.database, optimization_id, parts)
    return parts


def picked(brief: Glance, rows: Iterator[dict[str, Any]]) -> ReportBasis:
    """What the report shows. rows: as in /creators, chosen before rejected."""
    offers, chosen, bubbles, missed = 0, set(), [], []
    for row in rows:
        offers += 1
        is_chosen = row["decision"] == "chosen"
        if is_chosen:
            chosen.add(row["creator_id"])
        elif row["creator_id"] not in chosen:
            missed.append(row)
        bubbles.append((not is_chosen, -row["forecast"]["engaged"], row))
    nearest = _nearest(brief, missed)
    shown = nsmallest(MOST_BUBBLES, bubbles, key=lambda bubble: bubble[:2])
    named = chosen | {row.creator_id for row in nearest}
    objective = brief.objective
    return ReportBasis(
        currency=brief.currency,
        budget=brief.budget,
        candidates=len(brief.creators),
        offers=offers,
        waste_aversion=None if objective.minimise else objective.aversion(),
        goal=objective.min_engaged_reach if objective.minimise else None,
        duplication=objective.duplication,
        confidence=objective.confidence,
        relative_gap=brief.solver.relative_gap,
        names={creator_id: brief.named(creator_id) for creator_id in brief.creators if creator_id in named},
        near_misses=nearest,
        bubbles=[_bubble(row) for _, _, row in shown],
    )


def _rows(session: Session, optimization_id: str) -> Iterator[dict[str, Any]]:
    after: tuple[str, int] | None = None
    while True:
        chunks = creator_chunks.read(session, optimization_id, None, after=after, limit=_CHUNKS_AT_ONCE)
        for decision, number, document in chunks:
            yield from json.loads(document)
            after = (decision, number + 1)
        if len(chunks) < _CHUNKS_AT_ONCE:
            return


def _nearest(brief: Glance, rows: list[dict[str, Any]]) -> list[NearMiss]:
    """The best offer of each creator that is nearest to its entry price; without such prices to its loss."""
    best: dict[str, tuple[float, dict[str, Any]]] = {}
    for row in rows:
        distance = _distance(brief, row)
        if distance is None:
            continue
        creator_id = row["creator_id"]
        if creator_id not in best or distance < best[creator_id][0]:
            best[creator_id] = distance, row
    nearest = nsmallest(MOST_NEAR_MISSES, best.items(), key=lambda item: (item[1][0], item[0]))
    return [_near_miss(brief, row) for _, (_, row) in nearest]


def _distance(brief: Glance, row: dict[str, Any]) -> float | None:
    """How far an offer is from the plan, smaller is nearer; None where that has no measure."""
    if row["entry_price"] is not None:
        price = float(brief.prices[row["creator_id"], row["offer_id"]])
        return max(price - float(row["entry_price"]), 0.0) / max(price, 1e-9)
    if row["loss_if_forced"] is not None:
        return 1e3 + float(row["loss_if_forced"])  # behind all that have a price
    return None


def _near_miss(brief: Glance, row: dict[str, Any]) -> NearMiss:
    return NearMiss(
        creator_id=row["creator_id"],
        offer_id=row["offer_id"],
        price=brief.prices[row["creator_id"], row["offer_id"]],
        entry_price=row["entry_price"],
        loss_if_forced=row["loss_if_forced"],
        reasons=row["reasons"],
    )


def _bubble(row: dict[str, Any]) -> Bubble:
    forecast = row["forecast"]
    return Bubble(
        reach=forecast["reach"],
        waste=forecast["waste"],
        cost=float(row["landed_cost"]),
        chosen=row["decision"] == "chosen",
    )
