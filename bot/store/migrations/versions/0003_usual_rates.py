"""What a storyline usually gets is kept as of each day: merges and beats change it in hindsight."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "usual_rates",
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.Text(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("since", "beat", name=op.f("pk_usual_rates")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("usual_rates")
