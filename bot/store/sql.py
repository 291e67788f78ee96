"""What the aggregates share: upserts and long IN lists, on both databases."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_IN_LIST = 500
_STATEMENTS = 256


async def insert_new(connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, leaving those whose key exists as they are."""
    if rows:
        await connection.execute(_insert_new(connection.dialect.name, table), list(rows))


async def upsert(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, update: Iterable[str]
) -> None:
    """Insert `rows`; where the primary key exists, set the columns named in `update`."""
    if not rows:
        return
    await connection.execute(_upsert(connection.dialect.name, table, frozenset(update)), list(rows))


async def fetch_by(
    connection: AsyncConnection,
    statement: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Iterable[str],
    **bound: object,
) -> list[sa.Row[Any]]:
    """Run `statement` for `column` IN `values`, in pieces both databases accept, and return all rows.

    `bound` are the statement's own parameters. One that is asked often is a constant with parameters: to
    build a statement takes longer than to answer it.
    """
    rows: list[sa.Row[Any]] = []
    for piece in _pieces(list(dict.fromkeys(values))):
        rows.extend((await connection.execute(_listed(statement, column), {**bound, "listed": piece})).all())
    return rows


@lru_cache(maxsize=_STATEMENTS)
def _listed(statement: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return statement.where(column.in_(sa.bindparam("listed", expanding=True)))


def _pieces(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _IN_LIST] for start in range(0, len(values), _IN_LIST))


@cache
def _insert_new(dialect: str, table: sa.Table) -> sa.Insert:
    statement: sa.Insert = _insert(dialect, table).on_conflict_do_nothing()
    return statement


@cache
def _upsert(dialect: str, table: sa.Table, update: frozenset[str]) -> sa.Insert:
    statement = _insert(dialect, table)
    changed: sa.Insert = statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key.columns],
        set_={name: statement.excluded[name] for name in sorted(update)},
    )
    return changed


def _insert(dialect: str, table: sa.Table) -> Any:  # noqa: ANN401 - two dialect types with one interface
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)
