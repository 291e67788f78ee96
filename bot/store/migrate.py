"""Bringing the schema up to date, inside the caller's transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    import sqlalchemy as sa

MIGRATIONS = Path(__file__).parent / "migrations"


def config() -> Config:
    """Return alembic's configuration; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    return settings


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the schema at `connection` up to `revision`."""
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def revision(connection: sa.Connection) -> str | None:
    """Return the revision of the schema at `connection`, None if there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def known() -> list[str]:
    """Return the revisions there are, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]
