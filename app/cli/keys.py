"""``creatormix keys``: API keys made, listed, rotated and revoked; ``creatormix audit``: who did what."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.cli.edge import CannotGoOnError, reported, write
from app.services import keys as service
from app.services.caller import SCOPES
from app.services.keys import BadKeyRequestError, Made, state_of
from app.settings import load_settings
from app.storage import audit as audit_log
from app.storage import keys as stored
from app.storage.database import Database
from app.storage.tables import ApiKeyRow, AuditRow

keys = typer.Typer(help="API keys, each of one tenant.", no_args_is_help=True)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36_500)

TenantOption = Annotated[str, typer.Option(help="Whom the key belongs to; it sees nothing of other tenants.")]
KeyArgument = Annotated[str, typer.Argument(help="The key's id: what stands between the underscores.")]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires-in", help="How long it is valid, as in 90d, 12h or 2w. Default: for ever.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]


@keys.command()
def create(
    tenant: TenantOption,
    scope: Annotated[list[str], typer.Option(help=f"What it may do: {', '.join(SCOPES)}. May be given several times.")],
    expires_in: ExpiresOption = None,
    label: Annotated[str | None, typer.Option(help="What it is for, for people.")] = None,
) -> None:
    """Make a key. It stands alone on the last line, and nowhere else: only a hash of it is kept."""
    with reported("keys create"):
        lifetime = None if expires_in is None else _duration(expires_in, "--expires-in")
        database, now = _opened(), datetime.now(UTC)
        with _in_words(), database.writing() as session:
            made = service.make(session, tenant_id=tenant, scopes=scope, now=now, expires_in=lifetime, label=label)
        _print_made(made)


@keys.command()
def rotate(
    key_id: KeyArgument,
    overlap: Annotated[str, typer.Option(help="How long the old key goes on beside the new one.")] = "24h",
    expires_in: ExpiresOption = None,
) -> None:
    """Make the successor of a key: same tenant, scopes and lifetime. For a while both work."""
    with reported("keys rotate"):
        lifetime = None if expires_in is None else _duration(expires_in, "--expires-in")
        both_work = _duration(overlap, "--overlap")
        database, now = _opened(), datetime.now(UTC)
        with _in_words(), database.writing() as session:
            made = service.rotate(session, key_id, overlap=both_work, now=now, expires_in=lifetime)
            old = stored.find(session, key_id)
        if old is not None and old.expires_at is not None:
            write(f"Key {key_id} ends at {_moment(old.expires_at)}.\n")
        _print_made(made)


@keys.command()
def revoke(key_id: KeyArgument) -> None:
    """End a key at once and for good. Doing it again changes nothing."""
    with reported("keys revoke"):
        database = _opened()
        with _in_words(), database.writing() as session:
            row = service.revoke(session, key_id, datetime.now(UTC))
        write(f"Key {row.id} of tenant {row.tenant_id} is revoked since {_moment(row.revoked_at)}.\n")


@keys.command("list")
def list_keys(
    tenant: Annotated[str | None, typer.Option(help="Only the keys of this tenant.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys with their scopes and whether they are valid."""
    with reported("keys list"):
        database, now = _opened(), datetime.now(UTC)
        with database.reading() as session:
            rows = [_key_facts(row, now) for row in stored.listed(session, tenant)]
        _print_rows(rows, as_json, "There is no key.")


def audit(
    tenant: Annotated[str | None, typer.Option(help="Only what was done for this tenant.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries, the newest first.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Show who did what, newest first."""
    with reported("audit"):
        database = _opened()
        with database.reading() as session:
            rows = [_audit_facts(row) for row in audit_log.newest(session, tenant, limit)]
        _print_rows(rows, as_json, "Nothing was done yet.")


def _opened() -> Database:
    """The database of the settings, with its schema at head where `serve` would bring it there too."""
    from app.services import readiness
    from app.storage import migrate

    settings = load_settings()
    if settings.migrate:
        migrate.upgrade(settings.database_url)
    database = Database(settings.database_url)
    if not readiness.schema_is_there(database):
        raise CannotGoOnError("the database has not the schema that this version needs; run `creatormix db upgrade`")
    return database


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what a key cannot be into a message."""
    try:
        yield
    except BadKeyRequestError as error:
        raise CannotGoOnError(str(error)) from None


def _duration(text: str, option: str) -> timedelta:
    form = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip())
    length = timedelta(**{_UNITS[form[2]]: int(form[1])}) if form else None
    if length is None or length > _LONGEST:
        raise CannotGoOnError(f"{option} is {text!r}; say a number of s, m, h, d or w, as in 90d, at most 36500d")
    return length


def _print_made(made: Made) -> None:
    row = made.row
    until = "does not expire" if row.expires_at is None else f"is valid until {_moment(row.expires_at)}"
    write(
        f"Key {row.id} of tenant {row.tenant_id} with {row.scopes.replace(' ', ', ')} {until}.\n"
        f"Keep it now, it is not shown again:\n{made.text}\n"
    )


def _key_facts(row: ApiKeyRow, now: datetime) -> dict[str, str | None]:
    return {
        "id": row.id,
        "tenant": row.tenant_id,
        "label": row.label,
        "scopes": row.scopes,
        "state": state_of(row, now),
        "created": _moment(row.created_at),
        "expires": _moment(row.expires_at),
        "last_used": _moment(row.last_used_at),
        "replaced_by": row.replaced_by,
    }


def _audit_facts(row: AuditRow) -> dict[str, str | None]:
    return {
        "at": _moment(row.at),
        "tenant": row.tenant_id,
        "actor": row.actor,
        "key": row.key_id,
        "action": row.action,
        "subject": row.subject_id,
        "request": row.request_id,
        "client": row.client_address,
    }


def _print_rows(rows: list[dict[str, str | None]], as_json: bool, without: str) -> None:
    if as_json:
        write("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    elif not rows:
        write(f"{without}\n")
    else:
        lines = [
            [name.replace("_", " ") for name in rows[0]],
            *([text or "-" for text in row.values()] for row in rows),
        ]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
            write(f"{'  '.join(cells).rstrip()}\n")


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")
