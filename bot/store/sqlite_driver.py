"""SQLite's driver with one hop to its thread for a statement, where the stock one takes four.

aiosqlite asks its thread for a cursor, runs the statement, fetches the rows and closes the cursor, each by a
message there and back. A tick asks some fifty small questions, and the hops cost more than the answers.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import aiosqlite

if TYPE_CHECKING:
    from collections.abc import Iterable

_CHUNK = 64


class _Cursor(aiosqlite.Cursor):
    """A cursor that brings a statement's rows along. It belongs to one task, as its connection does."""

    def __init__(self, connection: Connection, cursor: sqlite3.Cursor) -> None:
        super().__init__(connection, cursor)
        self._rows: list[Any] = []
        self._running = False

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        self._running = True
        self._rows = await self._execute(self._run, sql, parameters or ())
        self._running = False
        return self

    def _run(self, sql: str, parameters: Any) -> list[Any]:  # noqa: ANN401 - the driver's own kind of parameters
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchall() if self._cursor.description else []

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        if self._running:
            # A task that was cancelled left its statement running: only its own thread may close it.
            await super().close()
        else:
            self._cursor.close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors are made and closed where they are asked for."""

    def cursor(self) -> _Cursor:  # type: ignore[override]  # SQLAlchemy enters it, as it does the stock one
        return _Cursor(self, self._conn.cursor())


async def connect(database: str, **options: Any) -> Connection:  # noqa: ANN401 - those of sqlite3.connect
    """Open a database with the options that SQLAlchemy read from its URL. Raises sqlite3.OperationalError."""
    connection = Connection(partial(sqlite3.connect, database, **options), iter_chunk_size=_CHUNK)
    # A thread that nobody closed must not keep the process alive.
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with the stock connection
    return await connection
