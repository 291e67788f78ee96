"""Keep what usual counts are made of, so that a storyline can be left out of what it is held against."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _when() -> tuple[sa.Column[int], sa.Column[str]]:
    return sa.Column("since", sa.BigInteger(), nullable=False), sa.Column("beat", sa.Text(), nullable=False)


def upgrade() -> None:
    """Replace the table; what is due is counted again."""
    op.drop_table("usual_rates")
    op.create_table(
        "usual_counts",
        *_when(),
        sa.Column("said", sa.Integer(), server_default="0", nullable=False),
        sa.Column("days", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("since", "beat", name=op.f("pk_usual_counts")),
    )


def downgrade() -> None:
    """Go back to rates; what is due is worked out again."""
    op.drop_table("usual_counts")
    op.create_table(
        "usual_rates",
        *_when(),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("since", "beat", name=op.f("pk_usual_rates")),
    )
