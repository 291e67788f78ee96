"""Matter: whether what a storyline is about was told before, on another storyline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.detect import twins
from bot.detect.naming import is_young, names_in, shared
from bot.detect.signals import HISTORY
from bot.detect.vectors import Weights, unpack
from bot.domain.links import canonical, is_page
from bot.store import regroup, signals, storylines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.storylines import StorylineIndex
    from bot.domain.record import Record
    from bot.domain.signal import Storyline
    from bot.store.stories import Head


# Who links to more pages than this gives a list of matters.
_MOST_LINKS = 5


@dataclass(frozen=True, slots=True)
class Match:
    """A story on the matter; `names` are the young names and links that make it so, none if the words do."""

    story: Head
    names: tuple[str, ...] = ()


async def told(
    connection: AsyncConnection,
    index: StorylineIndex,
    line: Storyline,
    past: Sequence[Head],
    since: datetime,
) -> Match | None:
    """Return the newest story of `past` that is on the matter of `line`, though on another storyline.

    What lies near in words, or did once, goes before what shares a name or a link. Openers from before
    `since` do not count.
    """
    known = await signals.same_as(connection, line.id)
    near = next((story for story in past if story.id == known), None) or _near(index, line, past)
    return Match(near) if near is not None else await _namesake(connection, line, past, since)


def _near(index: StorylineIndex, line: Storyline, past: Sequence[Head]) -> Head | None:
    if line.id not in index:
        return None
    centre = index.unit(line.id)
    for story in past:
        if story.storyline_id in index:
            nearness = float(index.unit(story.storyline_id) @ centre)
            if nearness >= twins.bar(line.label, story.label, index.near):
                return story
    return None


async def _namesake(
    connection: AsyncConnection, line: Storyline, past: Sequence[Head], since: datetime
) -> Match | None:
    ids = {line.id, *(story.storyline_id for story in past)}
    openers = await regroup.openers(connection, ids, since)
    mine = openers.get(line.id, [])
    for story in past:
        theirs = openers.get(story.storyline_id, [])
        if story.storyline_id != line.id and (both := await _young(connection, mine, theirs)):
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
    packed = await storylines.vectors(connection, first - HISTORY, first) if names else []
    before = await asyncio.to_thread(lambda: Weights([unpack(vector).counts for vector in packed]))
    return (*sorted(name for name in names if is_young(name, before)), *sorted(links - known))


def _pages(openers: Sequence[Record]) -> frozenset[str]:
    """Return the pages that openers link to, if those are not many."""
    few = (opener.links for opener in openers if len(opener.links) <= _MOST_LINKS)
    return frozenset(filter(is_page, (canonical(link) for links in few for link in links)))
