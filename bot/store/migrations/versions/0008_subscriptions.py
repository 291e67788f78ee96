"""Places on other people's servers that follow beats, and held stories that are shown to the desk there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "subscriptions",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("beat", sa.Text(), nullable=False),
        sa.Column("guild", sa.Text(), nullable=False),
        sa.Column("followed_by", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.Text(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("network", "place", "beat", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_network_guild", "subscriptions", ["network", "guild"])

    op.create_table(
        "desk_cards",
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("network", "story_id", name="pk_desk_cards"),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name="fk_desk_cards_story_id"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("desk_cards")
    op.drop_table("subscriptions")
