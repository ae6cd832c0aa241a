"""Settings of the service: environment variables with the prefix ``CREATORMIX_``, each with a working default."""

import base64
import json
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "CREATORMIX_"
MEBIBYTE = 2**20
GIBIBYTE = 2**30
WEBHOOK_RETRY_SECONDS = (5.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 28_800.0)
"""Nine more attempts over 23 hours, the first of them soon."""
_WEBHOOK_SECRET_BYTES = (24, 64)
"""Least and most, as Standard Webhooks has it."""


_DURATION = "must be a duration as in PT30S, PT10M or PT1H"


class BadSettingError(ValueError):
    """A setting is not usable; the message names the variable and says what is wrong, without its value."""


def usable_cpus() -> int:
    """CPUs that this process may use: its affinity, and the quota of its container where there is one; >= 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for quota_path, period_path in (
        ("/sys/fs/cgroup/cpu.max", None),
        ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
    ):
        try:
            words = Path(quota_path).read_text().split()
            if period_path:
                words += Path(period_path).read_text().split()
            quota, period = int(words[0]), int(words[1])
        except (OSError, ValueError, IndexError):
            continue  # no such file, or "max": no quota
        if quota > 0 and period > 0:
            allowed = min(allowed, max(1, quota // period))
    return max(1, allowed)


def usable_memory_bytes() -> int:
    """Memory that this process may use: its container's limit where there is one, else the machine's."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit_path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit_path).read_text()))
        except (OSError, ValueError):
            continue  # no such file, or "max": no limit
    return memory


def _memory_share(given: dict[str, Any]) -> int:
    """Four fifths of the memory, shared among the solves; never so little that nothing can be solved."""
    return max(GIBIBYTE, int(0.8 * usable_memory_bytes() / given.get("concurrent_solves", 1)))


def _database_url(url: str) -> str:
    """The URL with the driver that we ship; refuses what the service cannot run on."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite":
        if not rest.startswith("/") or rest.lstrip("/").split("?")[0] in ("", ":memory:"):
            raise ValueError("SQLite needs a file, as in sqlite:///creatormix.db")
        return url
    raise ValueError("must begin with sqlite:/// or postgresql://")


def _readable_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def _rate(text: str) -> str | None:
    if not text.strip():
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", text.strip()):
        raise ValueError('must be a number of calls per second, minute, hour or day, as in "600/minute", or empty')
    return text.strip()


def _counter_url(url: str) -> str:
    known = ("redis", "rediss", "redis+unix", "valkey", "valkeys", "valkey+unix")
    if url != "memory://" and url.partition("://")[0] not in known:
        raise ValueError("must be memory:// or begin with redis://, rediss://, valkey:// or valkeys://")
    return url


def _listed(value: object) -> object:
    """The entries of a list: ``a,b`` or JSON, as environment variables write one."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part for part in value.split(",") if part.strip()]
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError('must be a,b or a JSON list, as in ["a", "b"]') from None


def _host(name: str) -> str:
    host = name.strip().lower().removeprefix("[").removesuffix("]")
    if not host or any(character in host for character in "/@?#* "):
        raise ValueError("each entry is the name or the address of a host alone, as in hooks.intranet or 10.0.0.7")
    return host


def _webhook_secret(secret: str) -> str:
    secret = secret.strip()
    least, most = _WEBHOOK_SECRET_BYTES
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raw = b""
    if not secret.startswith("whsec_") or not least <= len(raw) <= most:
        raise ValueError(f"must be whsec_ and the base64 of {least} to {most} random bytes")
    return secret


