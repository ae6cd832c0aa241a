"""Who calls: a tenant, with what it may do and where it comes from."""

from dataclasses import dataclass
from typing import Literal

from app.errors import MissingScope
from app.storage.tables import DEFAULT_TENANT

READ = "optimizations:read"
WRITE = "optimizations:write"
CREATORS_READ = "creators:read"
CREATORS_WRITE = "creators:write"
ADMIN = "admin"
SCOPES = {
    READ: "Read optimizations, and ask questions that change nothing.",
    WRITE: "Make, replan, stop and erase optimizations.",
    CREATORS_READ: "Read stored creators.",
    CREATORS_WRITE: "Store, import and erase creators.",
    ADMIN: "Everything within the key's own tenant.",
}
"""What a key can be allowed to do. No scope includes another, but admin includes all; none reaches another tenant."""

Actor = Literal["key", "loopback", "command_line", "service"]


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf something is done, and for the audit log by which way.

    actor: a key, anybody on this machine while there is no key, the command line, or the service by itself.
    """

    tenant_id: str
    actor: Actor
    scopes: frozenset[str] = frozenset(SCOPES)
    key_id: str | None = None
    request_id: str | None = None
    client_address: str | None = None

    def require(self, scope: str) -> None:
        """Raise MissingScope unless the caller may do this."""
        if scope in self.scopes or ADMIN in self.scopes:
            return
        has = " ".join(sorted(self.scopes))
        raise MissingScope(f"This call needs the scope {scope}; the API key {self.key_id} has {has}.")


def command_line(tenant_id: str = DEFAULT_TENANT) -> Caller:
    """Whoever runs a command on the machine of the service."""
    return Caller(tenant_id, "command_line")
