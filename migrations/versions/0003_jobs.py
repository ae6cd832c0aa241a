"""Jobs: who solves which optimization, in which order the queued ones are taken, and for which tenant.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TENANT = {"nullable": False, "server_default": "default"}
_NUMBER = {"nullable": False, "server_default": "0"}


def upgrade() -> None:
    with op.batch_alter_table("optimizations") as table:
        table.drop_index("ix_optimizations_status_id")
        table.drop_index("ix_optimizations_label_id")
        table.add_column(sa.Column("tenant_id", sa.String(100), **_TENANT))
        table.add_column(sa.Column("executor_id", sa.String(100)))
        table.add_column(sa.Column("claim", sa.Integer, **_NUMBER))
        table.add_column(sa.Column("crashes", sa.Integer, **_NUMBER))
        table.add_column(sa.Column("revision", sa.Integer, **_NUMBER))
        table.add_column(sa.Column("queue_tag", sa.BigInteger, **_NUMBER))
        table.add_column(sa.Column("stop_requested", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("time_limit_s", sa.Double))
        table.add_column(sa.Column("before_json", sa.Text))
        table.add_column(sa.Column("traceparent", sa.String(55)))
        table.create_index("ix_optimizations_status_queue_tag_id", ["status", "queue_tag", "id"])
        table.create_index("ix_optimizations_tenant_id_status_queue_tag", ["tenant_id", "status", "queue_tag"])
        table.create_index("ix_optimizations_tenant_id_status_id", ["tenant_id", "status", "id"])
        table.create_index("ix_optimizations_tenant_id_label_id", ["tenant_id", "label", "id"])
        table.create_index("ix_optimizations_tenant_id_id", ["tenant_id", "id"])
    with op.batch_alter_table("erased_optimizations") as table:
        table.add_column(sa.Column("tenant_id", sa.String(100), **_TENANT))
    op.create_table(
        "executors",
        sa.Column("id", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_executors"),
    )


def downgrade() -> None:
    op.drop_table("executors")
    with op.batch_alter_table("erased_optimizations") as table:
        table.drop_column("tenant_id")
    with op.batch_alter_table("optimizations") as table:
        table.drop_index("ix_optimizations_tenant_id_id")
        table.drop_index("ix_optimizations_tenant_id_label_id")
        table.drop_index("ix_optimizations_tenant_id_status_id")
        table.drop_index("ix_optimizations_tenant_id_status_queue_tag")
        table.drop_index("ix_optimizations_status_queue_tag_id")
        for name in (
            *("traceparent", "before_json", "time_limit_s", "stop_requested", "queue_tag", "revision"),
            *("crashes", "claim", "executor_id", "tenant_id"),
        ):
            table.drop_column(name)
        table.create_index("ix_optimizations_label_id", ["label", "id"])
        table.create_index("ix_optimizations_status_id", ["status", "id"])
