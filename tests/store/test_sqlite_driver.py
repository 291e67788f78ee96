"""The embedded store's driver: one hop a statement, and otherwise what the stock one does."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiosqlite
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import sqlite_driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_NOTES = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("said", sa.Text, nullable=False, unique=True),
)
_PATIENCE = 30


class _Hold:
    """A function for SQL that holds the connection's thread up until it is `over`."""

    def __init__(self) -> None:
        self.reached, self.over = threading.Event(), threading.Event()

    def __call__(self) -> int:
        self.reached.set()
        return int(self.over.wait(_PATIENCE))


def _threads(file: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if file in thread.name]


def _ended(file: str) -> None:
    """See that no thread of a database is left, once those that were told to end have ended."""
    for thread in _threads(file):
        thread.join(_PATIENCE)
    assert not _threads(file)


def _engine(path: Path, connect: Callable[..., Any]) -> AsyncEngine:
    return create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        connect_args={"async_creator_fn": connect},
        pool_size=1,
        max_overflow=0,
        pool_timeout=30,
    )


async def _stock(database: str, **options: Any) -> aiosqlite.Connection:
    return await aiosqlite.connect(database, **options)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """Give an engine on the driver, with an empty table."""
    engine = _engine(tmp_path / "notes.db", sqlite_driver.connect)
    async with engine.begin() as connection:
        await connection.run_sync(_NOTES.metadata.create_all)
    yield engine
    await engine.dispose()


async def _tour(connection: AsyncConnection) -> list[Any]:
    """Return what each kind of statement gives."""
    table = _NOTES
    await connection.run_sync(table.metadata.create_all)
    many = await connection.execute(table.insert(), [{"said": word} for word in ("one", "two", "three")])
    one = await connection.execute(table.insert().values(said="four"))
    back = await connection.execute(table.insert().values(said="five").returning(table.c.id, table.c.said))
    changed = await connection.execute(table.update().where(table.c.id > 2).values(said=table.c.said + "!"))
    found = await connection.execute(sa.select(table).order_by(table.c.id))
    first = await connection.execute(sa.select(table).order_by(table.c.id))
    few = await connection.execute(sa.select(table).order_by(table.c.id))
    none = await connection.execute(sa.select(table).where(table.c.id > 100))
    streamed = await connection.stream(sa.select(table).order_by(table.c.id))
    gone = await connection.execute(table.delete().where(table.c.id == 1))
    return [
        many.rowcount,
        one.inserted_primary_key,
        back.all(),
        changed.rowcount,
        found.keys(),
        found.all(),
        first.first(),
        few.fetchmany(2),
        few.fetchone(),
        none.all(),
        none.scalar_one_or_none() if not none.closed else None,
        [tuple(row) async for row in streamed],
        gone.rowcount,
    ]


async def test_every_kind_of_statement_gives_what_the_stock_driver_gives(tmp_path: Path) -> None:
    """Rows, keys, row counts, RETURNING, many at once, one row, a few, none, and a stream."""
    given = []
    for name, connect in (("stock", _stock), ("ours", sqlite_driver.connect)):
        engine = _engine(tmp_path / name, connect)
        async with engine.begin() as connection:
            given.append(await _tour(connection))
        await engine.dispose()
    assert given[0] == given[1]
    assert given[1][5][0] == (1, "one")


async def _both(engine: AsyncEngine, *statements: sa.Executable) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(statement)


async def test_an_error_is_the_databases_own_and_leaves_the_connection_usable(engine: AsyncEngine) -> None:
    """What a constraint or the syntax refuses is raised, and what went before it is undone."""
    for wrong, kind in (
        (_NOTES.insert().values(said="one"), sa.exc.IntegrityError),
        (sa.text("SELECT nothing FROM nowhere"), sa.exc.OperationalError),
    ):
        with pytest.raises(kind):
            await _both(engine, _NOTES.insert().values(said="one"), wrong)
        async with engine.connect() as connection:
            assert (await connection.execute(sa.select(_NOTES))).all() == []


async def test_a_transaction_that_nobody_ended_is_rolled_back_when_its_connection_comes_back(
    engine: AsyncEngine,
) -> None:
    """The pool's rollback is left out only where there is nothing to roll back."""
    async with engine.connect() as connection:
        await connection.execute(_NOTES.insert().values(said="unsaid"))
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert raw.driver_connection is not None
        assert not raw.driver_connection.in_transaction
        assert (await connection.execute(sa.select(_NOTES))).all() == []


