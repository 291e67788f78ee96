"""Decisions of people are kept, and a publication says when its first try began."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the column; what was tried before may be there already."""
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("beat", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_decisions_story_id"),
    )
    op.create_index("ix_decisions_kind", "decisions", ["kind"])
    op.create_index("ix_decisions_story_id", "decisions", ["story_id"])
    op.add_column("publications", sa.Column("begun_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE publications SET begun_at = planned_at WHERE state <> 'planned'")


def downgrade() -> None:
    """Take them away."""
    with op.batch_alter_table("publications") as table:
        table.drop_column("begun_at")
    op.drop_table("decisions")
