"""Publications whose words were taken back, so that no post keeps them whatever became of the story since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TORN = sa.text("torn_at IS NOT NULL")
# A retracted story was not mended before, so what stands of it may still have such words.
_RETRACTED = """
UPDATE publications SET torn_at = planned_at
WHERE kind = 'story'
  AND EXISTS (
    SELECT 1 FROM stories WHERE stories.id = publications.story_id AND stories.state = 'retracted'
  )
  AND EXISTS (
    SELECT 1 FROM claims
    WHERE claims.story_id = publications.story_id AND claims.version = publications.version
      AND claims.text = ''
  )
"""


def upgrade() -> None:
    """Add the mark, and mark what retracted stories left standing."""
    op.add_column("publications", sa.Column("torn_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_publications_torn", "publications", ["story_id"], sqlite_where=_TORN, postgresql_where=_TORN
    )
    op.execute(_RETRACTED)


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_publications_torn", "publications")
    op.drop_column("publications", "torn_at")
