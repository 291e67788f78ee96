"""Sources know what they heard and what was missed; records know their links, and can fade."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the tables."""
    op.add_column("sources", sa.Column("heard_since", sa.BigInteger(), nullable=True))
    op.add_column("sources", sa.Column("heard_until", sa.BigInteger(), nullable=True))
    op.add_column("sources", sa.Column("rate", sa.Float(), nullable=True))
    op.create_table(
        "gaps",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "target", "started_at", name="pk_gaps"),
    )
    op.create_index("ix_gaps_ended_at", "gaps", ["ended_at"])
    op.create_table(
        "record_links",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "link", name="pk_record_links"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_record_links_record_id"),
    )
    op.create_index("ix_record_links_link", "record_links", ["link"])
    op.create_table(
        "faded",
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name="pk_faded"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_faded_record_id"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("faded")
    op.drop_table("record_links")
    op.drop_table("gaps")
    with op.batch_alter_table("sources") as table:
        for name in ("rate", "heard_until", "heard_since"):
            table.drop_column(name)
