"""Post: approved stories are planned for every channel, and what is planned is sent until it is there."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PlaceLostError, PublishError
from bot.domain.failpoints import point
from bot.domain.publication import Publication, PublicationState
from bot.domain.story import StoryState
from bot.pipeline import gate
from bot.store import publications, records, stories, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
# How many places of a network are posted to at once.
_ABREAST = 8

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
        held_up = await publications.held_up(connection, now)
    abreast = asyncio.Semaphore(_ABREAST)
    told = await asyncio.gather(*(_in_order(newsroom, lane, abreast) for lane in _lanes(due, held_up)))
    return [story_id for one in told for story_id in one]


def _lanes(due: Iterable[Publication], held_up: Collection[str]) -> list[list[Publication]]:
    """Return what is sent one after the other: the newsroom's own channels, and each place that follows.

    A place that waits for another try of an earlier story waits with the later ones, too: there, stories come
    in order.
    """
    lanes: dict[str, list[Publication]] = defaultdict(list)
    for publication in due:
        if not (publication.followed and publication.channel in held_up):
            lanes[publication.channel if publication.followed else ""].append(publication)
    return list(lanes.values())


async def _in_order(newsroom: Newsroom, lane: Iterable[Publication], abreast: asyncio.Semaphore) -> list[str]:
    told: list[str] = []
    async with abreast:
        for publication in lane:
            story_id, over = await send(newsroom, publication)
            told += [story_id] if story_id is not None else []
            if publication.followed and not over:
                break
    return told


async def plan(newsroom: Newsroom, story: Story) -> None:
    """Freeze a story's content for every channel, all channels in one transaction.

    While the gate is shut nothing is frozen, so that what goes out later bears the time at which it does.
    """
    point("plan.begin")
    async with newsroom.store.write() as connection:
        if (waits := await gate.shut_for(connection, newsroom, story.beat)) is not None:
            log.warning("waits", action="post", status="skipped", story=story.id, reason=waits)
            return
        current = await stories.get(connection, story.id)
        if (current.version, current.state) == (story.version, StoryState.APPROVED):
            names = [*newsroom.channels, *await _places(connection, newsroom, story)]
            await freeze(connection, newsroom, story, names)
        point("plan.frozen")
    point("plan.end")


async def _places(connection: AsyncConnection, newsroom: Newsroom, story: Story) -> list[str]:
    """Return the places that follow the story's beat."""
    return [
        f"{network}:{place}"
        for network in newsroom.followed
        for place in await subscriptions.following(connection, network, story.beat)
    ]


async def freeze(connection: AsyncConnection, newsroom: Newsroom, story: Story, names: Iterable[str]) -> None:
    """Freeze a story's content for those of the named channels that the newsroom has."""
    now = newsroom.clock.now()
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    known = await records.get(connection, cited)
    for name in names:
        if (channel := newsroom.channel(name)) is None:
            continue
        point("freeze.begin")
        try:
            content = channel.plan(story, known, now)
        except PublishError as error:
            what = {"story": story.id, "channel": name, "error": str(error)}
            log.error("not planned", action="post", status="error", **what)  # noqa: TRY400 - it was foreseen
            continue
        point("freeze.content")
        await publications.plan(
            connection,
            Publication(
                id=f"{story.id}@{story.version}/{name}",
                story_id=story.id,
                version=story.version,
                channel=name,
                state=PublicationState.PLANNED,
                content=content,
                planned_at=now,
            ),
        )
        point("freeze.end")


async def send(newsroom: Newsroom, publication: Publication) -> tuple[str | None, bool]:
    """Bring a publication to its channel.

    Return the story's id if that made it public, and whether it is over: there, or never to be tried again.
    """
    channel = newsroom.channel(publication.channel)
    if channel is None:
        return None, False
    now = newsroom.clock.now()
    if not await _begin(newsroom, publication, now):
        return None, False
    try:
        remote = await channel.send(publication)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one channel, the others go on
        await _failed(newsroom, publication, error)
        return None, isinstance(error, PublishError) and error.conflict
    return await _sent(newsroom, publication, remote, now), True


async def _begin(newsroom: Newsroom, publication: Publication, now: datetime) -> bool:
    """Pass the gate just before sending, however it stood when the run began; tell whether it is open."""
    async with newsroom.store.write() as connection:
        story = await stories.get(connection, publication.story_id)
        waits = await gate.shut_for(connection, newsroom, story.beat)
        begun = waits is None and await publications.begin(connection, publication.id, now)
    point("begin.end")
    if waits is not None:
        log.warning("waits", action="post", status="skipped", publication=publication.id, reason=waits)
    return begun


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
            if isinstance(error, PlaceLostError):
                network, _, place = publication.channel.partition(":")
                await subscriptions.lose(connection, network, place, what)
        else:
            await publications.failed(connection, publication.id, error=what, retry_at=retry_at)
    log.log(
        logging.WARNING if known else logging.ERROR,
        "not sent",
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
