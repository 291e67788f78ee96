"""Post: every channel is owed an approved story; what is owed is planned, and sent until it is there.

Owing needs no network, so a channel that was never reached gets its stories once it is.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PublishError
from bot.domain.failpoints import point
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import StoryState
from bot.pipeline import gate, orders, sweep
from bot.store import cards, publications, stories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.publication import Publication
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
        if await sweep.ready(newsroom, story):
            await plan(newsroom, story)
    await freeze(newsroom)
    now = newsroom.clock.now()
    async with newsroom.store.read() as connection:
        due = await publications.due(connection, now)
    return [story_id for publication in due if (story_id := await send(newsroom, publication)) is not None]


async def plan(newsroom: Newsroom, story: Story) -> None:
    """Note in one transaction that every channel is owed a story, whether it can be reached or not."""
    point("plan.begin")
    async with newsroom.store.write() as connection:
        current = await stories.get(connection, story.id)
        if (current.version, current.state) == (story.version, StoryState.APPROVED):
            now = newsroom.clock.now()
            await publications.owe(connection, story.id, story.version, newsroom.channels, at=now)
        point("plan.owed")
    point("plan.end")


async def freeze(newsroom: Newsroom) -> None:
    """Have the channels plan what they owe, and freeze it; what cannot be planned now stays owed.

    While the gate is shut nothing is frozen, so that what goes out later bears the time at which it does.
    """
    async with newsroom.store.read() as connection:
        owed = await publications.owed(connection, newsroom.clock.now())
    for publication in owed:
        if await _may_go(newsroom, publication):
            await _freeze(newsroom, publication)


async def _freeze(newsroom: Newsroom, publication: Publication) -> None:
    channel = newsroom.channels.get(publication.channel)
    if channel is None:
        return
    point("freeze.begin")
    try:
        order = await orders.write(newsroom, publication)
        if order is None:
            return
        point("freeze.ordered")
        now = newsroom.clock.now()
        content = await channel.plan(order, now)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one channel, the others go on
        await _failed(newsroom, publication, error)
        return
    point("freeze.content")
    async with newsroom.store.write() as connection:
        await publications.freeze(connection, publication.id, content=content, at=now)
        point("freeze.frozen")
    point("freeze.end")


async def send(newsroom: Newsroom, publication: Publication) -> str | None:
    """Bring a publication to its channel; return the story's id if that made it public."""
    channel = newsroom.channels.get(publication.channel)
    if channel is None:
        return None
    now = newsroom.clock.now()
    if not await _begin(newsroom, publication, now):
        return None
    async with newsroom.store.read() as connection:
        card = await cards.get(connection, publication.story_id, publication.version)
    try:
        remote = await channel.send(replace(publication, card=card))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one channel, the others go on
        await _failed(newsroom, publication, error)
        return None
    return await _sent(newsroom, publication, remote, now)


async def _begin(newsroom: Newsroom, publication: Publication, now: datetime) -> bool:
    """Pass the gate just before sending, however it stood when the run began; tell whether it is open."""
    async with newsroom.store.write() as connection:
        waits = await _gate(connection, newsroom, publication)
        begun = waits is None and await publications.begin(connection, publication.id, now)
    point("begin.end")
    if waits is not None:
        _waits(publication, waits)
    return begun


async def _may_go(newsroom: Newsroom, publication: Publication) -> bool:
    async with newsroom.store.read() as connection:
        waits = await _gate(connection, newsroom, publication)
    if waits is not None:
        _waits(publication, waits)
    return waits is None


async def _gate(connection: AsyncConnection, newsroom: Newsroom, publication: Publication) -> str | None:
    if publication.kind is not PublicationKind.STORY:
        # What takes words back, or says that they were wrong, is never kept in.
        return None
    story = await stories.get(connection, publication.story_id)
    return await gate.shut_for(connection, newsroom, story.beat)


def _waits(publication: Publication, reason: str) -> None:
    log.warning("waits", action="post", status="skipped", publication=publication.id, reason=reason)


async def _failed(newsroom: Newsroom, publication: Publication, error: Exception) -> None:
    """Count a failed try; an error nobody foresaw is logged whole."""
    known = isinstance(error, PublishError)
    what = str(error) if known else f"unexpected {type(error).__name__}, see the log"
    wanted = error.retry_at if isinstance(error, PublishError) else None
    retry_at = wanted or newsroom.clock.now() + _backoff(publication.attempts)
    point("failed.begin")
    conflict = isinstance(error, PublishError) and error.conflict
    async with newsroom.store.write() as connection:
        if conflict:
            await publications.conflict(connection, publication.id, error=what)
        else:
            await publications.failed(connection, publication.id, error=what, retry_at=retry_at)
    log.log(
        logging.WARNING if known else logging.ERROR,
        "not planned" if publication.state is PublicationState.OWED else "not sent",
        action="post",
        status="error",
        publication=publication.id,
        error=what,
        retry_at=None if conflict else retry_at.isoformat(),
        exc_info=None if known else error,
    )


async def _sent(
    newsroom: Newsroom, publication: Publication, remote: Mapping[str, Any], now: datetime
) -> str | None:
    point("mark.begin")
    async with newsroom.store.write() as connection:
        await publications.sent(connection, publication.id, remote=remote, at=now)
        point("mark.sent")
        story = await stories.get(connection, publication.story_id)
        first = story.state is StoryState.APPROVED
        if first:
            await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=now)
        point("mark.public")
    point("mark.end")
    log.info("sent", action="post", status="ok", publication=publication.id)
    return story.id if first else None


def _backoff(attempts: int) -> timedelta:
    return min(_FIRST_RETRY * 2.0 ** min(attempts, 10), _LONGEST_RETRY)
