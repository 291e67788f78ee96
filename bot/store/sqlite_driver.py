"""SQLite's driver with one hop to its thread for a statement, where the stock one takes four.

aiosqlite asks its thread for a cursor, runs the statement, fetches the rows and closes the cursor, each by a
message there and back. A tick asks some fifty small questions, and the hops cost more than the answers
(docs/decisions/0036-one-hop-a-statement.md).
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import partial
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Any, Self

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL, set_exception, set_result

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Iterator
    from queue import SimpleQueue

_CHUNK = 64


def _answer(future: asyncio.Future[Any] | None, function: Callable[[], Any]) -> bool:
    """Do one thing that the thread was asked for. Return whether that was to end."""
    result = None
    report: Callable[[asyncio.Future[Any]], None]
    try:
        result = function()
        report = partial(set_result, result=result)
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever asked
        report = partial(set_exception, e=error)
    if future is not None:
        with suppress(RuntimeError):  # The loop was closed meanwhile: a cancelled task waits for nothing.
            future.get_loop().call_soon_threadsafe(report, future)
    return result is _STOP_RUNNING_SENTINEL


def _work(asked: SimpleQueue[tuple[asyncio.Future[Any] | None, Callable[[], Any]]]) -> None:
    """Be a connection's thread. Unlike the stock one it outlives the loop of whoever asked."""
    while not _answer(*asked.get()):
        pass


class _Rows(sqlite3.Cursor):
    """A cursor that has fetched all rows when its statement is done, so that nobody has to come again."""

    _fetched: Iterator[Any] = iter(())

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - the driver's own kind
        super().execute(sql, parameters)
        self._fetched = iter(super().fetchall() if self.description else ())
        return self

    def fetchone(self) -> Any:  # noqa: ANN401 - a row, or None
        return next(self._fetched, None)

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        return list(islice(self._fetched, size))

    def fetchall(self) -> list[Any]:
        return list(self._fetched)


class _Database(sqlite3.Connection):
    """A connection that ends what was begun before it closes.

    SQLite keeps a closed database open, with its locks, for as long as there is a statement, and a statement
    lives as long as the traceback of the error it failed with.
    """

    def close(self) -> None:
        try:
            if self.in_transaction:
                self.rollback()
        finally:
            super().close()


class _Cursor(aiosqlite.Cursor):
    """The waiting side of a cursor. It belongs to one task, as its connection does."""

    def __init__(self, connection: Connection, cursor: _Rows) -> None:
        super().__init__(connection, cursor)
        self._owner = connection

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        self._owner.running = True
        await super().execute(sql, parameters)
        self._owner.running = False
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        self._owner.running = True
        await super().executemany(sql, parameters)
        self._owner.running = False
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        if self._owner.running:
            await super().close()
        else:
            self._cursor.close()


class Connection(aiosqlite.Connection):
    """A connection that goes to its thread for statements, commits and what has to be rolled back only.

    `running` stays true where a task was cancelled, or a statement failed: the thread may still be at it, so
    everything after that waits for its turn there.
    """

    running = False

    def cursor(self) -> _Cursor:  # type: ignore[override]  # SQLAlchemy enters it, as it does the stock one
        """Return a cursor for one statement."""
        return _Cursor(self, self._conn.cursor(_Rows))

    async def rollback(self) -> None:
        """Roll back what was begun: a pool asks for it whenever a connection comes back, begun or not."""
        if self.running or self.in_transaction:
            await super().rollback()
            self.running = False


async def connect(database: str, **options: Any) -> Connection:  # noqa: ANN401 - those of sqlite3.connect
    """Open a database with the options that SQLAlchemy read from its URL. Raises sqlite3.OperationalError."""
    connection = Connection(
        partial(sqlite3.connect, database, factory=_Database, **options), iter_chunk_size=_CHUNK
    )
    # A thread that nobody closed must not keep the process alive.
    name, asked = f"sqlite {database}", connection._tx  # noqa: SLF001 - aiosqlite has no other way to its thread
    connection._thread = Thread(target=_work, args=(asked,), name=name, daemon=True)  # noqa: SLF001
    await connection
    return connection
