"""What the aggregates share: upserts and long IN lists, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection

_IN_LIST = 500


async def insert_new(connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, leaving those whose key exists as they are."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


async def upsert(
    connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *, update: Iterable[str]
) -> None:
    """Insert `rows`; where the primary key exists, set the columns named in `update`."""
    if not rows:
        return
    statement = _insert(connection, table)
    changes = {name: statement.excluded[name] for name in update}
    keys = [column.name for column in table.primary_key.columns]
    await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), list(rows))


async def fetch_by(
    connection: AsyncConnection,
    statement: sa.Select[Any],
    column: sa.ColumnElement[Any],
    values: Iterable[str],
) -> list[sa.Row[Any]]:
    """Run `statement` for `column` IN `values`, in pieces both databases accept, and return all rows."""
    rows: list[sa.Row[Any]] = []
    for piece in _pieces(list(dict.fromkeys(values))):
        rows.extend((await connection.execute(statement.where(column.in_(piece)))).all())
    return rows


def _pieces(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _IN_LIST] for start in range(0, len(values), _IN_LIST))


def _insert(connection: AsyncConnection, table: sa.Table) -> Any:  # noqa: ANN401 - two dialect types with one interface
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
