"""Post: approved stories are planned for every channel, and what is planned is sent until it is there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PublishError
from bot.domain.publication import Publication, PublicationState
from bot.domain.story import StoryState
from bot.store import publications, records, stories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> list[str]:
    """Return the ids of the stories that became public."""
    async with newsroom.store.read() as connection:
        approved = await stories.in_state(connection, StoryState.APPROVED)
    for story in approved:
        await plan(newsroom, story)
    now = newsroom.clock.now()
    async with newsroom.store.read() as connection:
        due = await publications.due(connection, now)
    return [story_id for publication in due if (story_id := await send(newsroom, publication)) is not None]


async def plan(newsroom: Newsroom, story: Story) -> None:
    """Freeze a story's content for every channel, all channels in one transaction."""
    now = newsroom.clock.now()
    async with newsroom.store.write() as connection:
        cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
        known = await records.get(connection, cited)
        for channel in newsroom.channels.values():
            await publications.plan(
                connection,
                Publication(
                    id=f"{story.id}@{story.version}/{channel.name}",
                    story_id=story.id,
                    version=story.version,
                    channel=channel.name,
                    state=PublicationState.PLANNED,
                    content=channel.plan(story, known, now),
                    planned_at=now,
                ),
            )


async def send(newsroom: Newsroom, publication: Publication) -> str | None:
    """Bring a publication to its channel; return the story's id if that made it public."""
    channel = newsroom.channels.get(publication.channel)
    if channel is None:
        return None
    now = newsroom.clock.now()
    try:
        remote = await channel.send(publication)
    except PublishError as error:
        retry_at = error.retry_at or now + _backoff(publication.attempts)
        async with newsroom.store.write() as connection:
            await publications.failed(connection, publication.id, error=str(error), retry_at=retry_at)
        log.warning(
            "not sent", action="post", status="error", publication=publication.id, retry_at=str(retry_at)
        )
        return None
    return await _sent(newsroom, publication, remote, now)


async def _sent(
    newsroom: Newsroom, publication: Publication, remote: Mapping[str, Any], now: datetime
) -> str | None:
    async with newsroom.store.write() as connection:
        await publications.sent(connection, publication.id, remote=remote, at=now)
        story = await stories.get(connection, publication.story_id)
        first = story.state is StoryState.APPROVED
        if first:
            await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=now)
    log.info("sent", action="post", status="ok", publication=publication.id)
    return story.id if first else None


def _backoff(attempts: int) -> timedelta:
    return min(_FIRST_RETRY * 2**attempts, _LONGEST_RETRY)
