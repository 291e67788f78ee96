"""Opening the store: one writer, many readers, one bot, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.domain.errors import StoreError
from bot.store import sources
from bot.store.engine import open_store, sqlite_url
from bot.store.schema import records
from tests import parts
from tests.factory import NOON
from tests.store.victim import visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store

_TASKS = 200


async def _count_up(store: Store) -> None:
    async with store.write() as connection:
        state = await sources.get(connection, "fictional", "feed")
        await asyncio.sleep(0)
        cursor = {"n": state.cursor.get("n", 0) + 1}
        await sources.succeeded(connection, "fictional", "feed", cursor=cursor, at=NOON)


async def _cursor(store: Store) -> int:
    async with store.read() as connection:
        number: int = (await sources.get(connection, "fictional", "feed")).cursor["n"]
        return number


async def test_concurrent_read_modify_writes_lose_nothing(store: Store) -> None:
    """Two hundred tasks that each read a number and write it back plus one end at two hundred."""
    await asyncio.gather(*(_count_up(store) for _ in range(_TASKS)))
    assert await _cursor(store) == _TASKS


async def test_two_stores_on_one_database_lose_nothing(store_url: str) -> None:
    """Read-modify-writes of a bot and of a command beside it add up as well."""
    bot, beside = await open_store(store_url), await open_store(store_url)
    await asyncio.gather(*(_count_up(store) for store in (bot, beside) for _ in range(25)))
    assert await _cursor(bot) == 50
    await beside.close()
    await bot.close()


async def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    """While a write transaction is open, readers get the state before it at once."""
    await _count_up(store)
    async with store.write() as connection:
        await sources.succeeded(connection, "fictional", "feed", cursor={"n": 99}, at=NOON)
        async with asyncio.timeout(2):
            assert await asyncio.gather(*(_cursor(store) for _ in range(8))) == [1] * 8
    assert await _cursor(store) == 99


async def test_a_reader_sees_one_moment(store: Store) -> None:
    """What is committed while a read transaction is open does not change what it sees."""
    await _count_up(store)
    async with store.read() as connection:
        before = await sources.get(connection, "fictional", "feed")
        await _count_up(store)
        assert await sources.get(connection, "fictional", "feed") == before
    assert await _cursor(store) == 2


async def test_a_reader_cannot_write(store: Store) -> None:
    """A write through a reading connection is refused by the database."""
    async with store.read() as connection:
        with pytest.raises(sa.exc.DBAPIError, match=r"read.?only"):
            await sources.tick(connection, "x", NOON)


async def test_an_error_undoes_the_whole_transaction(store: Store) -> None:
    """What a transaction wrote before an error is not there after it, and the store goes on."""

    async def fail() -> None:
        async with store.write() as connection:
            await visit(connection, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(records)) == 0
    await _count_up(store)


async def test_a_second_bot_is_refused(store_url: str, tmp_path: Path) -> None:
    """A second bot on the same store is refused; a command beside the bot, and a bot after it, are let in."""
    first = await open_store(store_url, lock_path=tmp_path / "lock")
    # Another machine has another lock file, but the same PostgreSQL.
    place = tmp_path / ("lock" if first.dialect == "sqlite" else "other-lock")
    with pytest.raises(StoreError, match="another bot is running"):
        await open_store(store_url, lock_path=place)
    beside = await open_store(store_url)
    await _count_up(beside)
    await beside.close()
    await first.close()
    await first.close()
    second = await open_store(store_url, lock_path=place)
    await second.close()


async def test_the_bot_lock_holds_nothing_open(store_url: str, tmp_path: Path) -> None:
    """Holding the bot-wide lock leaves no transaction open on PostgreSQL, so that it can tidy up."""
    store = await open_store(store_url, lock_path=tmp_path / "lock")
    if store.dialect == "postgresql":
        async with store.read() as connection:
            idle = sa.text("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")
            assert await connection.scalar(idle) == 0
    await store.close()


async def test_sqlite_runs_under_the_durable_settings(sqlite_store: Store) -> None:
    """The writer uses WAL, full synchronisation and foreign keys; no connection checkpoints by itself."""
    names = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
    async with sqlite_store.write() as connection:
        found = [await _pragma(connection, name) for name in names]
    assert found == ["wal", 2, 1, 0]
    async with sqlite_store.read() as connection:
        found = [await _pragma(connection, name) for name in ("query_only", "wal_autocheckpoint")]
    assert found == [1, 0]


async def test_the_log_is_checkpointed_while_nobody_can_write(sqlite_store: Store, tmp_path: Path) -> None:
    """SQLite's log stays short under many writes, and a checkpoint keeps the writes of others out."""
    outcomes: list[str] = []
    checkpoint = sqlite_store._checkpointer
    assert checkpoint is not None

    @sa.event.listens_for(checkpoint.sync_engine, "before_cursor_execute")
    def on_checkpoint(*_: object) -> None:
        with closing(sqlite3.connect(tmp_path / "groundswell.db", timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                outcomes.append(str(error))

    for _ in range(250):
        await _count_up(sqlite_store)
    assert outcomes == ["database is locked"] * 2
    # Without a checkpoint there would be some 1,000 pages in it.
    assert (tmp_path / "groundswell.db-wal").stat().st_size < 4096 * 600
    assert await _cursor(sqlite_store) == 250


async def _pragma(connection: AsyncConnection, name: str) -> object:
    return await connection.scalar(sa.text(f"PRAGMA {name}"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("not a url", "cannot be opened"),
        ("sqlite+aiosqlite:////no/such/place/groundswell.db", "unable to open database file"),
        ("postgresql+psycopg://tester:p@ss:hunter2@127.0.0.1/x", "%40"),
        ("sqlite:///x.db", "not async"),
        ("nosuchdb://tester:hunter2@127.0.0.1/x", "cannot be opened"),
        ("postgresql+psycopg://tester:hunter2@127.0.0.1:1/x", "cannot be opened"),
    ],
)
async def test_a_store_that_cannot_be_opened_says_why(url: str, told: str, tmp_path: Path) -> None:
    """Opening what is no store raises StoreError with the reason, no password in it, and frees the lock."""
    for _ in range(2):
        with pytest.raises(StoreError, match=told) as raised:
            await open_store(url, lock_path=tmp_path / "lock")
        assert "hunter2" not in str(raised.value)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of other content raises StoreError and keeps its content."""
    file = tmp_path / "groundswell.db"
    file.write_bytes(b"a shopping list, not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        await open_store(sqlite_url(tmp_path))
    assert file.read_bytes().startswith(b"a shopping list")


async def test_a_store_of_a_newer_version_is_refused(store_url: str) -> None:
    """A schema revision this version does not know raises StoreError instead of guessing."""
    store = await open_store(store_url)
    async with store.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(StoreError, match="newer version"):
        await open_store(store_url)


@contextmanager
def _victim(url: str, lock: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.store.victim", url, str(lock), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=parts.HERE.parents[1]) as child:
        try:
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("how", ["hold", "loop"])
async def test_a_kill_leaves_the_last_commit(store_url: str, tmp_path: Path, how: str) -> None:
    """After SIGKILL in the middle of a write, records and cursor agree, and the next bot starts at once."""
    lock = tmp_path / "lock"
    with _victim(store_url, lock, how) as child:
        assert child.stdout is not None
        for _ in range(1 if how == "hold" else random.randint(1, 40)):
            started = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        child.wait()
        started = max([started, *map(int, child.stdout.read().split())])
    # PostgreSQL notices the lost client a moment later.
    store = await _open_soon(store_url, lock)
    async with store.read() as connection:
        heard = await connection.scalar(sa.select(sa.func.count()).select_from(records))
    kept = await _cursor(store)
    assert heard == kept
    assert kept == 1 if how == "hold" else kept in {started - 1, started}
    if store.dialect == "sqlite":
        async with store.read() as connection:
            assert await _pragma(connection, "integrity_check") == "ok"
    await _count_up(store)
    await store.close()


async def _open_soon(url: str, lock: Path) -> Store:
    for _ in range(100):
        try:
            return await open_store(url, lock_path=lock)
        except StoreError:
            if url.startswith("sqlite"):
                raise
            await asyncio.sleep(0.02)
    return await open_store(url, lock_path=lock)
