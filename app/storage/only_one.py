"""One process for one SQLite file: a second one would take the first one's work for left behind."""

import fcntl
import os
from pathlib import Path
from typing import IO

from app.errors import Unavailable
from app.storage.database import read_url


def lock(database_url: str) -> IO[str] | None:
    """Take the file for this process until the lock is closed or the process ends; None on other databases.

    Raises Unavailable when another process has it.
    """
    url = read_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path = Path(f"{Path(url.database).resolve()}.lock")  # one lock, by whatever link the file is named
    try:
        held = path.open("a+")
    except OSError:
        return None  # nor will SQLite be able to open its file there, and it says why
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.seek(0)
        owner = held.read(20).strip() or "unknown"
        held.close()
        raise Unavailable(
            f"Process {owner} serves {url.database} already. SQLite is for one process; use PostgreSQL for more."
        ) from None
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held
