"""Ids that sort by the time they were made, in every collation."""

import secrets
from datetime import UTC, datetime

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_DIGITS, _RANDOM_DIGITS = 11, 15
BODY_PATTERN = f"[{_DIGITS}]{{{_TIME_DIGITS + _RANDOM_DIGITS}}}"
"""Regular expression of what follows the prefix."""


def new_id(prefix: str, made_at: datetime) -> str:
    """``prefix_`` + 11 digits of base 32 for the microsecond ``made_at`` (with a time zone) + 75 random bits."""
    return _id(prefix, made_at, secrets.randbits(5 * _RANDOM_DIGITS))


def first_id(prefix: str, made_at: datetime) -> str:
    """The lowest id that can be made at this moment; all that were made earlier are lower."""
    return _id(prefix, made_at, 0)


def _id(prefix: str, made_at: datetime, rest: int) -> str:
    since = made_at - _EPOCH
    number = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    number = number << 5 * _RANDOM_DIGITS | rest
    digits = [_DIGITS[number >> 5 * place & 31] for place in reversed(range(_TIME_DIGITS + _RANDOM_DIGITS))]
    return f"{prefix}_{''.join(digits)}"
