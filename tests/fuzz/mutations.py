"""What is done to a valid body: changes to its values, and changes to its bytes that no value stands for."""

import copy
import json
import math
import random
from collections.abc import Callable, Iterator
from typing import Any

Place = tuple[Any, Any]
"""A container and the key or index in it."""

ODD_TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\u202e\u2066",
    "\ufeff",
    "\u0000\u0001\x7f",
    "Z\u0351\u034d" * 60,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0130\u0131\u017f\u1e9e",
    "a/b~c~0~1",
    "%00",
    "../../etc/passwd",
    "'; DROP TABLE optimizations; --",
    "=1+1",
    "${jndi:x}",
    "NaN",
    "1.00",
    "1e5",
    "0x10",
    "\u0661\u0662\u0663",
    "\uff11\uff10\uff10",
    "PT0S",
    "PT1S",
    "P1Y",
    "x" * 200,
    "x" * 201,
    "\U0010ffff" * 200,
    "kind",
    "[key]",
    "budget",
    "goal",
)
ODD_NUMBERS = (
    *(0, 1, -1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, -(2**63), 10**15, 9 * 10**15, 10**17, 10**30, 10**400),
    *(-0.0, 0.1, 0.5, 0.999999999999, 1.0, 1.000000001, 5e-324, 1e-308, 1e-15, 1e15, 1e300, 1.8e308),
    *(math.nan, math.inf, -math.inf),
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    [],
    {},
    [[]],
    [{}],
    [None],
    {"": None},
    {"kind": "count"},
    ["c1", "c1"],
)
EXTREMES: dict[str, tuple[Any, ...]] = {
    "followers": (0, 1, 999_999_999_999, 10**12),
    "rate": (1e-9, 1, 5e-324, 0.999999),
    "price": ("0", "0.01", "90000000000000.00", 0, "0.00"),
    "budget": ("0", "0.01", "90000000000000.00"),
    "size": (1, 10**12, 2),
    "relevance": (0, 1, 5e-324),
    "posts": (1, 10_000),
    "waste_aversion": (0, 1e-12, 1, 1e6),
    "duplication": (1, 1e6, 1.0000001),
    "genuine_share": (0, 1e-9, 1),
    "sponsored_ratio": (1e-9, 1, 10),
    "delivery_probability": (1e-9, 1),
    "expected_reach": (0, 1, 10**12),
    "min": (0, 1, "0.00", 1e-12, 10**9),
    "max": (0, 1, "0.01", 1e-12, 10**9),
    "max_changes": (0, 10**9),
    "relative_gap": (0, 1e-12, 0.5, 1),
    "seed": (0, 2**31 - 1, 2**63 - 1),
    "confidence": (0.5, 0.99, 0.9999999),
    "time_limit": ("PT0.001S", "PT0.000001S", "PT0.5S"),
}
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "utf-8-sig", "utf-7")


