"""Letting time pass in a newsroom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.pipeline import tick
from bot.store import records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

HOUR = timedelta(hours=1)


async def hear(newsroom: Newsroom, said: Sequence[Record]) -> None:
    """Hear `said` now."""
    async with newsroom.store.write() as connection:
        await records.add(connection, said, newsroom.clock.now())


async def step(
    newsroom: Newsroom, clock: ReplayClock, said: Sequence[Record], *, until: datetime
) -> list[str]:
    """Let the clock run to `until`, hear `said` and do what is due; return what became public."""
    clock.advance(until)
    await hear(newsroom, said)
    return await tick.run(newsroom)


async def live(
    newsroom: Newsroom, clock: ReplayClock, said: Sequence[Record], *, until: datetime
) -> list[str]:
    """Let the clock run to `until` by the hour, hearing `said` as it is said; return what became public."""
    published: list[str] = []
    while clock.now() < until:
        now, then = clock.now(), clock.now() + HOUR
        heard = [record for record in said if now < record.created_at <= then]
        published += await step(newsroom, clock, heard, until=then)
    return published
