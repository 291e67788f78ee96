"""Keep with a story where it was not heard: gaps that are known later are not those it was told with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of stories told before it is not known."""
    op.add_column("stories", sa.Column("gaps", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Let go of the column."""
    op.drop_column("stories", "gaps")
