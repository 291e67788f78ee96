"""Matter: whether what a storyline is about was told before, on another storyline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.detect import talk, twins
from bot.detect.naming import is_young, names_in, shared
from bot.detect.signals import HISTORY
from bot.detect.storylines import LEFT_AT_CLOSING, StorylineIndex
from bot.detect.tokens import split, terms
from bot.domain.links import canonical, is_page
from bot.store import regroup, signals, storylines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.vectors import Weights
    from bot.domain.record import Record
    from bot.domain.signal import Storyline
    from bot.store.stories import Head


# Who links to more pages than this gives a list of matters.
_MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A story on the matter; `names` are names and links that make it so, none if openers' words do."""

    story: Head
    names: tuple[str, ...] = ()


async def told(
    connection: AsyncConnection,
    index: StorylineIndex,
    line: Storyline,
    past: Sequence[Head],
    since: datetime,
    now: datetime,
) -> Match | None:
    """Return the newest story of `past` that is on the matter of `line`, though on another storyline.

    What lies near in words, or did once, goes before what shares a young name or a link, and that before talk
    of one thing in the same words. Names, links and talk count from `since` on, in what was told since.
    """
    known = await signals.same_as(connection, line.id)
    near = next((story for story in past if story.id == known), None)
    near = near or await _near(connection, index, line, past)
    if near is not None:
        return Match(near)
    past = [story for story in past if story.created_at >= since]
    others = [story for story in past if story.storyline_id != line.id]
    openers = await regroup.openers(connection, {line.id, *(story.storyline_id for story in others)}, since)
    return await _namesake(connection, line, others, openers) or await _alike(
        connection, index.weights, line, others, since, now
    )


async def _near(
    connection: AsyncConnection, index: StorylineIndex, line: Storyline, past: Sequence[Head]
) -> Head | None:
    """Return the newest story near in words, however long ago it was told.

    To a storyline that is closed, talk has to be as near as it had to when that closed.
    """
    if line.id not in index:
        return None
    gone = {story.storyline_id for story in past if story.storyline_id not in index}
    closed = StorylineIndex(index.weights, index.near)
    for kept in await storylines.kept(connection, gone):
        if kept.centroid:
            closed.load(kept.id, kept.centroid, kept.last_at, kept.size)
    return await asyncio.to_thread(_nearest, index, closed, line, past)


def _nearest(
    index: StorylineIndex, closed: StorylineIndex, line: Storyline, past: Sequence[Head]
) -> Head | None:
    centre = index.unit(line.id)
    for story in past:
        lies, left = (index, 1.0) if story.storyline_id in index else (closed, LEFT_AT_CLOSING)
        if story.storyline_id in lies:
            nearness = float(lies.unit(story.storyline_id) @ centre) * left
            if nearness >= twins.bar(line.label, story.label, index.near):
                return story
    return None


async def _namesake(
    connection: AsyncConnection,
    line: Storyline,
    past: Sequence[Head],
    openers: Mapping[str, Sequence[Record]],
) -> Match | None:
    mine = openers.get(line.id, [])
    for story in past:
        if both := await _young(connection, mine, openers.get(story.storyline_id, [])):
            return Match(story, both)
    return None


async def _young(
    connection: AsyncConnection, mine: Sequence[Record], theirs: Sequence[Record]
) -> tuple[str, ...]:
    """Return the names and links that both share and that were hardly heard of before either began."""
    names = shared(names_in(mine), names_in(theirs))
    links = _pages(mine) & _pages(theirs)
    if not names and not links:
        return ()
    first = min(record.created_at for record in (*mine, *theirs))
    known = await regroup.linked_before(connection, links, first)
    young = [name for name in sorted(names) if await _is_young(connection, name, first)]
    return (*young, *sorted(links - known))


async def _is_young(connection: AsyncConnection, name: str, first: datetime) -> bool:
    held = await regroup.mentions(connection, name, first - HISTORY, first)
    said_by = await asyncio.to_thread(lambda: {author for author, words in held if name in terms(words)})
    return is_young(len(said_by), await regroup.people(connection, first - HISTORY, first))


async def _alike(
    connection: AsyncConnection,
    weights: Weights,
    line: Storyline,
    past: Sequence[Head],
    since: datetime,
    now: datetime,
) -> Match | None:
    """Return the newest story that goes by one name with `line` and whose talk is like its talk.

    What was passed for the matter of a story is the story's talk as well.
    """
    passed = await signals.passed_for(connection, [story.id for story in past])
    parts = [
        (story, called)
        for story in past
        for called in ((story.storyline_id, story.label), *passed.get(story.id, ()))
        if called[0] != line.id and twins.names(called[1]) & twins.names(line.label)
    ]
    if not parts:
        return None
    openers = await regroup.openers(connection, {line.id, *(line_id for _, (line_id, _) in parts)}, since)
    mine = await storylines.said_in(connection, line.id, since, now)
    for story, (line_id, label) in parts:
        both = twins.names(line.label) & twins.names(label)
        titles = names_in(openers.get(line.id, [])).alluded | names_in(openers.get(line_id, [])).alluded
        subject = tuple(name for name in sorted(both) if not titles.isdisjoint(split(name)))
        if not subject:
            continue
        theirs = await storylines.said_in(connection, line_id, since, now)
        name = {word for called in both for word in split(called)}
        if await asyncio.to_thread(talk.likeness, mine, theirs, weights, name) >= talk.ALIKE:
            return Match(story, subject)
    return None


def _pages(openers: Sequence[Record]) -> frozenset[str]:
    """Return the pages that openers link to, if those are not many."""
    few = (opener.links for opener in openers if len(opener.links) <= _MOST_LINKS)
    return frozenset(filter(is_page, (canonical(link) for links in few for link in links)))
