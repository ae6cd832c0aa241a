"""Whether requests can be served, and by which versions."""

import platform
from typing import Literal

from app.errors import Unavailable
from app.services import resource
from app.storage import executors, migrate
from app.storage.database import Database
from app.wire.health import Ready, Version


def check(database: Database) -> Ready:
    """Ready, when the database answers, its schema is new enough and somebody is ready to solve.

    Who is entered lives: the dead are taken out by those who watch their beats, so no two clocks need agree here.
    Raises Unavailable with the reason.
    """
    with database.reading() as session:
        revision = migrate.current(session)
        workers = executors.solving(session) if migrate.serves(revision) else []
    if revision is None or not migrate.serves(revision):
        at = f"at revision {revision}" if revision else "not set up"
        raise Unavailable(
            f"The database schema is {at}, this version of the service needs {migrate.head()}; run "
            "`creatormix db upgrade`."
        )
    if not workers:
        raise Unavailable(
            "Nobody is ready to solve. Who was started just now takes some seconds; else start `creatormix worker`, or "
            "let `serve` solve (CREATORMIX_SERVE_SOLVES)."
        )
    kind: Literal["sqlite", "postgresql"] = "sqlite" if database.is_sqlite else "postgresql"
    return Ready(status="ready", database=kind, migration=revision)


def schema_is_there(database: Database) -> bool:
    """Whether the database has the schema that this version needs. Raises Unavailable."""
    with database.reading() as session:
        return migrate.serves(migrate.current(session))


def version() -> Version:
    """Which versions answer."""
    return Version(
        service=resource.service_version(),
        api="v1",
        model=resource.MODEL_VERSION,
        solver=resource.solver_version(),
        python=platform.python_version(),
    )
