"""Optimizations with their briefs and creator rows, and the ids of erased ones.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "optimizations",
        sa.Column("id", sa.String(30), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("solution_status", sa.String(16)),
        sa.Column("stop_reason", sa.String(16)),
        sa.Column("parent_id", sa.String(30)),
        sa.Column("label", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("progress_json", sa.Text),
        sa.Column("result_json", sa.Text),
        sa.Column("failure_json", sa.Text),
        sa.Column("warnings_json", sa.Text, nullable=False),
        sa.Column("reproducibility_json", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_optimizations"),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_optimizations_status"),
        ),
    )
    op.create_index("ix_optimizations_status_id", "optimizations", ["status", "id"])
    op.create_index("ix_optimizations_label_id", "optimizations", ["label", "id"])
    op.create_table(
        "briefs",
        sa.Column("optimization_id", sa.String(30), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("optimization_id", name="pk_briefs"),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_briefs_optimization_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "creator_chunks",
        sa.Column("optimization_id", sa.String(30), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("optimization_id", "decision", "number", name="pk_creator_chunks"),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_creator_chunks_optimization_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "erased_optimizations",
        sa.Column("id", sa.String(30), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_erased_optimizations"),
    )


def downgrade() -> None:
    op.drop_table("erased_optimizations")
    op.drop_table("creator_chunks")
    op.drop_table("briefs")
    op.drop_index("ix_optimizations_label_id", table_name="optimizations")
    op.drop_index("ix_optimizations_status_id", table_name="optimizations")
    op.drop_table("optimizations")
