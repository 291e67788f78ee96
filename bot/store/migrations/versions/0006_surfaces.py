"""Corrections, retractions and removals are publications too, and each story version has its picture."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = "uq_publications_story_id_version_channel"
_AFTER = "uq_publications_story_id_version_channel_kind"


def upgrade() -> None:
    """Add the kind to what is once, and the table of pictures."""
    with op.batch_alter_table("publications") as table:
        table.add_column(sa.Column("kind", sa.Text(), nullable=False, server_default="story"))
        table.drop_constraint(_BEFORE, type_="unique")
        table.create_unique_constraint(_AFTER, ["story_id", "version", "channel", "kind"])
    op.create_table(
        "cards",
        sa.Column("story_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("story_id", "version", name="pk_cards"),
        sa.ForeignKeyConstraint(
            ["story_id", "version"],
            ["story_versions.story_id", "story_versions.version"],
            name="fk_cards_story_id_version",
        ),
    )


def downgrade() -> None:
    """Take both away; what is no thread of its own cannot be kept."""
    op.drop_table("cards")
    op.execute("DELETE FROM publications WHERE kind <> 'story'")
    with op.batch_alter_table("publications") as table:
        table.drop_constraint(_AFTER, type_="unique")
        table.create_unique_constraint(_BEFORE, ["story_id", "version", "channel"])
        table.drop_column("kind")
