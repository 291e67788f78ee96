"""Mend: a story that lost evidence is checked again without it, and corrected, retold or retracted.

A record that was taken back has already taken the words of its claims with it (`bot.store.records.erase`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.detect.signals import FEWEST_AUTHORS
from bot.domain.errors import WriterError
from bot.domain.story import INJECTED, StoryState
from bot.pipeline import amend, desk, tell
from bot.store import counted, publications, records, signals, stories, storylines
from bot.write.checks import check, standing, without

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.brief import Counted
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_CHANGE = "A post this story rested on was taken back or rewritten; what rested on it is gone."
_RETOLD = "A post this story rested on was taken back or rewritten; the story was written again without it."
_EARLIER = (
    "A post that an earlier version of this story rested on was taken back or rewritten; its words are gone."
)
_LOST = "posts this story rested on were taken back, and it does not stand without them"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Mended:
    """A story as it is to stand, what changed, and what was `read` and `counted` to write it again."""

    story: Story
    change: str
    read: tuple[Record, ...] = ()
    counted: tuple[Counted, ...] = ()


async def run(newsroom: Newsroom) -> dict[str, StoryState]:
    """Mend every story of which words were taken back; return the state each ended in."""
    await newsroom.memory.recall(newsroom.store, newsroom.clock.now())
    async with newsroom.store.read() as connection:
        wounded = await stories.wounded(connection)
    return {story_id: await mend(newsroom, story_id) for story_id in wounded}


async def mend(newsroom: Newsroom, story_id: str) -> StoryState:
    """Mend one story and return the state it ended in."""
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, story_id)
        cited = {item.record_id for item in story.draft.citations()}
        left = await records.get(connection, cited)
        known = await desk.known(connection, story)
    if story.state is StoryState.RETRACTED or all(claim.text for claim in story.draft.claims()):
        mended: _Mended | None = _Mended(story, _EARLIER)
    else:
        mended = _without(newsroom, story, cited - left.keys(), known) or await _again(newsroom, story)
    now = newsroom.clock.now()
    async with newsroom.store.write() as connection:
        at_desk = await stories.get(connection, story_id)
        overtaken = at_desk != story
        if mended is not None and not overtaken:
            overtaken = not await records.stand(connection, mended.read, mended.story.draft.citations())
        if overtaken:
            # A person was quicker, or an author; if what they left still lacks words, the next look finds it.
            return at_desk.state
        if mended is None:
            ending = await _fall(connection, story, now)
        else:
            ending = await _go_on(connection, story, mended, now)
        await publications.mended(connection, story_id)
    log.info("mended", action="mend", status="ok", story=story_id, state=ending.value)
    return ending


async def _fall(connection: AsyncConnection, story: Story, now: datetime) -> StoryState:
    """End a story that does not stand any more; return how."""
    ending = StoryState.RETRACTED if story.state.public else StoryState.KILLED
    known = await publications.of_story(connection, story.id)
    await stories.set_state(connection, story.id, ending, at=now, reason=_LOST)
    await publications.stop(connection, story.id)
    await amend.owe(connection, story.id, story.version, amend.retractions(known, remove=False), at=now)
    return ending


async def _go_on(connection: AsyncConnection, story: Story, mended: _Mended, now: datetime) -> StoryState:
    """Have the mended version take the story's place, and what stands of it elsewhere amended."""
    revised = replace(mended.story, version=story.version + 1, updated_at=now)
    await stories.revise(connection, revised, change=mended.change)
    if mended.counted:
        await counted.keep(connection, story.id, mended.counted)
    known = await publications.of_story(connection, story.id)
    await amend.owe(connection, story.id, story.version, amend.remnants(known), at=now)
    if not story.state.public:
        return story.state
    if story.state is StoryState.RETRACTED:
        await amend.owe(connection, story.id, revised.version, amend.retractions_again(known), at=now)
        return story.state
    await stories.set_state(connection, story.id, StoryState.CORRECTED, at=now, reason=mended.change)
    await amend.owe(connection, story.id, revised.version, amend.corrections(known), at=now)
    return StoryState.CORRECTED


def _without(newsroom: Newsroom, story: Story, gone: set[str], known: Mapping[str, Record]) -> _Mended | None:
    """Return the story without what is `gone` and the claims that fell with it, if it still stands."""
    left = standing(without(story.draft, gone), known, story.numbers)
    if left is None:
        return None
    draft = left[0]
    report = check(draft, known, story.numbers)
    if report.failed or report.fidelity < newsroom.settings.fidelity_floor:
        return None
    if story.state is StoryState.HELD:
        # What a person has to judge does not get better because a post is gone.
        report = replace(report, fidelity=min(report.fidelity, story.report.fidelity))
    return _Mended(replace(story, draft=draft, report=report), _CHANGE)


async def _again(newsroom: Newsroom, story: Story) -> _Mended | None:
    """Return the story written anew from the evidence that is left, if that gives one."""
    async with newsroom.store.read() as connection:
        signal = await signals.get(connection, story.signal_id)
        if signal is None:
            return None
        left = await storylines.said_in(connection, story.storyline_id, signal.window_start, story.created_at)
    if len({record.author_key for record in left}) < FEWEST_AUTHORS:
        return None
    try:
        brief = await tell.brief(newsroom, signal, updates=story.updates, until=story.created_at)
        draft = await tell.written(newsroom, brief)
    except WriterError:
        return None
    given = {item.record.id: item.record for item in brief.records}
    if any(row.name == INJECTED for row in check(draft, given, brief.numbers).failed):
        return None
    fresh = standing(draft, given, brief.numbers)
    if fresh is None or fresh[1].failed or fresh[1].fidelity < newsroom.settings.fidelity_floor:
        return None
    retold = replace(story, draft=fresh[0], report=fresh[1], numbers=brief.numbers, gaps=brief.gaps)
    return _Mended(retold, _RETOLD, tuple(given.values()), brief.counted)
