"""Only what is due is indexed by its state.

SQLite takes an equality for the better index: the last day's talk was found by reading all that was ever
noticed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_DUE = sa.text("state = 'heard'")


def upgrade() -> None:
    """Trade the index on all states for one on what is due."""
    op.drop_index("ix_records_state_heard_at", "records")
    op.create_index(
        "ix_records_due", "records", ["created_at", "id"], sqlite_where=_DUE, postgresql_where=_DUE
    )


def downgrade() -> None:
    """Bring the old index back."""
    op.drop_index("ix_records_due", "records")
    op.create_index("ix_records_state_heard_at", "records", ["state", "heard_at"])
