"""The header Prefer as RFC 7240 has it."""

import pytest
from starlette.requests import Request

from app.api.prefer import preference_of, preferred
from app.settings import load_settings

SETTINGS = load_settings(default_wait=10, max_wait=60)


@pytest.mark.parametrize(
    ("header", "wait_s", "applied"),
    [
        ("", 10, None),
        ("respond-async", 0, "respond-async"),
        ("Respond-Async; x=1", 0, "respond-async"),
        ("wait=5", 5, "wait=5"),
        ('wait="5"', 5, "wait=5"),
        ("respond-async, wait=5", 5, "wait=5"),
        ("wait=0", 0, "wait=0"),
        ("wait=100000", 60, "wait=60"),
        ("wait=-1", 10, None),
        ("wait=soon, handling=lenient", 10, None),
        ("return=minimal", 10, None),
    ],
)
def test_a_wait_is_heeded_within_bounds_and_the_unknown_ignored(header: str, wait_s: int, applied: str | None) -> None:
    preference = preferred(header, SETTINGS)
    assert (preference.wait_s, preference.applied) == (wait_s, applied)


@pytest.mark.parametrize("lines", [["respond-async", "wait=5"], ["handling=lenient", "wait=5"], ["wait=5"]])
def test_several_lines_are_one_list(lines: list[str]) -> None:
    request = Request({"type": "http", "headers": [(b"prefer", line.encode()) for line in lines]})
    assert preference_of(request, lines[0], SETTINGS).wait_s == 5


def test_without_the_header_the_default_counts() -> None:
    assert preference_of(Request({"type": "http", "headers": []}), None, SETTINGS).wait_s == 10
