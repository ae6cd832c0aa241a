"""When to try again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

LONGEST_WAIT_S = 86_400.0
"""A receiver that asks for more with Retry-After gets this."""
_SPREAD = 0.2


def next_attempt_at(
    now: datetime, attempts: int, delays_s: Sequence[float], asked_s: float | None, chance: float
) -> datetime | None:
    """When to try again after ``attempts`` attempts; None when that was the last.

    asked_s: what Retry-After says; it is never undercut. chance: 0 to 1, drawn anew each time, so that receivers that
    come back are not met by everyone at once: a delay is varied by a fifth.
    """
    if attempts > len(delays_s):
        return None
    delay_s = delays_s[attempts - 1] * (1 - _SPREAD + 2 * _SPREAD * chance)
    return now + timedelta(seconds=max(delay_s, min(asked_s or 0.0, LONGEST_WAIT_S)))
