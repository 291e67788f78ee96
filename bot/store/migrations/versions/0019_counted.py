"""Keep which posts the figures of a story count: storylines are repaired after it was told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what stories counted that were told before is not known."""
    op.create_table(
        "counted",
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_counted_record_id_records")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_counted_story_id_stories")),
        sa.PrimaryKeyConstraint("story_id", "record_id", name=op.f("pk_counted")),
    )


def downgrade() -> None:
    """Let go of what was counted."""
    op.drop_table("counted")
