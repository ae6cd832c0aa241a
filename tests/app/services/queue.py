"""Briefs posted and solved without a server: the services in one thread."""

from datetime import UTC, datetime

from app.services import briefs, optimizations, solving
from app.services.caller import command_line
from app.services.opened import Opened
from app.services.optimizations import Posted
from app.settings import Settings
from app.storage import jobs
from app.storage.database import Database
from app.storage.tables import DEFAULT_TENANT
from app.wire.optimization import Optimization
from optimizer.forecast.benchmarks import Benchmarks


def posted(raw: bytes, settings: Settings) -> Posted:
    """A brief as it is stored."""
    at = datetime.now(UTC)
    return Posted(raw, at, briefs.accepted(settings, raw, at))


def solved(database: Database, settings: Settings, benchmarks: Benchmarks, what: Posted) -> Optimization:
    """Store a brief, solve it, and give what is kept."""
    with database.writing() as session:
        optimization_id = optimizations.add(session, command_line(), what)
        job = jobs.claim_next(session, "tests", at=datetime.now(UTC), tenant_limit=None)
    assert job is not None
    assert job.id == optimization_id
    assert solving.solve_at(Opened(settings, database, benchmarks), job).kept
    with database.reading() as session:
        return optimizations.get(session, DEFAULT_TENANT, optimization_id)
