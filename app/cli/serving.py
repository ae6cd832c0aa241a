"""The commands that stay: `serve` and `worker`. SIGTERM and Ctrl-C let them end in order."""

import asyncio
import logging
import os
import signal
import socket
import threading
from types import FrameType
from typing import Annotated

import typer

from app.cli.edge import CannotGoOnError, reported
from app.errors import Unavailable
from app.settings import load_settings, unknown_variables

_log = logging.getLogger("creatormix")

_LAST_ANSWERS_S = 3
"""For the answers to those who were waiting when the grace was over; then connections are closed."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of CREATORMIX_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, instead of CREATORMIX_PORT.")] = None,
) -> None:
    """Serve the HTTP API, with Swagger UI at /docs; solves too, unless CREATORMIX_SERVE_SOLVES says no."""
    import uvicorn  # here and below: what only one command needs costs the others seconds at start

    from app.main import create_app, drain
    from app.storage import migrate, only_one
    from app.telemetry import logs

    class Server(uvicorn.Server):
        """Lets those go who wait for a solve before it closes their connections."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            """A signal to end. It interrupts the event loop anywhere, so the work is left to the loop's next round."""
            asyncio.get_running_loop().call_soon_threadsafe(drain, app)
            super().handle_exit(sig, frame)

    with reported("serve"):
        given = {"host": host, "port": port}
        settings = load_settings(**{name: value for name, value in given.items() if value is not None})
        logs.configure(settings)
        _warn_of_unknown_settings()
        _require_address(settings.host)
        app = create_app(settings)
        # The application does both too, but reports what fails as a traceback.
        lock = only_one.lock(settings.database_url)
        if settings.migrate:
            migrate.upgrade(settings.database_url)
        if lock is not None:
            lock.close()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,  # its own log lines, query strings in them, are replaced by ours
        access_log=False,
        timeout_graceful_shutdown=round(settings.shutdown_grace.total_seconds()) + _LAST_ANSWERS_S,
    )
    Server(config).run()


def worker() -> None:
    """Solve what is queued on PostgreSQL, beside any number of other workers and servers."""
    from app.storage import migrate
    from app.telemetry import logs
    from app.worker import solving

    with reported("worker"):
        settings = load_settings()
        logs.configure(settings)
        _warn_of_unknown_settings()
        if settings.database_url.startswith("sqlite"):
            raise Unavailable(
                "On SQLite `creatormix serve` solves; workers need CREATORMIX_DATABASE_URL=postgresql://…"
            )
        if settings.migrate:
            migrate.upgrade(settings.database_url)
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: ended.set())
        with solving(settings):
            while not ended.wait(1.0):  # a wait without end would not let signals in on every system
                pass


def _warn_of_unknown_settings() -> None:
    for told in unknown_variables(os.environ):
        _log.warning("%s", told)


def _require_address(host: str) -> None:
    try:
        socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotGoOnError(
            f"CREATORMIX_HOST or --host: {host!r} is no address of this machine; 127.0.0.1 listens to this machine "
            "alone, 0.0.0.0 to all"
        ) from None
