"""Logs: one format for all that runs in the process, as JSON lines or as text.

No line holds a secret, a body or a query string: the HTTP client's and server's own request lines are switched off,
since a webhook's address may hold a key and a query may hold a label.
"""

import logging
import re
import sys
import time
from collections.abc import Mapping
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from app.settings import Settings
from app.telemetry import ids, traces

_QUIET = ("alembic.runtime.plugins", "httpcore", "httpx", "uvicorn.access")
"""Loggers that say too much: only their warnings are kept."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logs of this process to ``stream`` (stderr) as the settings say; once per process."""
    target = stream or sys.stderr
    handler = logging.StreamHandler(target)
    as_json = settings.log_format == "json" or (settings.log_format is None and not target.isatty())
    handler.setFormatter(json_lines() if as_json else TextLines())
    handler.addFilter(with_ids)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.log_level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def json_lines() -> logging.Formatter:
    """One JSON object a line: timestamp, level, logger, message, the ids that are known, and the line's own fields."""
    return JsonFormatter(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception", "stack_info": "stack"},
        reserved_attrs=[*logging.makeLogRecord({}).__dict__, "asctime", "color_message", "message", "taskName"],
        timestamp=True,
        json_ensure_ascii=False,
    )


class TextLines(logging.Formatter):
    """For people: a line each but for tracebacks; a message cannot make another line look like one of ours."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line without its traceback."""
        record.message = _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), record.message)
        fields: Mapping[str, Any] = record.__dict__
        named = [f"{name}={fields[name]}" for name in _ID_FIELDS if fields.get(name)]
        return f"{super().formatMessage(record)}{' [' + ' '.join(named) + ']' if named else ''}"


_ID_FIELDS = ("request_id", "tenant_id", "optimization_id", "trace_id")


def with_ids(record: logging.LogRecord) -> bool:
    """A filter of the handler that lets all pass, with whom the line is for."""
    for name, value in {**ids.known(), **traces.current_ids()}.items():
        if getattr(record, name, None) is None:
            setattr(record, name, value)
    return True
