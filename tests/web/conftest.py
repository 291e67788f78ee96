"""A site over a real store full of fiction, and a reader that asks it for pages."""

from __future__ import annotations

import asyncio
from shutil import copytree
from typing import TYPE_CHECKING

import httpx2
import pytest

from bot.domain.clock import ReplayClock
from bot.settings import load
from bot.store.engine import open_store, sqlite_url
from bot.web.site import build
from tests.web.fiction import BEATS, NOW, seed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.applications import Starlette

    from bot.store.engine import Store


def site(store: Store) -> Starlette:
    """Return the site over `store`, run by a fictional radio station."""
    settings = load(
        bot_name="Groundswell",
        operator="Harbour Street Radio",
        contact="desk@news.example",
        site_url="https://news.example",
    )
    return build(store=store, settings=settings, beats=BEATS, clock=ReplayClock(NOW))


def reader(store: Store) -> httpx2.AsyncClient:
    """Return a client that asks the site over `store`; a page that breaks is an answer, not an exception."""
    transport = httpx2.ASGITransport(site(store), raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="https://news.example")


@pytest.fixture(scope="session")
def furnished(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a store full of fiction, to be copied: writing it takes long."""
    folder = tmp_path_factory.mktemp("furnished")
    copytree(migrated, folder, dirs_exist_ok=True)

    async def furnish() -> None:
        store = await open_store(sqlite_url(folder))
        await seed(store)
        await store.close()

    asyncio.run(furnish())
    return folder


@pytest.fixture
async def house(furnished: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store full of fiction."""
    copytree(furnished, tmp_path, dirs_exist_ok=True)
    store = await open_store(sqlite_url(tmp_path))
    yield store
    await store.close()


@pytest.fixture
async def web(house: Store) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a reader of the site over the full house."""
    async with reader(house) as client:
        yield client


@pytest.fixture
async def empty_web(sqlite_store: Store) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a reader of the site over an empty store."""
    async with reader(sqlite_store) as client:
        yield client
