"""Keys for tests, made as the command line makes them, and what the OpenAPI document says about calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.services import keys
from app.services.caller import ADMIN
from app.storage import migrate
from app.storage.database import Database

Document = dict[str, Any]


def make_key(url: str, tenant: str, *scopes: str, expires_in: timedelta | None = None) -> str:
    """A key of a tenant, with all scopes unless some are named."""
    migrate.upgrade(url)
    database = Database(url)
    with database.writing() as session:
        made = keys.make(
            session, tenant_id=tenant, scopes=scopes or [ADMIN], now=datetime.now(UTC), expires_in=expires_in
        )
    database.close()
    return made.text


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document."""

    name: str
    method: str
    path: str
    needs_key: bool
    scopes: list[str]
    path_parameters: list[str]
    takes_body: bool


def operations(document: Document) -> Iterator[Operation]:
    """All operations of a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield Operation(
                operation["operationId"],
                method.upper(),
                path,
                bool(operation["security"]),
                sorted({scope for each in operation["security"] for scopes in each.values() for scope in scopes}),
                [one["name"] for one in operation.get("parameters", []) if one["in"] == "path"],
                "requestBody" in operation,
            )
