"""JSON text, changed at some places and untouched everywhere else: digits, spaces and order stay as they were posted.

Works on text that ``read_json`` accepts; positions are in the text without its byte order mark.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_decode = json.JSONDecoder(strict=False).raw_decode
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace text[start:end]."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Span:
    """Where a value stands: text[start:end]."""

    start: int
    end: int

    def replaced_by(self, new: str) -> Edit:
        """The edit that puts other text in its place."""
        return Edit(self.start, self.end, new)


def text_of(raw: bytes) -> str:
    """The document as text."""
    return raw.decode("utf-8-sig")


def document_start(text: str) -> int:
    """Where the value of the document begins."""
    return _after_space(text, 0)


def members(text: str, start: int) -> dict[str, Span]:
    """The values of the object that begins at ``start``, by key, in the order of the text."""
    found: dict[str, Span] = {}
    at = _after_space(text, start + 1)
    while text[at] != "}":
        key, at = _decode(text, at)
        at = _after_space(text, _after_space(text, at) + 1)  # over the colon
        _, end = _decode(text, at)
        found[key] = Span(at, end)
        at = _next(text, end)
    return found


def elements(text: str, start: int) -> list[tuple[Span, Any]]:
    """The values of the list that begins at ``start``: where each stands, and what it says."""
    found: list[tuple[Span, Any]] = []
    at = _after_space(text, start + 1)
    while text[at] != "]":
        value, end = _decode(text, at)
        found.append((Span(at, end), value))
        at = _next(text, end)
    return found


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with edits made, none of which overlap."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*parts, text[at:]])


def _after_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _next(text: str, end: int) -> int:
    """Where the next key or value begins, or the closing bracket stands."""
    at = _after_space(text, end)
    return _after_space(text, at + 1) if text[at] == "," else at