def places(value: Any) -> Iterator[Place]:
    """Every container of the document with each key or index in it."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def changed(document: Any, draw: random.Random) -> tuple[Any, str]:
    """The document with one to four changes to its values, and the name of the last; the document itself stays."""
    copied = copy.deepcopy(document)
    name = ""
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        found = list(places(copied))
        if not found:
            break
        change = draw.choice(CHANGES)
        name = change.__name__.removeprefix("_")
        change(draw, *draw.choice(found), found)
    return copied, name


def _other_type(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    value = container[key]
    swapped: tuple[Any, ...] = (str(value), [value], {"value": value}, None, not value, 0, 1.5, "", [], {})
    container[key] = draw.choice(swapped)


def _odd_text(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    container[key] = draw.choice(ODD_TEXTS)


def _odd_number(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    container[key] = draw.choice(ODD_NUMBERS)


def _odd_value(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    container[key] = copy.deepcopy(draw.choice(ODD_VALUES))


def _extreme(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    """A figure at the end of its range, or just beyond."""
    known = [(outer, name) for outer, name in found if name in EXTREMES]
    for outer, name in draw.sample(known, k=min(len(known), draw.choice((1, 1, 3, 10)))):
        outer[name] = draw.choice(EXTREMES[name])


def _missing(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    del container[key]


def _extra(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    value = copy.deepcopy(draw.choice(ODD_VALUES))
    if isinstance(container, dict):
        container[draw.choice((*ODD_TEXTS, "webhook_url", "id", "name", "where"))] = value
    else:
        container.append(value)


def _twice(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    if isinstance(container, list):
        container.extend(copy.deepcopy(container[key]) for _ in range(draw.choice((1, 1, 5))))
    else:
        container[f"{key} "] = copy.deepcopy(container[key])


def _deep(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    value: Any = container[key]
    for _ in range(draw.choice((1, 10, 50, 70, 400))):
        value = [value] if draw.random() < 0.5 else {"a": value}
    container[key] = value


def _swapped(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    """A value from elsewhere in the document."""
    other, name = draw.choice(found)
    container[key] = copy.deepcopy(other[name])


def _scaled(draw: random.Random, container: Any, key: Any, found: list[Place]) -> None:
    """A number by another of its kind: the brief stays valid more often than not."""
    numbers = [(c, k) for c, k in found if isinstance(c[k], int | float) and not isinstance(c[k], bool)]
    for outer, name in draw.sample(numbers, k=min(len(numbers), 3)):
        value = outer[name]
        factor = draw.choice((0.5, 0.9, 1.1, 2, 100))
        outer[name] = round(value * factor) if isinstance(value, int) and abs(value) < 1e15 else value * factor


CHANGES: tuple[Callable[[random.Random, Any, Any, list[Place]], None], ...] = (
    *(_other_type, _odd_text, _odd_number, _odd_value, _extreme, _extreme, _extreme),
    *(_missing, _extra, _twice, _deep, _swapped, _scaled, _scaled, _scaled),
)


def written(document: Any, draw: random.Random) -> bytes:
    """The document as JSON, with or without escapes and spaces; values that JSON cannot write are written anyway."""
    text = json.dumps(document, ensure_ascii=draw.random() < 0.5, indent=draw.choice((None, None, 1)))
    return text.encode("utf-8", "surrogatepass")


def broken(raw: bytes, draw: random.Random) -> tuple[bytes, str]:
    """The bytes with a change that no value stands for, and the name of the change."""
    change = draw.choice(BYTE_CHANGES)
    return change(raw, draw), change.__name__.removeprefix("_")


def _truncated(raw: bytes, draw: random.Random) -> bytes:
    return raw[: draw.randrange(len(raw) + 1)]


def _concatenated(raw: bytes, draw: random.Random) -> bytes:
    return raw + draw.choice((b"", b"\n", b",", b"\x00")) + raw


def _noisy(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.randbytes(draw.choice((1, 1, 4, 30))) + raw[at + draw.randrange(10) :]


def _flipped(raw: bytes, draw: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(draw.choice((1, 1, 3, 20))):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _encoded(raw: bytes, draw: random.Random) -> bytes:
    return raw.decode("utf-8", "replace").encode(draw.choice(ENCODINGS), "replace")


def _key_twice(raw: bytes, draw: random.Random) -> bytes:
    return raw.replace(b'"budget"', b'"budget": "1.00", "budget"', 1).replace(b'"id"', b'"id": 1, "id"', 1)


def _brackets(raw: bytes, draw: random.Random) -> bytes:
    depth = draw.choice((60, 64, 65, 1_000, 100_000))
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return opening * depth + draw.choice((b"1", b"", raw)) + closing * draw.choice((depth, 0))


def _long_number(raw: bytes, draw: random.Random) -> bytes:
    digits = b"9" * draw.choice((100, 399, 400, 401, 5_000, 300_000))
    number = draw.choice((digits, b"-" + digits, b"0." + digits, b"1e" + digits, b"1E-" + digits, b"0" + digits))
    return raw.replace(b'"budget": ', b'"budget": ' + number + b', "was": ', 1)


def _not_json(raw: bytes, draw: random.Random) -> bytes:
    return draw.choice((b"", b" ", b"null", b"[]", b"{}", b'""', b"NaN", b"-", b"\xff\xfe", b"{]", b"{,}", b"\x00"))


BYTE_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_truncated, _concatenated, _noisy, _noisy, _flipped, _flipped, _encoded, _key_twice),
    *(_brackets, _long_number, _not_json),
)
