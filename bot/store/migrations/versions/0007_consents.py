"""What people said of being quoted, when a record's source was last asked, and reports that can be erased.

What a check found may repeat the words of a record, so a report may lose them; 0002 guards the rest.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


_FIXED = ("story_id", "version", "writer", "model", "prompt_version", "fidelity", "change", "created_at")
_REFUSAL = "story_versions are append-only: their words can only be erased"


def _guard(*, erasable: bool) -> None:
    """Put the guard of the versions' rows up again; `erasable` lets a report become shorter."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if sqlite else "IS DISTINCT FROM"
    changed = [f"NEW.{column} {differs} OLD.{column}" for column in _FIXED]
    longer = "length(CAST(NEW.report AS TEXT)) > length(CAST(OLD.report AS TEXT))"
    condition = " OR ".join([*changed, longer]) if erasable else "1 = 1"
    op.execute("DROP TRIGGER story_versions_keep" + ("" if sqlite else " ON story_versions"))
    if sqlite:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        op.execute(
            f"CREATE TRIGGER story_versions_keep BEFORE UPDATE ON story_versions WHEN {condition} {refuse}"
        )
    else:
        refuse = "EXECUTE FUNCTION groundswell_append_only()"
        op.execute(
            "CREATE TRIGGER story_versions_keep BEFORE UPDATE ON story_versions "
            f"FOR EACH ROW WHEN ({condition}) {refuse}"
        )


def upgrade() -> None:
    """Add the table and the column, and let reports be erased."""
    _guard(erasable=True)
    op.create_table(
        "consents",
        sa.Column("author_key", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("author_key", name="pk_consents"),
    )
    op.create_index("ix_consents_asked_at", "consents", ["asked_at"])
    op.add_column("records", sa.Column("checked_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    _guard(erasable=False)
    with op.batch_alter_table("records") as table:
        table.drop_column("checked_at")
    op.drop_table("consents")
