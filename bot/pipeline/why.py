"""Why: everything the detector decided about a storyline, and what it went by."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.detect import twins
from bot.detect.signals import WINDOW
from bot.pipeline import memory, mood
from bot.pipeline.assign import REMEMBER_TOLD
from bot.store import counted, reasons, stories, storylines
from bot.store.copiers import copiers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.storylines import StorylineIndex
    from bot.domain.mood import Tally
    from bot.domain.signal import Storyline
    from bot.store.reasons import Member, Ruling
    from bot.store.stories import Head


@dataclass(frozen=True, slots=True)
class Near:
    """How near the storyline lies to one that was told, of 1; from `same` on they are one matter."""

    story_id: str
    nearness: float
    same: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a story counted, the near-copies it left out, and how many posts are on other storylines now.

    `posts` is None if it was told before such posts were kept; `people` are then those that it states.
    """

    story_id: str
    posts: int | None
    people: int
    copies: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class LastDay:
    """What counts of the day before a storyline was last spoken of."""

    posts: int
    people: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of a storyline.

    `parts` were merged into it; `discounted` are accounts that copied; `moods` are by community, over its
    life. `near` lists the told stories on other storylines, nearest first. `joins` is how near a conversation
    must lie to join.
    """

    storyline: Storyline
    parts: tuple[str, ...]
    members: tuple[Member, ...]
    discounted: frozenset[str]
    moods: Mapping[str, Tally]
    rulings: tuple[Ruling, ...]
    last_day: LastDay
    told: tuple[Told, ...]
    near: tuple[Near, ...]
    joins: float


async def explain(connection: AsyncConnection, name: str, now: datetime) -> Explanation:
    """Return why a storyline (or that of a signal or story) became what it is.

    Raises NotFoundError.
    """
    line = await storylines.get(connection, await reasons.find(connection, name))
    parts = await reasons.parts(connection, line.id)
    members = await reasons.members(connection, line.id)
    rulings = await reasons.rulings(connection, [line.id, *parts])
    # What was told is held against what was known when the storyline was last spoken of.
    then = min(now, line.last_at)
    heads = await stories.heads(connection, then - REMEMBER_TOLD)
    others = [story for story in heads if story.storyline_id != line.id]
    wanted = {line.id, *(story.storyline_id for story in others)}
    index = await memory.index_at(connection, then)
    for kept in await storylines.kept(connection, wanted):
        if kept.id not in index and kept.centroid:
            index.load(kept.id, kept.centroid, kept.last_at, kept.size)
    return Explanation(
        storyline=line,
        parts=tuple(parts),
        members=tuple(members),
        discounted=await copiers(connection, members),
        moods=await mood.by_community(connection, line.id, line.first_at, line.last_at),
        rulings=tuple(rulings),
        last_day=await _last_day(connection, line),
        told=tuple([await _told(connection, story) for story in heads if story.storyline_id == line.id]),
        near=await asyncio.to_thread(_near, index, line, others),
        joins=index.near,
    )


async def _told(connection: AsyncConnection, story: Head) -> Told:
    kept = await counted.of_story(connection, story.id)
    if not kept:
        return Told(story.id, posts=None, people=story.people, copies=0, elsewhere=0)
    posts = [post for post in kept if post.person is not None]
    return Told(
        story_id=story.id,
        posts=len(posts),
        people=len({post.person for post in posts}),
        copies=len(kept) - len(posts),
        elsewhere=sum(post.storyline_id != story.storyline_id for post in posts),
    )


async def _last_day(connection: AsyncConnection, line: Storyline) -> LastDay:
    said = await storylines.said_in(connection, line.id, line.last_at - WINDOW, line.last_at)
    return LastDay(len(said), len({record.author_key for record in said}))


def _near(index: StorylineIndex, line: Storyline, told: Sequence[Head]) -> tuple[Near, ...]:
    if line.id not in index:
        return ()
    centre = index.unit(line.id)
    found = [
        Near(
            story.id,
            round(float(index.unit(story.storyline_id) @ centre), 3),
            round(twins.bar(line.label, story.label, index.near), 3),
        )
        for story in told
        if story.storyline_id in index
    ]
    return tuple(sorted(found, key=lambda near: (-near.nearness, near.story_id)))
