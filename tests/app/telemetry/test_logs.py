"""Every log line has one format, says whom it is for, and holds no secret, body or query string."""

import json
import logging
import sys
import threading
from typing import Any

from app.telemetry import ids, logs


def record(message: str, *arguments: object, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "creatormix.x", "levelname": "INFO", "msg": message, "args": arguments, **extra}
    )
    assert logs.with_ids(made)
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line = logs.json_lines().format(made)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_json_line_says_what_when_and_for_whom() -> None:
    with ids.working_for(request_id="req_1", tenant_id="acme"):
        line = as_json(record("%d rows", 3, route="/livez"))
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "creatormix.x",
        "message": "3 rows",
        "request_id": "req_1",
        "tenant_id": "acme",
        "route": "/livez",
    }


def test_outside_of_a_request_no_id_is_made_up() -> None:
    assert set(as_json(record("started"))) == {"timestamp", "level", "logger", "message"}


def test_an_exception_is_one_json_line() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        line = as_json(record("failed", exc_info=sys.exc_info()))
    assert line["exception"].endswith("ValueError: two\nlines")


def test_what_is_noted_in_a_thread_is_known_in_the_whole_block() -> None:
    """A dependency that finds out the tenant runs in a context of its own."""
    from contextvars import copy_context

    with ids.working_for(request_id="req_1"):
        thread = threading.Thread(target=copy_context().run, args=(lambda: ids.note(tenant_id="acme"),))
        thread.start()
        thread.join()
        assert ids.known() == {"request_id": "req_1", "tenant_id": "acme"}
    assert ids.known() == {}


def test_jobs_of_one_process_do_not_mix_their_ids() -> None:
    with ids.working_for(optimization_id="opt_1"):
        with ids.working_for(optimization_id="opt_2"):
            ids.note(tenant_id="other")
        assert ids.known() == {"optimization_id": "opt_1"}


def test_a_caller_cannot_make_a_line_of_text_that_looks_like_ours() -> None:
    forged = "/x\n2026-01-01T00:00:00.000Z ERROR   creatormix: forged\x1b[2J\u2028end"
    with ids.working_for(request_id="req_1"):
        line = logs.TextLines().format(record("GET %s", forged))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    assert "\\n2026" in line
    assert line.endswith("[request_id=req_1]")
