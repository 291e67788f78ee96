"""Opening the store: one writer, many readers, one bot.

Stock settings silently lose concurrent read-modify-writes: SQLite's driver sends no BEGIN before a SELECT
(docs/decisions/0002-sqlite-rules.md), and PostgreSQL lets two transactions read what both then overwrite. So
there is one write transaction at a time, whatever the process: the writer engine has one connection, which
begins IMMEDIATE on SQLite and by taking a lock on PostgreSQL. Readers are a second, read-only engine, and a
lock keeps a second bot out.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.errors import StoreError
from bot.store import migrate, sqlite_driver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# SQLite's waiters do not queue: beside a busy writer the unlucky one needs patience.
_BUSY_MS = 30_000
_DURABLE = ("synchronous=FULL", f"busy_timeout={_BUSY_MS}", "wal_autocheckpoint=0")
_SQLITE = {"async_creator_fn": sqlite_driver.connect}
_JSON = {"json_deserializer": msgspec.json.decode}
# PostgreSQL's advisory locks are numbers: "ground" for the one bot, "write" for the one writer.
_BOT_LOCK = 0x67726F756E64
_WRITE_LOCK = 0x7772697465
_READERS = 4
# Write transactions between two checkpoints of SQLite's log.
_CHECKPOINT_EVERY = 100


def sqlite_file(data_dir: Path) -> Path:
    """Return the file of the embedded store in `data_dir`."""
    return data_dir / "groundswell.db"


def sqlite_url(data_dir: Path) -> str:
    """Return the URL of the embedded store in `data_dir`."""
    return f"sqlite+aiosqlite:///{sqlite_file(data_dir)}"


class Store:
    """The open store. `write()` and `read()` give a connection inside one transaction."""

    def __init__(self, url: str, lock: FileLock | None) -> None:
        self._writer = _engine(url, write=True)
        self._reader = _engine(url, write=False)
        self._checkpointer = _checkpointing(url) if self.dialect == "sqlite" else None
        self._written = 0
        self._lock = lock
        self._leader: AsyncConnection | None = None

    @property
    def dialect(self) -> str:
        """The database in use: "sqlite" or "postgresql"."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open one write transaction: committed at the end, rolled back on any error."""
        async with self._writer.begin() as connection:
            yield connection
        self._written += 1
        if self._written >= _CHECKPOINT_EVERY and self._checkpointer is not None:
            self._written = 0
            # Up to 3.51.2, a checkpoint that meets a commit of another process can damage the database
            # (docs/decisions/0012-two-processes-on-one-sqlite-file.md), so it holds the writers out.
            async with self._writer.begin(), self._checkpointer.connect() as beside:
                await beside.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open one read transaction: a consistent view that never waits for a writer."""
        async with self._reader.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection and give the lock back; safe to call twice."""
        if self._leader is not None:
            await self._leader.close()
            self._leader = None
        for engine in (self._writer, self._reader, self._checkpointer):
            if engine is not None:
                await engine.dispose()
        _release(self._lock)

    async def lead(self) -> None:
        """Take the bot-wide lock on PostgreSQL (on SQLite the lock file is held already).

        Raises StoreError if another bot holds it.
        """
        if self.dialect != "postgresql":
            return
        self._leader = await self._reader.connect()
        taken = await self._leader.scalar(sa.select(sa.func.pg_try_advisory_lock(_BOT_LOCK)))
        # The lock belongs to the session; an open transaction would keep PostgreSQL from tidying up.
        await self._leader.commit()
        if not taken:
            msg = "another bot is running on this database: stop it, or give this one a database of its own"
            raise StoreError(msg)


async def open_store(url: str, *, lock_path: Path | None = None, migrate_up: bool = True) -> Store:
    """Open the store at `url`, bring its schema up to date, and hold the bot-wide lock at `lock_path`.

    Without `lock_path` the store is opened beside a running bot, for reading and for short writes.
    Raises StoreError if another bot holds the lock or the database cannot be opened.
    """
    lock = take(lock_path) if lock_path is not None else None
    try:
        _need_folder(url)
        store = Store(url, lock)
    except StoreError:
        _release(lock)
        raise
    except ValueError:
        _release(lock)
        # The library repeats what it took for a port: with a password that is not encoded, a part of that.
        msg = "the store cannot be opened: in its address, write @ : / % of a password as %40 %3A %2F %25"
        raise StoreError(msg) from None
    except (sa.exc.ArgumentError, sa.exc.InvalidRequestError, ImportError) as error:
        _release(lock)
        msg = f"the store cannot be opened: {error} (PostgreSQL needs groundswell[postgres] and postgresql://...)"
        raise StoreError(msg) from None
    try:
        if migrate_up:
            async with store.write() as connection:
                await connection.run_sync(migrate.upgrade)
        if lock_path is not None:
            await store.lead()
    except sa.exc.DBAPIError as error:
        await store.close()
        msg = f"the store at {sa.make_url(url).render_as_string()} cannot be opened: {error.orig}"
        raise StoreError(msg) from error
    except CommandError as error:
        await store.close()
        msg = f"the store was made by a newer version of Groundswell, or by something else ({error})"
        raise StoreError(msg) from error
    except BaseException:
        await store.close()
        raise
    return store


def _need_folder(url: str) -> None:
    # A connection that fails leaves the driver's thread behind, which outlives the loop it reports to.
    where = sa.make_url(url)
    if where.get_backend_name() == "sqlite" and where.database and not Path(where.database).parent.is_dir():
        msg = f"the store at {url} cannot be opened: unable to open database file, its folder is not there"
        raise StoreError(msg)


def take(path: Path) -> FileLock:
    """Take the lock that keeps a second bot out; give it back with `release()`.

    Raises StoreError if another bot holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        msg = f"another bot is running on {path.parent}: stop it, or choose another --data-dir"
        raise StoreError(msg) from None
    return lock


def _release(lock: FileLock | None) -> None:
    if lock is not None:
        lock.release()


def _engine(url: str, *, write: bool) -> AsyncEngine:
    size = {"pool_size": 1, "max_overflow": 0} if write else {"pool_size": _READERS}
    if not url.startswith("sqlite"):
        reading = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        engine = create_async_engine(url, **size, **_JSON, execution_options={} if write else reading)
        if write:
            _on_begin(engine, f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
        return engine
    engine = create_async_engine(url, connect_args=_SQLITE, **size, **_JSON)
    if write:
        _on_connect(engine, "journal_mode=WAL", "foreign_keys=ON", *_DURABLE)
        _on_begin(engine, "BEGIN IMMEDIATE")
    else:
        _on_connect(engine, "query_only=ON", *_DURABLE)
        _on_begin(engine, "BEGIN")
    return engine


def _checkpointing(url: str) -> AsyncEngine:
    engine = create_async_engine(url, connect_args=_SQLITE, pool_size=1, max_overflow=0)
    _on_connect(engine, *_DURABLE)
    return engine


def _on_connect(engine: AsyncEngine, *pragmas: str) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(dbapi: Any, _: object) -> None:  # noqa: ANN401 - the driver's own type
        # Else the driver would begin and commit by itself.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        try:
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
        except BaseException:
            # Nobody else knows of this connection yet, and its thread would outlive the event loop.
            dbapi.close()
            raise
        cursor.close()


def _on_begin(engine: AsyncEngine, statement: str) -> None:
    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(statement)
