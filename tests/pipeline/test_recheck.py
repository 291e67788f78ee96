"""Rechecking: what a story shows is asked for again every day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.errors import SourceError
from bot.domain.story import StoryState
from bot.pipeline import recheck
from bot.store import records, stories
from tests.factory import make_record
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.collect.port import Haul
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom


class _Village:
    """A source that says which records are gone."""

    name = "fictional"
    targets: Sequence[str] = ("green",)
    interval = timedelta(minutes=1)
    off_reason: str | None = None

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.gone: set[str] = set()
        self.trouble: SourceError | None = None

    async def fetch(self, *_: object) -> Haul:
        raise NotImplementedError

    async def recheck(self, heard: Sequence[Record], now: datetime) -> tuple[str, ...]:  # noqa: ARG002 - the port's
        self.asked.append(sorted(record.id for record in heard))
        if self.trouble:
            raise self.trouble
        return tuple(record.id for record in heard if record.id in self.gone)


@pytest.fixture
async def cited(newsroom: Newsroom, clock: ReplayClock) -> list[str]:
    """Give the ids of the records that a public story cites; others are stored, too."""
    async with newsroom.store.write() as connection:
        said = await furnish(connection)
        story = make_story(said)
        await stories.create(connection, story)
        for state in (StoryState.CHECKED, StoryState.APPROVED, StoryState.PUBLISHED):
            await stories.set_state(connection, story.id, state, at=clock.now())
        await records.add(connection, [make_record()], clock.now())
    return sorted(record.id for record in said)


async def test_what_was_taken_back_is_erased(
    newsroom: Newsroom, clock: ReplayClock, cited: list[str]
) -> None:
    """Every record of a public story is asked for once a day, and one that is gone is erased."""
    village = _Village()
    newsroom.polled = [village]
    assert await recheck.run(newsroom) == 0
    assert await recheck.run(newsroom) == 0
    assert village.asked == [cited]
    clock.advance(clock.now() + timedelta(days=1, minutes=1))
    village.gone = {cited[0]}
    assert await recheck.run(newsroom) == 1
    async with newsroom.store.read() as connection:
        assert cited[0] not in await records.get(connection, cited)
        assert await stories.wounded(connection)


async def test_trouble_is_for_the_next_time(newsroom: Newsroom, cited: list[str]) -> None:
    """When a source cannot be asked nothing is erased, and it is asked again; one that is off is not."""
    village = _Village()
    newsroom.polled = [village]
    village.trouble = SourceError("status 503")
    assert await recheck.run(newsroom) == 0
    village.trouble = None
    await recheck.run(newsroom)
    village.off_reason = "off"
    await recheck.run(newsroom)
    assert village.asked == [cited, cited]
