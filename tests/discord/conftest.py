"""A loopback Discord; an error in the log or a lapse of that Discord fails the test."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from tests.discord.rig import House, open_house
from tests.discord_lab.server import FakeDiscord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping

    from bot.store.engine import Store

_LOGGERS = ("discord", "asyncio")


class Log(logging.Handler):
    """What the bot and discord.py logged, from ERROR on."""

    def __init__(self, events: list[MutableMapping[str, Any]]) -> None:
        super().__init__(logging.ERROR)
        self._foreign: list[str] = []
        self.events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what an error says."""
        self._foreign.append(self.format(record))

    @property
    def errors(self) -> list[str]:
        """The errors so far."""
        ours = [str(event) for event in self.events if event["log_level"] in {"error", "critical"}]
        return self._foreign + ours

    def forgive(self) -> None:
        """Forget the errors so far, which a test expected."""
        self._foreign.clear()
        self.events.clear()


@pytest.fixture
def log() -> Iterator[Log]:
    """Give what is logged."""
    with capture_logs() as events:
        heard = Log(events)
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(heard)
        yield heard
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(heard)


@pytest.fixture
async def discord(log: Log) -> AsyncIterator[FakeDiscord]:
    """Give a Discord; a test fails when it broke the published schemas, or when an error was logged."""
    async with FakeDiscord() as running:
        yield running
    assert running.violations == []
    assert log.errors == []


@pytest.fixture
async def house(discord: FakeDiscord, sqlite_store: Store) -> AsyncIterator[House]:
    """Give a bot that told one story in a channel and is connected."""
    async with open_house(discord, sqlite_store) as opened:
        yield opened
