"""The tables, the same on SQLite and PostgreSQL. ``migrations`` makes them; a test compares the two."""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.storage.utc_date_time import UtcDateTime

DEFAULT_TENANT = "default"
"""Whose everything is while no key has been made."""

STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")
DECISIONS: tuple[Literal["chosen"], Literal["rejected"]] = ("chosen", "rejected")
"""In the order in which /creators lists them, which is also their order as text."""


class Base(DeclarativeBase):
    """All tables; constraints are named so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class OptimizationRow(Base):
    """One optimization, which is its own job. The JSON texts are documents of the wire, made and read by the services.

    executor_id: which process solves it. claim: rises whenever one takes it up; a result is kept only under the claim
    that it was solved for. crashes: how often its process died. revision: rises with every change that a watcher is
    told. queue_tag: the queued ones are taken in its order, then by id. before_json: what a replanned one is compared
    with. traceparent: W3C trace context of the request that posted it.
    """

    __tablename__ = "optimizations"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="status"),
        Index(None, "status", "queue_tag", "id"),
        Index(None, "tenant_id", "status", "queue_tag"),
        Index(None, "tenant_id", "status", "id"),
        Index(None, "tenant_id", "label", "id"),
        Index(None, "tenant_id", "id"),
        Index(None, "completed_at"),
    )

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    status: Mapped[str] = mapped_column(String(16))
    solution_status: Mapped[str | None] = mapped_column(String(16))
    stop_reason: Mapped[str | None] = mapped_column(String(16))
    parent_id: Mapped[str | None] = mapped_column(String(30))
    label: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    progress_json: Mapped[str | None] = mapped_column(Text)
    result_json: Mapped[str | None] = mapped_column(Text)
    failure_json: Mapped[str | None] = mapped_column(Text)
    warnings_json: Mapped[str] = mapped_column(Text)
    reproducibility_json: Mapped[str | None] = mapped_column(Text)
    tenant_id: Mapped[str] = mapped_column(String(100), server_default=DEFAULT_TENANT)
    executor_id: Mapped[str | None] = mapped_column(String(100))
    claim: Mapped[int] = mapped_column(server_default="0")
    crashes: Mapped[int] = mapped_column(server_default="0")
    revision: Mapped[int] = mapped_column(server_default="0")
    queue_tag: Mapped[int] = mapped_column(BigInteger, server_default="0")
    stop_requested: Mapped[bool] = mapped_column(server_default=false())
    time_limit_s: Mapped[float | None] = mapped_column(Double)
    before_json: Mapped[str | None] = mapped_column(Text)
    traceparent: Mapped[str | None] = mapped_column(String(55))
    webhook_url: Mapped[str | None] = mapped_column(Text)


_OWNER = "optimizations.id"


class BriefRow(Base):
    """The brief of an optimization, byte for byte as it was posted (kept with zlib)."""

    __tablename__ = "briefs"

    optimization_id: Mapped[str] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ProofRow(Base):
    """What proved the plan of an optimization: a JSON document of the services (kept with zlib)."""

    __tablename__ = "proofs"

    optimization_id: Mapped[str] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class CreatorChunkRow(Base):
    """Up to ``CHUNK_ROWS`` rows of /creators of one decision, in order: a JSON list (kept with zlib).

    One database row for each of a hundred thousand candidates would cost more than the solve.
    """

    __tablename__ = "creator_chunks"

    optimization_id: Mapped[str] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True)
    decision: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ReportPartRow(Base):
    """A part of an optimization's report that took long to make (kept with zlib): a document or a drawing."""

    __tablename__ = "report_parts"

    optimization_id: Mapped[str] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ErasedOptimizationRow(Base):
    """That an optimization existed and was erased; nothing else of it is left."""

    __tablename__ = "erased_optimizations"

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tenant_id: Mapped[str] = mapped_column(String(100), server_default=DEFAULT_TENANT)


class ExecutorRow(Base):
    """A running process of the service. beat: rises every second while it lives; kind: serve or worker.

    slots: how many solves it runs at a time; 0: it only serves.
    """

    __tablename__ = "executors"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    slots: Mapped[int]
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    beat: Mapped[int] = mapped_column(BigInteger)
    beat_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TenantRow(Base):
    """Whom optimizations and keys belong to. ``default`` is there from the start."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiKeyRow(Base):
    """One API key; its secret is not kept, only its SHA-256. scopes: separated by spaces."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "tenant_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenants.id"))
    label: Mapped[str | None] = mapped_column(Text)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_by: Mapped[str | None] = mapped_column(String(16))


class AuditRow(Base):
    """Who did what. It refers to nothing, since it outlives what was done to."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "tenant_id", "id"), Index(None, "tenant_id", "action", "at"))

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    tenant_id: Mapped[str] = mapped_column(String(100))
    actor: Mapped[str] = mapped_column(String(16))
    key_id: Mapped[str | None] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(128))
    client_address: Mapped[str | None] = mapped_column(String(64))


class WebhookEndpointRow(Base):
    """Where a tenant wants to be told. event_types: separated by spaces, "" for all.

    secret signs, and previous_secret too until previous_until. disabled_at: nothing is sent any more. erased_at: only
    the id is left, since erasing again is no error.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index(None, "tenant_id", "id"),)

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    event_types: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    previous_secret: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookDeliveryRow(Base):
    """One event on its way to one place: an endpoint, or without one the webhook_url of a brief.

    host: of the url, so that few attempts at a time go to one. body: the bytes that are signed, the same each time.
    due_at: when the next attempt is due, null when there is none. claim: rises whenever a process takes it up, and an
    outcome is kept only under the claim that it was sent for; claimed_until: nobody else takes it up before.
    attempts: how many there were since it was queued or replayed. attempts_json: the last ones, oldest first.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status"),
        Index(None, "status", "due_at"),
        Index(None, "tenant_id", "id"),
        Index(None, "endpoint_id"),
        Index(None, "optimization_id", "type", "place", unique=True),
    )

    id: Mapped[str] = mapped_column(String(30), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(100))
    event_id: Mapped[str] = mapped_column(String(30))
    type: Mapped[str] = mapped_column(String(64))
    optimization_id: Mapped[str | None] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    endpoint_id: Mapped[str | None] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(30))
    url: Mapped[str] = mapped_column(Text)
    host: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    attempts_json: Mapped[str] = mapped_column(Text)


class IdempotencyKeyRow(Base):
    """A POST that was sent with an Idempotency-Key.

    token: under which a request holds it. executor_id: the process of that request; None once it is over.
    optimization_id: of the optimization, webhook endpoint or delivery that the answer tells of. made: whether the
    request has done its work, which made or changed that; else it is only the one in its path. status, headers_json,
    content: the kept answer (content with zlib), without the latter two when that is erased.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index(None, "created_at"),
        Index(None, "executor_id"),
        Index(None, "tenant_id", "optimization_id"),
    )

    tenant_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    token: Mapped[str] = mapped_column(String(32))
    executor_id: Mapped[str | None] = mapped_column(String(100))
    optimization_id: Mapped[str | None] = mapped_column(String(30))
    made: Mapped[bool]
    status: Mapped[int | None]
    headers_json: Mapped[str | None] = mapped_column(Text)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
