"""The built-in briefs: complete bodies to start from, used by the service, Swagger UI and ``creatormix demo``."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from app.errors import NotFound

_SUMMARIES = {
    "minimal": "Three creators and nothing but what is needed",
    "realistic": "60 creators with 2 offers each, three segments, surcharges and rules",
    "infeasible": "Three rules that cannot hold together: the answer names them",
    "pinned": "Creators that are settled: required, excluded, together, one of a group",
}


@dataclass(frozen=True, slots=True)
class DemoBrief:
    """A brief that can be posted as it stands. raw: its bytes, body: the same as plain values."""

    name: str
    summary: str
    raw: bytes

    @property
    def body(self) -> Any:
        """The brief as plain values."""
        return json.loads(self.raw)


@cache
def all_briefs() -> tuple[DemoBrief, ...]:
    """Every built-in brief, from the smallest question on."""
    folder = files("app") / "demo_briefs"
    return tuple(
        DemoBrief(name, summary, (folder / f"{name}.json").read_bytes()) for name, summary in _SUMMARIES.items()
    )


def raw(name: str) -> bytes:
    """The bytes of a built-in brief. Raises NotFound."""
    for demo in all_briefs():
        if demo.name == name:
            return demo.raw
    known = ", ".join(_SUMMARIES)
    raise NotFound(f"There is no demo brief '{name[:80]}'; there are: {known}.")
