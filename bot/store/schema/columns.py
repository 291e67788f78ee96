"""What the tables are made of: their columns, alike on both databases, and how keys and indexes are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A point in time as microseconds since 1970, UTC.

    SQLite has no date type and its text dates lose the zone; an integer is exact, and sorts, in both.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn an aware datetime into microseconds."""
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn microseconds into an aware datetime."""
        return None if value is None else _EPOCH + value * _TICK


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key(name: str) -> sa.Column[str]:
    """Return a column that is (part of) the key."""
    return sa.Column(name, sa.Text, primary_key=True)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    """Return a column of text."""
    return sa.Column(name, sa.Text, nullable=null)


def when(name: str, *, null: bool = False) -> sa.Column[datetime]:
    """Return a column of a point in time."""
    return sa.Column(name, Instant, nullable=null)


def count(name: str) -> sa.Column[int]:
    """Return a column that counts from 0."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def index(name: str, *columns: str, where: str) -> sa.Index:
    """Return an index of the rows in which `where` holds."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
