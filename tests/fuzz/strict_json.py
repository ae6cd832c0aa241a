"""What the service promises to read as JSON, decided by another reader than the service's own."""

import json
import math
from typing import Any

DEEPEST = 64
MOST_DIGITS = 400


class NotAccepted(ValueError):  # noqa: N818 - named after what is said
    """The bytes are not JSON that the contract accepts."""


def read(raw: bytes) -> Any:
    """The value of a body. Raises NotAccepted where the contract says 400."""
    try:
        value = json.loads(
            raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_number,
            parse_float=_number,
        )
    except (ValueError, RecursionError) as error:
        raise NotAccepted(str(error)) from None
    _refuse_texts_and_depth(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotAccepted("a key twice")
    return made


def _refuse(word: str) -> Any:
    raise NotAccepted(word)


def _number(text: str) -> float:
    if sum(character.isdigit() for character in text) > MOST_DIGITS or not math.isfinite(float(text)):
        raise NotAccepted("a number that is too long or too large")
    return float(text)


def _refuse_texts_and_depth(value: Any) -> None:
    left = [(value, 0)]
    while left:
        one, depth = left.pop()
        if isinstance(one, str):
            _refuse_text(one)
        elif isinstance(one, dict | list):
            if depth >= DEEPEST:
                raise NotAccepted("nested too deep")
            inner = [*one, *one.values()] if isinstance(one, dict) else one
            left.extend((each, depth + 1) for each in inner)


def _refuse_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise NotAccepted("NUL or a lone surrogate")
