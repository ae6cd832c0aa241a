"""Parts of reports that take long to make: the budget curve, the comparison, drawings.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_parts",
        sa.Column("optimization_id", sa.String(30), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("optimization_id", "name", name="pk_report_parts"),
        sa.ForeignKeyConstraint(
            ["optimization_id"], ["optimizations.id"], name="fk_report_parts_optimization_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("report_parts")
