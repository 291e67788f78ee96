"""What a story is told of what was not heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.gap import Gap
from bot.pipeline import unheard
from bot.store import gaps, sources
from tests.pipeline import week

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@pytest.fixture
def now(clock: ReplayClock) -> datetime:
    """Give an hour at which everything that is listened to was heard for two days."""
    clock.advance(clock.now() + timedelta(days=3))
    return clock.now()


@pytest.fixture
def said() -> list[Record]:
    """Give a matter that is talked about on Hacker News, on Bluesky and in one subreddit."""
    return week.matter("parchment-ruling")


async def _hear(newsroom: Newsroom, now: datetime, source: str, target: str, *missed: Gap) -> None:
    async with newsroom.store.write() as connection:
        for at in (now - 2 * _DAY, now):
            await sources.succeeded(connection, source, target, cursor={}, at=at, heard_until=at)
        await gaps.add(connection, source, target, missed)


async def _during(newsroom: Newsroom, said: list[Record], now: datetime) -> tuple[str, ...]:
    async with newsroom.store.read() as connection:
        return await unheard.during(connection, said, now - _DAY, now)


async def test_a_replay_has_heard_everything(newsroom: Newsroom, said: list[Record], now: datetime) -> None:
    """Where no source was ever visited, nothing was missed."""
    assert await _during(newsroom, said, now) == ()


async def test_a_gap_where_people_talk_is_told(newsroom: Newsroom, said: list[Record], now: datetime) -> None:
    """A hole in a stream that a matter comes from is named by place and hours."""
    await _hear(newsroom, now, "bluesky", "jetstream", Gap(now - 5 * _HOUR, now - 3 * _HOUR, "cut"))
    start, end = now - 5 * _HOUR, now - 3 * _HOUR
    hours = f"from {start:%A %H:%M} to {end:%A %H:%M} UTC"
    assert await _during(newsroom, said, now) == (f"Bluesky: not heard {hours}",)


async def test_a_gap_elsewhere_is_no_gap_of_the_matter(
    newsroom: Newsroom, said: list[Record], now: datetime
) -> None:
    """A subreddit and a forum in which nobody spoke of the matter may be deaf, and a gap may be over."""
    hole = Gap(now - 5 * _HOUR, now - 3 * _HOUR, "cut")
    await _hear(newsroom, now, "reddit", "WorkingArtists")
    await _hear(newsroom, now, "reddit", "LocalModels", hole)
    await _hear(newsroom, now, "discourse", "https://forum.modelworks.example", hole)
    await _hear(newsroom, now, "bluesky", "jetstream", Gap(now - 2 * _DAY, now - _DAY, "before"))
    assert await _during(newsroom, said, now) == ()


async def test_a_target_of_its_own_is_told_by_its_name(
    newsroom: Newsroom, said: list[Record], now: datetime
) -> None:
    """Of a source with several targets the one that was missed is named."""
    await _hear(newsroom, now, "reddit", "workingartists", Gap(now - 2 * _HOUR, now - _HOUR, "cut"))
    (told,) = await _during(newsroom, said, now)
    assert told.startswith("r/WorkingArtists: not heard")
