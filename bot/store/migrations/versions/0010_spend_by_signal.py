"""Spend knows its signal and how each call ended; a version knows why its first writer did not write it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FROM_USAGE = {
    "sqlite": "UPDATE spend SET signal_id = json_extract(usage, '$.signal')",
    "postgresql": "UPDATE spend SET signal_id = CAST(usage AS json) ->> 'signal'",
}


def upgrade() -> None:
    """Add what is new, and move the signal out of the usage."""
    op.add_column("spend", sa.Column("signal_id", sa.Text(), nullable=True))
    op.add_column("spend", sa.Column("outcome", sa.Text(), nullable=True))
    op.execute(_FROM_USAGE[op.get_bind().dialect.name])
    op.drop_column("spend", "story_id")
    op.create_index("ix_spend_signal_id", "spend", ["signal_id"])
    op.create_table(
        "model_pauses",
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("until", name="pk_model_pauses"),
    )
    op.add_column("story_versions", sa.Column("instead", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("story_versions", "instead")
    op.drop_table("model_pauses")
    op.drop_index("ix_spend_signal_id", "spend")
    op.add_column("spend", sa.Column("story_id", sa.Text(), nullable=True))
    op.drop_column("spend", "outcome")
    op.drop_column("spend", "signal_id")