class Settings(BaseSettings):
    """What can be set from outside; frozen, and passed to whoever needs it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="sqlite:///creatormix.db",
        repr=False,
        description="sqlite:///path or postgresql://user:password@host/name",
    )
    migrate: bool = Field(default=True, description="Whether `serve` brings the database schema to head at start")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    max_body_bytes: int = Field(default=64 * MEBIBYTE, ge=1024, description="Largest request body")
    max_candidates: int = Field(default=100_000, ge=1, description="Most candidates in one brief")
    max_time_limit: timedelta = Field(
        default=timedelta(hours=1), gt=timedelta(0), description="Longest solver.time_limit that a brief may ask for"
    )
    concurrent_solves: int = Field(
        default_factory=usable_cpus, ge=1, description="Solves at once; the others wait. Default: the usable CPUs"
    )
    log_format: Literal["json", "text"] | None = Field(
        default=None, description="json or text. Default: text on a terminal, else json"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="What is logged")
    worker_metrics_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of a worker's /livez, /readyz and /metrics. Default: none"
    )
    rate_limit: Annotated[str | None, BeforeValidator(_rate)] = Field(
        default="6000/minute", description='Calls that a key may make, as in "600/minute"; empty for no limit'
    )
    rate_limit_storage: Annotated[str, AfterValidator(_counter_url)] = Field(
        default="memory://",
        repr=False,
        description="Where calls are counted: memory:// in each process, redis:// or valkey:// for all together",
    )
    daily_optimizations: int | None = Field(
        default=None, ge=1, description="Optimizations that a tenant may make in a day (UTC)"
    )
    max_queued: int = Field(default=10_000, ge=1, description="Optimizations of a tenant that may wait to be solved")
    idempotency_hours: int = Field(
        default=24, ge=1, le=8760, description="How long the answer to a POST with an Idempotency-Key is kept"
    )
    retention_days: int | None = Field(
        default=None, ge=1, le=36_500, description="Age at which ended optimizations are erased. Default: never"
    )
    audit_days: int | None = Field(
        default=None, ge=1, le=36_500, description="Age at which entries of the audit log are erased. Default: never"
    )
    serve_solves: bool = Field(
        default=True, description="Whether `serve` also solves on PostgreSQL; on SQLite it always does"
    )
    tenant_concurrent_solves: int | None = Field(
        default=None, ge=1, description="Solves of one tenant at once; its others wait. Default: no limit of its own"
    )
    concurrent_questions: int = Field(
        default_factory=usable_cpus, ge=1, description="Questions answered at once. Default: the usable CPUs"
    )
    waiting_questions: int = Field(
        default=100, ge=1, description="Questions of one tenant that may wait; its further ones get a 503"
    )
    default_wait: timedelta = Field(
        default=timedelta(seconds=10), ge=timedelta(0), description="How long a POST waits for the end of its solve"
    )
    max_wait: timedelta = Field(
        default=timedelta(minutes=1), ge=timedelta(0), description="Longest wait that the header Prefer may ask for"
    )
    shutdown_grace: timedelta = Field(
        default=timedelta(seconds=10),
        ge=timedelta(0),
        description="What running solves are given to end at shutdown; the others go back to the queue",
    )
    solve_overrun: timedelta = Field(
        default=timedelta(minutes=2),
        gt=timedelta(0),
        description="What a solve with its answers may take beyond its time limit before it is killed",
    )
    solve_memory_bytes: int = Field(
        default_factory=_memory_share,
        ge=256 * MEBIBYTE,
        description="Memory that one solving process may take. Default: four fifths of the memory, shared among them",
    )
    benchmarks_path: Annotated[Path, AfterValidator(_readable_file)] | None = Field(
        default=None, description="A benchmarks file that replaces the packaged one"
    )
    webhook_secret: Annotated[str, AfterValidator(_webhook_secret)] | None = Field(
        default=None,
        repr=False,
        description="whsec_ and base64: signs what is sent to the webhook_url of a brief; without it such briefs are "
        "refused",
    )
    webhook_allowed_hosts: Annotated[
        frozenset[Annotated[str, AfterValidator(_host)]], NoDecode, BeforeValidator(_listed)
    ] = Field(
        default=frozenset(), description="Hosts that webhooks may reach over plain http and at private addresses: a,b"
    )
    webhook_retry_seconds: Annotated[
        tuple[Annotated[float, Field(ge=0, le=7 * 86_400)], ...], NoDecode, BeforeValidator(_listed)
    ] = Field(
        default=WEBHOOK_RETRY_SECONDS,
        max_length=100,
        description="Delays between the attempts of a webhook, in seconds: a,b,c; each is varied by a fifth",
    )


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment, ``overrides`` (by field name) first. Raises BadSettingError."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = [
            f"{PREFIX}{'.'.join(str(part) for part in fault['loc']).upper()}: "
            f"{_DURATION if fault['type'] == 'time_delta_parsing' else fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
            if fault["type"] != "default_factory_not_called"  # it only follows from another one
        ]
        raise BadSettingError("\n".join(lines)) from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """What is said of variables that begin as settings do and are none: most likely typing errors."""
    known = {name.upper() for name in Settings.model_fields}
    told = []
    for name in sorted(environment):
        given = name.upper().removeprefix(PREFIX)
        if name.upper().startswith(PREFIX) and given not in known:
            meant = get_close_matches(given, known, 1, 0.8)
            told.append(f"{name} is no setting and has no effect{f'; is {PREFIX}{meant[0]} meant?' if meant else ''}")
    return told
