"""What proved each plan, so that a later question about it need not solve it again.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proofs",
        sa.Column("optimization_id", sa.String(30), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("optimization_id", name="pk_proofs"),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_proofs_optimization_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("proofs")
