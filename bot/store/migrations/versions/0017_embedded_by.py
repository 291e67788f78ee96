"""Keep with each vector the model that it is by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# The only one there was until now.
_MODEL = "wordllama-0.4.0-256"


def upgrade() -> None:
    """Add the column, and say of what there is which model it is by."""
    op.add_column("records", sa.Column("embedded_by", sa.Text(), nullable=True))
    records = sa.table("records", sa.column("vector", sa.LargeBinary), sa.column("embedded_by", sa.Text))
    op.execute(records.update().where(records.c.vector.is_not(None)).values(embedded_by=_MODEL))
    where = sa.text("vector IS NOT NULL")
    op.create_index(
        "ix_records_embedded_by", "records", ["embedded_by"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_records_embedded_by", "records")
    op.drop_column("records", "embedded_by")
