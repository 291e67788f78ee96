"""Matters of the week with a signal on each, for the tests of telling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.pipeline import tell
from bot.store import schema
from tests.pipeline import plant, week

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

RIPE = timedelta(hours=3)


async def put(
    newsroom: Newsroom,
    clock: ReplayClock,
    key: str,
    *,
    name: str = "",
    beat: str = "law",
    at: datetime,
    links: tuple[str, ...] = (),
    title: str | None = None,
    **how: Any,
) -> list[Record]:
    """Put a matter of the week before `at` into the store, with a signal on it at `at`.

    `links` are given by each of its openers, beside their own; `title` is that of each that has one.
    """
    said = [
        replace(record, links=(*record.links[:1], *links)) if links and record.opens_thread else record
        for record in week.matter(key)
    ]
    said = [replace(record, title=title) if title and record.title else record for record in said]
    said = week.again(said, after=at - said[len(said) // 2].created_at, name=name or key)
    said = [record for record in said if record.created_at <= at]
    clock.advance(at)
    await plant.line(newsroom, name or key, beat, said)
    await plant.signal(newsroom, name or key, beat, said, at=at, **how)
    return said


async def told_at(newsroom: Newsroom, clock: ReplayClock, *, at: datetime) -> list[Story]:
    """Return the stories that are drafted at `at`."""
    clock.advance(at)
    return await tell.run(newsroom)


async def verdicts(newsroom: Newsroom) -> dict[str, tuple[str, str | None]]:
    """Return the state and the reason of the signal of each storyline."""
    async with newsroom.store.read() as connection:
        rows = await connection.execute(sa.select(schema.signals))
        return {row.storyline_id: (row.state, row.reason) for row in rows}
