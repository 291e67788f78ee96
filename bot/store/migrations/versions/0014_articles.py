"""Articles whose pages were looked at: when, with what outcome, and what the next look needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "articles",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("next_look_at", sa.BigInteger(), nullable=True),
        sa.Column("validators", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_articles"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_articles_record_id"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("articles")
