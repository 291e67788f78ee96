"""Keep which story told the matter of a signal that was passed for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("signals", sa.Column("same_as", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("signals", "same_as")
