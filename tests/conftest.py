"""What every test may ask for: a clock that stands still, and a store on both databases."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import contextmanager
from itertools import count
from shutil import copytree
from typing import TYPE_CHECKING

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
import structlog

from bot.domain.clock import ReplayClock
from bot.store.engine import open_store, sqlite_url
from tests import postgres
from tests.factory import NOON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from bot.store.engine import Store

_databases = count(1)

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("groundswell", deadline=None)
hypothesis.settings.load_profile("groundswell")

# A run in the background ignores Ctrl-C, and every process it starts would do so too.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Each process that a test starts would compile everything anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A developer's own settings have no say in tests. bot.settings reads this when it is first imported, which is
# after this file.
for name in [name for name in os.environ if name.startswith("GROUNDSWELL_")]:
    del os.environ[name]
os.environ["GROUNDSWELL_ENV_FILE"] = os.devnull


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    """Leave logging as it was found: a command that is tested sets it up for its whole process."""
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", "bot", "handlers")}
    before = list(root.handlers)
    yield
    structlog.reset_defaults()
    root.handlers[:] = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def clock() -> ReplayClock:
    """Give a clock that stands at NOON until it is moved."""
    return ReplayClock(NOON)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run one throwaway PostgreSQL for the whole session; its URL ends in "/"."""
    with postgres.server() as url:
        yield url


@contextmanager
def _database(server: str, like: str = "") -> Iterator[str]:
    """Make a PostgreSQL database, empty or a copy of the one called `like`; give its URL."""
    name = f"test_{next(_databases)}"
    template = f"TEMPLATE {like}" if like else ""
    plain = sa.make_url(f"{server}postgres").set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} {template} STRATEGY file_copy")
        yield f"{server}{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database of this test's own."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an empty, migrated SQLite store to be copied: migrating takes long."""
    folder = tmp_path_factory.mktemp("migrated")
    asyncio.run(_migrate(sqlite_url(folder)))
    return folder


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> Iterator[str]:
    """Give the name of an empty, migrated PostgreSQL database to be copied."""
    with _database(postgres_server) as url:
        asyncio.run(_migrate(url))
        yield url.rpartition("/")[2]


async def _migrate(url: str) -> None:
    await (await open_store(url)).close()


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty store with an up-to-date schema, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        copytree(request.getfixturevalue("migrated"), tmp_path, dirs_exist_ok=True)
        yield sqlite_url(tmp_path)
        return
    server, like = (request.getfixturevalue(name) for name in ("postgres_server", "migrated_database"))
    with _database(server, like) as url:
        yield url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    """Give an open store with an up-to-date schema, once on SQLite and once on PostgreSQL."""
    opened = await open_store(store_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite_store(migrated: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """Give an open store on SQLite, for rooms that do not care about the database."""
    copytree(migrated, tmp_path, dirs_exist_ok=True)
    opened = await open_store(sqlite_url(tmp_path))
    yield opened
    await opened.close()
