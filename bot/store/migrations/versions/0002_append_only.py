"""The database itself refuses to rewrite a story: versions, claims and citations are append-only.

The one exception is erasure: a claim and a citation may lose their words when the record they rest on
is taken back.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = ("story_versions", "claims", "citations")
# What an update may not touch; the words themselves may only become empty. PostgreSQL compares JSON as text.
_FIXED = {
    "claims": ("story_id", "version", "claim_id", "paragraph", "position", "kind", "CAST(numbers AS TEXT)"),
    "citations": ("story_id", "version", "claim_id", "record_id", "marker"),
}
_WORDS = {"claims": "text", "citations": "quote"}
_REFUSAL = "are append-only: their words can only be erased"


def _rewrites(table: str) -> str:
    """Return the SQL condition under which an update of `table` is more than an erasure."""
    if table not in _FIXED:
        return "1 = 1"
    pairs = [(_side("NEW", column), _side("OLD", column)) for column in _FIXED[table]]
    return " OR ".join([f"NEW.{_WORDS[table]} <> ''", *(f"{new} <> {old}" for new, old in pairs)])


def _side(row: str, column: str) -> str:
    return column.replace("numbers", f"{row}.numbers") if "(" in column else f"{row}.{column}"


def _sqlite_up(table: str) -> tuple[str, ...]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {_REFUSAL}'); END"
    return (
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE ON {table} WHEN {_rewrites(table)} {refuse}",
        f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {refuse}",
    )


def _postgres_up(table: str) -> tuple[str, ...]:
    each, refuse = f"ON {table} FOR EACH ROW", "EXECUTE FUNCTION groundswell_append_only()"
    return (
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE {each} WHEN ({_rewrites(table)}) {refuse}",
        f"CREATE TRIGGER {table}_stay BEFORE DELETE {each} {refuse}",
    )


_FUNCTION = (
    "CREATE FUNCTION groundswell_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '% {_REFUSAL}', TG_TABLE_NAME; END $$"
)


def upgrade() -> None:
    """Add the guards."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(_FUNCTION)
    for table in _TABLES:
        for statement in _sqlite_up(table) if sqlite else _postgres_up(table):
            op.execute(statement)


def downgrade() -> None:
    """Take the guards away."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _TABLES:
        for guard in ("keep", "stay"):
            op.execute(f"DROP TRIGGER {table}_{guard}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        op.execute("DROP FUNCTION groundswell_append_only()")
