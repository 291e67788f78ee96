"""Audit: every hour, conversations that were put together or apart one at a time are looked at all at once.

It runs inside the hour's watch, in its transaction, and depends on nothing but the store and the clock.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import structlog

from bot.detect.audit import MOST, Opener, repaired
from bot.detect.storylines import LIVE
from bot.detect.vectors import unpack
from bot.store import regroup, storylines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.storylines import StorylineIndex

log = structlog.get_logger(__name__)


async def run(index: StorylineIndex, connection: AsyncConnection, now: datetime) -> set[str]:
    """Repair the storylines of the live window, in `index` and in the store; return those that gained."""
    openings = await regroup.openings(connection, now - LIVE, now, MOST)
    found = await asyncio.to_thread(_repaired, index, openings, now)
    moved = {
        opening: line for opening, line in zip(openings, found, strict=True) if line != opening.storyline_id
    }
    if not moved:
        return set()
    await regroup.move(connection, {opening.thread: line for opening, line in moved.items()})
    await _settle(index, connection, moved)
    log.info("audited", action="audit", status="ok", conversations=len(openings), moved=len(moved))
    return set(moved.values())


def _repaired(index: StorylineIndex, openings: Sequence[regroup.Opening], now: datetime) -> Sequence[str]:
    openers = [Opener(one.record_id, one.storyline_id, unpack(one.vector)) for one in openings]
    return repaired(openers, index.weights, index.near, now)


async def _settle(
    index: StorylineIndex, connection: AsyncConnection, moved: Mapping[regroup.Opening, str]
) -> None:
    """Bring the storylines that conversations left or joined to where they are now."""
    left = {opening.storyline_id for opening in moved}
    held = await regroup.contents(connection, left | set(moved.values()))
    for line, content in sorted(held.items()):
        index.centre_on(line, map(unpack, content.vectors), content.last_at, content.size)
        joined = [opening.record_id for opening, to in moved.items() if to == line]
        beat = await storylines.beat_of(connection, joined) or ""
        await regroup.keep(connection, line, beat, content, index.packed(line))
    await regroup.follow(connection, left)
    for line in sorted(left - held.keys()):
        heirs = Counter(to for opening, to in moved.items() if opening.storyline_id == line)
        await regroup.absorb(connection, stay=min(heirs, key=lambda to: (-heirs[to], to)), go=line)
        if line in index:
            index.drop(line)
