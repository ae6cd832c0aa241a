"""The header Prefer (RFC 7240): how long an answer may be waited for."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Request

from app.settings import Settings

PreferHeader = Annotated[
    str | None,
    Header(
        description="`respond-async`: answer 202 at once. `wait=N`: wait up to N seconds for the end, then answer 202.",
        openapi_examples={
            "wait": {"summary": "wait up to 30 seconds for the end", "value": "wait=30"},
            "respond-async": {"summary": "answer 202 at once", "value": "respond-async"},
        },
    ),
]

_WAIT = re.compile(r'wait\s*=\s*"?([0-9]{1,18})"?', re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preference:
    """How long to wait, and what of the header is heeded."""

    wait_s: float
    applied: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says about it."""
        return {} if self.applied is None else {"Preference-Applied": self.applied}


def preference_of(request: Request, prefer: str | None, settings: Settings) -> Preference:
    """What a request prefers. prefer: the first line of the header; further ones are one list with it."""
    return preferred("" if prefer is None else ", ".join(request.headers.getlist("prefer")), settings)


def preferred(header: str, settings: Settings) -> Preference:
    """What is preferred. What cannot be read is ignored, as the RFC wants, and Preference-Applied shows that it was."""
    given = [part.split(";")[0].strip() for part in header.split(",")]
    waits = [match for part in given if (match := _WAIT.fullmatch(part))]
    if waits:
        wait_s = min(int(waits[0][1]), int(settings.max_wait.total_seconds()))
        return Preference(wait_s, f"wait={wait_s}")
    if "respond-async" in (part.lower() for part in given):
        return Preference(0.0, "respond-async")
    return Preference(settings.default_wait.total_seconds())
