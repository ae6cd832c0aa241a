"""Which request, tenant and optimization the code is working for, so that every log line can say it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Ids:
    """Whom the work is for; what is not known is None."""

    request_id: str | None = None
    tenant_id: str | None = None
    optimization_id: str | None = None


_current: ContextVar[Ids | None] = ContextVar("creatormix_ids", default=None)


@contextmanager
def working_for(
    *, request_id: str | None = None, tenant_id: str | None = None, optimization_id: str | None = None
) -> Iterator[Ids]:
    """Work for these ids inside the block, in the threads that it hands work to as well."""
    ids = Ids(request_id, tenant_id, optimization_id)
    token = _current.set(ids)
    try:
        yield ids
    finally:
        _current.reset(token)


def note(*, tenant_id: str | None = None, optimization_id: str | None = None) -> None:
    """Add what only became known inside the block. Seen by all of it: a dependency runs in a context of its own."""
    ids = _current.get()
    if ids is not None:
        ids.tenant_id = tenant_id or ids.tenant_id
        ids.optimization_id = optimization_id or ids.optimization_id


def known() -> dict[str, str]:
    """The ids that are known here, by name."""
    ids = _current.get()
    if ids is None:
        return {}
    named = {
        "request_id": ids.request_id,
        "tenant_id": ids.tenant_id,
        "optimization_id": ids.optimization_id,
    }
    return {name: value for name, value in named.items() if value is not None}
