"""Counted: which posts the figures of a story count, as it was when they were counted.

An audit may put some of them on other storylines afterwards; what a story counted does not move with them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.records import NOTICED
from bot.store.schema import counted, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.brief import Counted


@dataclass(frozen=True, slots=True)
class Post:
    """A post that a story counts, by which of its people (1, 2, ...); a near-copy left out is by None.

    `storyline_id` is where it is now. It stays when its words are erased.
    """

    record_id: str
    person: int | None
    source: str
    community: str | None
    created_at: datetime
    storyline_id: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """How many posts a story counts in one community, and by how many people."""

    source: str
    community: str | None
    records: int
    authors: int


async def keep(connection: AsyncConnection, story_id: str, posts: Iterable[Counted]) -> None:
    """Keep what a story counts, in the place of what it counted before."""
    await connection.execute(counted.delete().where(counted.c.story_id == story_id))
    rows = [{"story_id": story_id, "record_id": post.record_id, "person": post.person} for post in posts]
    if rows:
        await connection.execute(counted.insert(), rows)


async def of_story(connection: AsyncConnection, story_id: str) -> list[Post]:
    """Return what a story counts and the near-copies it left out, oldest first."""
    statement = (
        sa.select(
            counted.c.record_id, counted.c.person, records.c.source, records.c.community,
            records.c.created_at, records.c.storyline_id,
        )
        .join(records, records.c.id == counted.c.record_id)
        .where(counted.c.story_id == story_id)
        .order_by(records.c.created_at, records.c.id)
    )  # fmt: skip
    return [Post(*row) for row in await connection.execute(statement)]


async def people(connection: AsyncConnection, story_id: str, start: datetime, end: datetime) -> int | None:
    """Return how many people wrote what a story counts in (start, end], None if it was not kept."""
    inside = sa.and_(records.c.created_at > start, records.c.created_at <= end)
    statement = (
        sa.select(sa.func.count(), sa.func.count(sa.distinct(sa.case((inside, counted.c.person)))))
        .select_from(counted.join(records, records.c.id == counted.c.record_id))
        .where(counted.c.story_id == story_id)
    )
    posts, found = (await connection.execute(statement)).one()
    return int(found) if posts else None


async def copies_in(
    connection: AsyncConnection, storyline_id: str, start: datetime, end: datetime
) -> dict[str, datetime]:
    """Return when each near-copy in a storyline was said in (start, end], by its id."""
    statement = sa.select(records.c.id, records.c.created_at).where(
        records.c.storyline_id == storyline_id,
        records.c.created_at > start,
        records.c.created_at <= end,
        records.c.state == NOTICED,
        records.c.family_id != records.c.id,
    )
    return {row.id: row.created_at for row in await connection.execute(statement)}


def places(posts: Sequence[Post]) -> list[Place]:
    """Return where the posts were written that are counted, the loudest community first."""
    people: defaultdict[tuple[str, str | None], Counter[int]] = defaultdict(Counter)
    for post in posts:
        if post.person is not None:
            people[post.source, post.community][post.person] += 1
    found = [Place(*where, who.total(), len(who)) for where, who in people.items()]
    return sorted(found, key=lambda place: (-place.records, place.source, place.community or ""))
