"""Fixtures: a loopback site and a fetcher with short patience that may reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.collect.http import Fetcher, Limits, open_fetcher
from bot.settings import Settings, load
from tests.collect.loopback import NEARBY, Site, open_site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def settings() -> Settings:
    """Settings of a made-up operator."""
    return load(contact="desk@newsroom.example", site_url="https://groundswell.example/")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A server on loopback."""
    async with open_site() as opened:
        yield opened


@pytest.fixture
async def fetcher(settings: Settings) -> AsyncIterator[Fetcher]:
    """The project's fetcher, allowed to dial loopback, with small limits."""
    limits = Limits(connect=1, read=0.2, total=1, body=200_000)
    async with open_fetcher(settings, network=NEARBY, limits=limits) as opened:
        yield opened
