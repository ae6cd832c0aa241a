"""How many calls a key may make: counted in this process, or in Redis or Valkey for many processes."""

import logging
import time
from dataclasses import dataclass
from math import ceil

from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from app.errors import RateLimited
from app.settings import BadSettingError

_log = logging.getLogger("creatormix.rate_limits")

POLICY = "calls"
_TIMEOUT_S = 0.5
_RETRY_SHARED_AFTER_S = 5.0
_SHARED_ROUNDING_S = 1
"""Redis tells what is left of a window in whole seconds."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a key stands after a call: ``quota`` calls in ``window_s``, ``remaining`` of them for ``reset_s`` yet.

    allowed: whether the call is one of them, and not one too many.
    """

    allowed: bool
    quota: int
    window_s: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """As RateLimit-Policy and RateLimit (structured fields of the IETF's draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.quota};w={self.window_s}',
            "RateLimit": f'"{POLICY}";r={self.remaining};t={self.reset_s}',
        }


class RateLimits:
    """One limit for every key by itself.

    A window begins with a key's first call and all of its quota comes back when it ends, so what ``Retry-After``
    says is exact. When the shared storage does not answer, calls are served and this process counts for itself:
    a limit that is too wide for a while is better than a service that is down with its counter.
    """

    def __init__(self, rate: str, storage_url: str) -> None:
        self._item: RateLimitItem = parse(rate)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._shared = None if storage_url.startswith("memory") else FixedWindowRateLimiter(_shared(storage_url))
        self._shared_again_at = 0.0

    def count(self, key_id: str) -> Standing:
        """Count a call."""
        if self._shared is not None and time.monotonic() >= self._shared_again_at:
            try:
                return self._counted(self._shared, key_id, _SHARED_ROUNDING_S)
            except StorageError as error:
                self._shared_again_at = time.monotonic() + _RETRY_SHARED_AFTER_S
                _log.warning(
                    "the rate limit storage does not answer (%s); for %g s this process counts for itself",
                    type(error.storage_error).__name__,
                    _RETRY_SHARED_AFTER_S,
                )
        return self._counted(self._own, key_id, 0)

    def _counted(self, limiter: FixedWindowRateLimiter, key_id: str, rounding_s: int) -> Standing:
        allowed = limiter.hit(self._item, key_id)
        window = limiter.get_window_stats(self._item, key_id)
        window_s = self._item.get_expiry()
        reset_s = min(window_s, max(1, ceil(window.reset_time - time.time()) + rounding_s))
        return Standing(allowed, self._item.amount, window_s, window.remaining if allowed else 0, reset_s)


def too_many(key_id: str, standing: Standing) -> RateLimited:
    """What is said to a key that has made its calls."""
    return RateLimited(
        f"API key {key_id} has made its {standing.quota} calls of {standing.window_s} s; "
        f"the next one is answered in {standing.reset_s} s.",
        standing.reset_s,
    )


def _shared(url: str) -> RedisStorage:
    """The storage of a URL. Redis and Valkey speak one protocol, so one client serves both. Raises BadSettingError."""
    try:
        return RedisStorage(
            url.replace("valkey", "redis", 1) if url.startswith("valkey") else url,
            wrap_exceptions=True,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            key_prefix="creatormix",
        )
    except ValueError:
        raise BadSettingError(
            "CREATORMIX_RATE_LIMIT_STORAGE: is not of the form redis://user:password@host:port/number, its port a "
            "number and @ : / ? # % of a password percent-encoded"
        ) from None
