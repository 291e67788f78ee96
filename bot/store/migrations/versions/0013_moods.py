"""Records keep their mood, which outlives their words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("records", sa.Column("stance", sa.Integer(), nullable=True))
    op.add_column("records", sa.Column("register", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    # Not in a batch, which would make the table anew under the keys that point at it.
    op.drop_column("records", "register")
    op.drop_column("records", "stance")
