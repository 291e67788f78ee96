"""Mend: a story that lost evidence is checked again without it, and corrected, retold or retracted.

A record that was taken back has already taken the words of its claims with it (`bot.store.records.erase`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.detect.signals import FEWEST_AUTHORS
from bot.domain.errors import WriterError
from bot.domain.story import StoryState
from bot.pipeline import post, tell
from bot.store import publications, records, signals, stories, storylines
from bot.write.checks import check, prune, standing, without

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_CHANGE = "A post this story rested on was taken back; what rested on it is gone."
_RETOLD = "A post this story rested on was taken back; the story was written again without it."
_LOST = "posts this story rested on were taken back, and it does not stand without them"

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> dict[str, StoryState]:
    """Mend every story with a claim that lost its words; return the state each ended in."""
    await newsroom.memory.recall(newsroom.store, newsroom.clock.now())
    async with newsroom.store.read() as connection:
        wounded = await stories.wounded(connection)
    return {story_id: await mend(newsroom, story_id) for story_id in wounded}


async def mend(newsroom: Newsroom, story_id: str) -> StoryState:
    """Mend one story and return the state it ended in."""
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, story_id)
        cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
        left = await records.get(connection, cited)
    mended = _without(newsroom, story, left) or await _again(newsroom, story)
    now = newsroom.clock.now()
    async with newsroom.store.write() as connection:
        at_desk = await stories.get(connection, story_id)
        if (at_desk.version, at_desk.state) != (story.version, story.state):
            # A person was quicker; if what they left still lacks words, the next look finds it.
            return at_desk.state
        waiting = await publications.withdrawn(connection, story_id, story.version)
        if mended is None:
            ending = StoryState.RETRACTED if story.state.public else StoryState.KILLED
            await stories.set_state(connection, story_id, ending, at=now, reason=_LOST)
        else:
            revised, change = mended
            revised = replace(revised, version=story.version + 1, updated_at=now)
            await stories.revise(connection, revised, change=change)
            ending = StoryState.CORRECTED if story.state.public else story.state
            if ending is not story.state or story.state.public:
                await stories.set_state(connection, story_id, ending, at=now, reason=change)
                await post.freeze(connection, newsroom, revised, waiting)
    log.info("mended", action="mend", status="ok", story=story_id, state=ending.value)
    return ending


def _without(newsroom: Newsroom, story: Story, left: Mapping[str, Record]) -> tuple[Story, str] | None:
    """Return the story without the claims that fell, if it still stands."""
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    lighter = without(story.draft, cited - left.keys())
    draft = prune(lighter, check(lighter, left, story.numbers))
    if draft is None:
        return None
    report = check(draft, left, story.numbers)
    if report.failed or report.fidelity < newsroom.settings.fidelity_floor:
        return None
    if story.state is StoryState.HELD:
        # What a person has to judge does not get better because a post is gone.
        report = replace(report, fidelity=min(report.fidelity, story.report.fidelity))
    return replace(story, draft=draft, report=report), _CHANGE


async def _again(newsroom: Newsroom, story: Story) -> tuple[Story, str] | None:
    """Return the story written anew from the evidence that is left, if that gives one."""
    async with newsroom.store.read() as connection:
        signal = await signals.get(connection, story.signal_id)
        if signal is None:
            return None
        left = await storylines.said_in(connection, story.storyline_id, signal.window_start, story.created_at)
    if len({record.author_key for record in left}) < FEWEST_AUTHORS:
        return None
    brief = await tell.brief(newsroom, signal, updates=story.updates, until=story.created_at)
    try:
        draft = await newsroom.writer.write(brief)
    except WriterError:
        return None
    given = {item.record.id: item.record for item in brief.records}
    fresh = standing(draft, given, brief.numbers)
    if fresh is None or fresh[1].fidelity < newsroom.settings.fidelity_floor:
        return None
    return replace(story, draft=fresh[0], report=fresh[1], numbers=brief.numbers), _RETOLD
