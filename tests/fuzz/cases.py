"""A fuzzed request, drawn from a seed and a number alone, so that any one of a run can be made again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz import mutations, seeds
from tests.fuzz.seeds import Document

JSON = {"Content-Type": "application/json"}
WRONG_TYPES: tuple[dict[str, str], ...] = (
    {},
    {"Content-Type": ""},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Type": "application/json;charset=\x7f"},
    {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    {"Content-Type": "application/" + "x" * 5_000},
)
ODD_HEADERS: tuple[dict[str, str], ...] = (
    {"Prefer": "wait=-1"},
    {"Prefer": "wait=0"},
    {"Prefer": "wait=" + "9" * 500},
    {"Prefer": "wait=1, wait=2, respond-async, ,;=,"},
    {"Prefer": 'respond-async; foo="bar'},
    {"X-Request-Id": "a b\tc" + "x" * 300},
    {"Accept": "image/png"},
    {"Accept-Language": "x;q=nan, " * 50 + "de"},
    {"If-None-Match": '"' * 99},
    {"traceparent": "00-zz-zz-zz"},
)


@dataclass(frozen=True)
class Solved:
    """An optimization that questions can be asked about."""

    id: str
    brief: Document


@dataclass(frozen=True)
class Case:
    """One request. kind: what was done to its body. path has ``{id}`` where an optimization is asked about."""

    number: int
    call: str
    kind: str
    path: str
    raw: bytes
    headers: dict[str, str] = field(default_factory=dict)


POST = "/v1/optimizations"
CALLS: tuple[tuple[str, int], ...] = (
    ("solve", 12),
    ("validate", 3),
    ("evaluate", 2),
    ("replan", 2),
    ("break_even", 2),
)
PATHS = {
    "solve": POST,
    "validate": f"{POST}:validate",
    "evaluate": f"{POST}:evaluate",
    "replan": f"{POST}/{{id}}:replan",
    "break_even": f"{POST}/{{id}}/break-even",
}


def case(seed: int, number: int, solved: Document) -> Case:
    """The case with this number of this seed. solved: the brief of the optimization that is asked about."""
    draw = random.Random(f"{seed}/{number}")
    call = draw.choices([name for name, _ in CALLS], weights=[weight for _, weight in CALLS])[0]
    bodies: dict[str, Callable[[], Document]] = {
        "solve": lambda: seeds.brief(draw),
        "validate": lambda: seeds.brief(draw),
        "evaluate": lambda: seeds.evaluation(draw),
        "replan": lambda: seeds.replan(draw, solved),
        "break_even": lambda: seeds.break_even(draw, solved),
    }
    document = bodies[call]()
    headers = dict(JSON)
    what = draw.random()
    if what < 0.72:
        changed, kind = mutations.changed(document, draw)
        raw = mutations.written(changed, draw)
    elif what < 0.92:
        raw, kind = mutations.broken(mutations.written(document, draw), draw)
    elif what < 0.96:
        raw, kind, headers = mutations.written(document, draw), "content_type", dict(draw.choice(WRONG_TYPES))
    else:
        raw, kind = mutations.written(document, draw), "header"
        headers |= draw.choice(ODD_HEADERS)
    return Case(number, call, kind, PATHS[call], raw, headers)
