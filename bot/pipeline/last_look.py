"""A last look: an approved story is checked once more before it goes out, on its records as they stand then.

Quiet hours or a halt may lie between approval and planning.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import StoryState
from bot.pipeline import desk
from bot.store import publications, stories
from bot.write.checks import check

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.publication import Publication
    from bot.domain.story import Report
    from bot.pipeline.newsroom import Newsroom

log = structlog.get_logger(__name__)


async def stands(newsroom: Newsroom, publication: Publication) -> bool:
    """Tell whether a story may be planned for a channel; the first time, one that fails is held instead.

    Once it is planned anywhere it goes on: what is taken back then is mended.
    """
    if publication.kind is not PublicationKind.STORY:
        return True
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, publication.story_id)
        owed = await _only_owed(connection, story.id)
        known = await desk.known(connection, story)
    if story.state is not StoryState.APPROVED or not owed:
        return True
    report = await asyncio.to_thread(check, story.draft, known, story.numbers)
    broken = _failing(report) - _failing(story.report)
    if not broken:
        return True
    reason = f"it does not stand as approved: {', '.join(sorted({name for name, _ in broken}))}"
    async with newsroom.store.write() as connection:
        if await stories.get(connection, story.id) != story or not await _only_owed(connection, story.id):
            return False
        await publications.unowe(connection, story.id)
        await stories.set_state(connection, story.id, StoryState.HELD, at=newsroom.clock.now(), reason=reason)
    log.warning("held", action="post", status="skipped", story=story.id, reason=reason)
    return False


async def _only_owed(connection: AsyncConnection, story_id: str) -> bool:
    planned = await publications.of_story(connection, story_id)
    return all(item.state is PublicationState.OWED for item in planned)


def _failing(report: Report) -> set[tuple[str, str]]:
    return {(row.name, row.claim_id) for row in report.failed}
