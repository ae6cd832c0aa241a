"""Whether requests can be served, and by which versions."""

import platform
from typing import Literal

from app.errors import Unavailable
from app.services import resource
from app.storage import migrate
from app.storage.database import Database
from app.wire.health import Ready, Version


def check(database: Database) -> Ready:
    """Ready, when the database answers and its schema is at head. Raises Unavailable with the reason."""
    with database.reading() as session:
        revision = migrate.current(session)
    head = migrate.head()
    if revision != head:
        at = f"at revision {revision}" if revision else "not set up"
        raise Unavailable(
            f"The database schema is {at}, this version of the service needs {head}; run `creatormix db upgrade`."
        )
    kind: Literal["sqlite", "postgresql"] = "sqlite" if database.is_sqlite else "postgresql"
    return Ready(status="ready", database=kind, migration=head)


def version() -> Version:
    """Which versions answer."""
    return Version(
        service=resource.service_version(),
        api="v1",
        model=resource.MODEL_VERSION,
        solver=resource.solver_version(),
        python=platform.python_version(),
    )