async def test_a_task_cancelled_in_mid_statement_leaves_no_transaction_behind(engine: AsyncEngine) -> None:
    """What it began is undone, the engine's only place is free again, and no thread is left."""
    hold = _Hold()

    async def stall() -> None:
        async with engine.begin() as connection:
            raw = await connection.get_raw_connection()
            assert isinstance(raw.driver_connection, sqlite_driver.Connection)
            await raw.driver_connection.create_function("hold", 0, hold)
            await connection.execute(_NOTES.insert().values(said="half"))
            await connection.execute(sa.text("SELECT hold()"))

    task = asyncio.create_task(stall())
    await asyncio.to_thread(hold.reached.wait, _PATIENCE)
    task.cancel()
    await asyncio.sleep(0)
    hold.over.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with engine.begin() as connection:
        assert (await connection.execute(sa.select(_NOTES))).all() == []
        await connection.execute(_NOTES.insert().values(said="whole"))
    async with engine.connect() as connection:
        assert (await connection.execute(sa.select(_NOTES.c.said))).scalars().all() == ["whole"]
    await engine.dispose()
    _ended(str(engine.url.database))


def _locked(file: str) -> bool:
    """Tell whether another connection would have to wait before it writes."""
    with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


async def test_a_closed_connection_keeps_no_lock(tmp_path: Path) -> None:
    """Not even where a statement failed in a transaction that was not ended and its error is kept.

    The error holds the cursor by its traceback, the cursor the statement, and SQLite keeps a closed database
    open for as long as there is a statement: a task that was cancelled just then would lock every writer out.
    """
    file = str(tmp_path / "notes.db")
    connection = await sqlite_driver.connect(file, check_same_thread=False, isolation_level=None)
    await connection.cursor().execute("CREATE TABLE notes (said UNIQUE)")
    await connection.cursor().execute("BEGIN IMMEDIATE")
    with pytest.raises(aiosqlite.IntegrityError) as kept:
        await connection.cursor().execute("INSERT INTO notes VALUES ('one'), ('one') RETURNING said")
    await connection.close()
    assert not _locked(file), kept


async def test_a_write_cancelled_at_any_point_lets_others_write(engine: AsyncEngine) -> None:
    """Whoever is next has not to wait, though the cancellation itself is kept with its traceback."""
    file = str(engine.url.database)
    kept: list[BaseException | None] = []

    async def write() -> None:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            for word in "abcdefgh":
                rows = [{"said": f"{word}{number}"} for number in range(20)]
                await connection.execute(_NOTES.insert().returning(_NOTES.c.id), rows)
            await connection.rollback()

    for turns in range(0, 120, 3):
        task = asyncio.create_task(write())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        kept += await asyncio.gather(task, return_exceptions=True)
        assert not _locked(file), turns
    assert any(isinstance(error, asyncio.CancelledError) for error in kept)


async def test_an_abandoned_statement_is_waited_for_before_anything_is_rolled_back(tmp_path: Path) -> None:
    """A BEGIN that nobody waited for is rolled back, though nothing was begun when that was asked."""
    file = str(tmp_path / "notes.db")
    connection = await sqlite_driver.connect(file, check_same_thread=False, isolation_level=None)
    hold = _Hold()
    await connection.create_function("hold", 0, hold)
    holding = asyncio.create_task(connection.execute_fetchall("SELECT hold()"))
    await asyncio.to_thread(hold.reached.wait, _PATIENCE)
    cursor = connection.cursor()
    begin = asyncio.create_task(cursor.execute("BEGIN IMMEDIATE"))
    await asyncio.sleep(0)
    begin.cancel()
    back = asyncio.create_task(connection.rollback())
    await asyncio.sleep(0)
    assert not back.done()
    hold.over.set()
    await asyncio.gather(holding, back)
    assert not connection.in_transaction
    await cursor.close()
    await connection.close()


async def test_a_closed_connection_leaves_no_thread(tmp_path: Path) -> None:
    """Neither one that was used nor one that could not be opened."""
    file, nowhere = str(tmp_path / "notes.db"), str(tmp_path / "nowhere" / "notes.db")
    connection = await sqlite_driver.connect(file, check_same_thread=False)
    assert len(_threads(file)) == 1
    await connection.close()
    with pytest.raises(aiosqlite.OperationalError):
        await sqlite_driver.connect(nowhere)
    _ended(file)
    _ended(nowhere)


def test_a_loop_that_is_closed_too_early_ends_the_thread_all_the_same(tmp_path: Path) -> None:
    """A service that stops while it opens its store leaves neither a thread nor an exception of one."""
    file, hold = str(tmp_path / "notes.db"), _Hold()
    raised: list[threading.ExceptHookArgs] = []

    async def leave() -> None:
        connection = await sqlite_driver.connect(file, check_same_thread=False)
        await connection.create_function("hold", 0, hold)
        asking = asyncio.ensure_future(connection.execute_fetchall("SELECT hold()"))
        await asyncio.to_thread(hold.reached.wait, _PATIENCE)
        asking.cancel()
        connection.stop()

    stock, threading.excepthook = threading.excepthook, raised.append
    try:
        asyncio.run(leave())
        hold.over.set()
        _ended(file)
    finally:
        threading.excepthook = stock
    assert not raised
