"""Find stories by when they were told and by what they update."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index both."""
    op.create_index(op.f("ix_stories_created_at"), "stories", ["created_at"])
    op.create_index(op.f("ix_stories_updates"), "stories", ["updates"])


def downgrade() -> None:
    """Let go of the indexes."""
    op.drop_index(op.f("ix_stories_updates"), table_name="stories")
    op.drop_index(op.f("ix_stories_created_at"), table_name="stories")
