"""Idempotency keys with the answers that are kept for them; ended optimizations are found by their age.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", sa.String(100), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("executor_id", sa.String(100)),
        sa.Column("optimization_id", sa.String(30)),
        sa.Column("made", sa.Boolean, nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers_json", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.PrimaryKeyConstraint("tenant_id", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_index("ix_idempotency_keys_executor_id", "idempotency_keys", ["executor_id"])
    op.create_index(
        "ix_idempotency_keys_tenant_id_optimization_id", "idempotency_keys", ["tenant_id", "optimization_id"]
    )
    op.create_index("ix_optimizations_completed_at", "optimizations", ["completed_at"])


def downgrade() -> None:
    op.drop_index("ix_optimizations_completed_at", table_name="optimizations")
    for columns in ("tenant_id_optimization_id", "executor_id", "created_at"):
        op.drop_index(f"ix_idempotency_keys_{columns}", table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
