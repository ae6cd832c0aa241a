"""Bytes to plain values: strict JSON (RFC 8259), with the digits of fractional numbers kept.

Strict means that two readers cannot disagree about a body: no key twice, no NaN, no number
beyond double, no lone surrogate, no NUL. Objects are dicts, whole numbers are int, all other
numbers are ``LosslessFloat``: ``str`` gives the digits as posted, ``float`` the value.
"""

import re
import sys
from collections.abc import Iterable
from typing import cast

from jiter import LosslessFloat, from_json

from app.errors import Fault, MalformedJson
from app.wire.garbage import collector_paused
from app.wire.pointers import pointer

DEEPEST_NESTING = 64
MOST_DIGITS = 400

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BRACKETS_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_ALL_BUT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789.E", b"0000000000e")
_LONG_RUN = b"0" * 201
"""With at most 200 digits and a two-digit exponent a number is below 1e300."""
_LARGE_EXPONENT = re.compile(rb"[0-9.][eE]\+?[0-9]{3,}(?![^\s,\]}])")
_SURELY_DOUBLE = 10**300


def read_json(raw: bytes) -> object:
    """The value of a JSON document.

    Raises MalformedJson with the place as line and column, or as a pointer where the document
    can be read but a value of it cannot be accepted.
    """
    body = raw.removeprefix(_BYTE_ORDER_MARK)
    if not body.strip(b" \t\r\n"):
        raise _malformed("The body is empty; a JSON document is expected.")
    if _nested_too_deep(body):
        raise _malformed(f"The body is nested more than {DEEPEST_NESTING} levels deep.")
    with collector_paused():
        try:
            value: object = from_json(
                body, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="lossless-float", cache_mode="all"
            )
        except ValueError as error:
            raise _malformed(f"The body is not JSON that is accepted here: {_shortened(str(error))}.") from None
        if not surely_plain(body):
            refuse_unacceptable(value)
    return value


def surely_plain(body: bytes) -> bool:
    """Whether the body surely has no NUL and no extreme number, which JSON can write and this service refuses."""
    return b"\\u0000" not in body and not _may_hold_extreme_number(body)


def _nested_too_deep(body: bytes) -> bool:
    """Whether brackets outside strings nest beyond the limit; all in bytes, so depth costs no stack."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    structure = body.translate(_BRACKETS_AS_SQUARE, _ALL_BUT_STRUCTURE).replace(b'""', b"")
    brackets = b"".join(structure.split(b'"')[::2])
    for _ in range(DEEPEST_NESTING):
        without_innermost = brackets.replace(b"[]", b"")
        if len(without_innermost) == len(brackets):
            # Nothing closes any more: empty, or malformed, which the parser says better unless it is deep.
            return len(brackets) > DEEPEST_NESTING
        brackets = without_innermost
    return bool(brackets)


def _may_hold_extreme_number(body: bytes) -> bool:
    """Whether anything, a string included, looks like a number of very many digits or a large exponent."""
    zeros = body.translate(_DIGITS_AS_ZERO, b"+")
    return _LONG_RUN in zeros or (b"0e000" in zeros and _LARGE_EXPONENT.search(body) is not None)


def refuse_unacceptable(document: object) -> None:
    """Raise MalformedJson at a value that JSON can write and this service does not take, if there is one."""
    open_places: list[tuple[tuple[str | int, ...], object]] = [((), {"": document})]
    while open_places:
        place, container = open_places.pop()
        if isinstance(container, dict):
            items: Iterable[tuple[str | int, object]] = container.items()
            if any("\x00" in key for key in container):
                raise _malformed("A key contains the character NUL (\\u0000).", pointer(*place[1:]))
        else:
            items = enumerate(cast(list[object], container))
        for key, value in items:
            if isinstance(value, dict | list):
                open_places.append(((*place, key), value))
                continue
            if isinstance(value, str):
                fault = "The text contains the character NUL (\\u0000)." if "\x00" in value else ""
            else:
                fault = _number_fault(value)
            if fault:
                raise _malformed(fault, pointer(*place[1:], key) if place else "")


def _number_fault(value: object) -> str:
    if not isinstance(value, int | LosslessFloat) or (isinstance(value, int) and abs(value) < _SURELY_DOUBLE):
        return ""
    text = str(value)
    digits = len(text) if len(text) <= MOST_DIGITS else sum(character.isdigit() for character in text)
    if digits > MOST_DIGITS:
        return f"The number has {digits} digits; at most {MOST_DIGITS} are accepted."
    if abs(value if isinstance(value, int) else float(value)) > sys.float_info.max:
        return f"The number {_shortened(text)} is beyond what a double can hold (about 1.8e308)."
    return ""


def _malformed(detail: str, place: str = "") -> MalformedJson:
    return MalformedJson(detail, [Fault("malformed_json", place, detail)])


def _shortened(text: str, longest: int = 200) -> str:
    return text if len(text) <= longest else f"{text[: longest // 2]}...{text[-longest // 2 :]}"
