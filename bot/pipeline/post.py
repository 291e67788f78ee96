"""Post: every channel is owed an approved story; what is owed is planned, and sent until it is there.

Owing needs no network, so a channel that was never reached gets its stories once it is. Each place that
follows a story's beat is a channel of its own, on which stories come in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.errors import PlaceLostError, PublishError
from bot.domain.failpoints import point
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import StoryState
from bot.pipeline import amend, gate, last_look, orders, sweep
from bot.store import cards, decisions, publications, stories, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=6)
# How often a sending that takes long looks whether publishing was halted.
_LOOK_SECONDS = 0.25
# How many places of a network are posted to at once.
_ABREAST = 8

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
        held_up = await publications.held_up(connection, now)
    abreast = asyncio.Semaphore(_ABREAST)
    told = await asyncio.gather(*(_in_order(newsroom, lane, abreast) for lane in _lanes(due, held_up)))
    return [story_id for one in told for story_id in one]


def _lanes(due: Iterable[Publication], held_up: Collection[str]) -> list[list[Publication]]:
    """Return what is sent one after the other: the newsroom's own channels, and each place that follows.

    A place that waits for another try of an earlier story waits with the later ones, too: there, stories come
    in order. What takes words back, or says that they were wrong, does not wait behind stories.
    """
    lanes: dict[tuple[str, bool], list[Publication]] = defaultdict(list)
    for publication in due:
        in_order = _in_turn(publication)
        if not (in_order and publication.channel in held_up):
            lanes[publication.channel if publication.followed else "", in_order].append(publication)
    return list(lanes.values())


def _in_turn(publication: Publication) -> bool:
    """Tell whether a publication waits for those before it: a story does, in a place that follows."""
    return publication.followed and publication.kind is PublicationKind.STORY


async def _in_order(newsroom: Newsroom, lane: Iterable[Publication], abreast: asyncio.Semaphore) -> list[str]:
    told: list[str] = []
    async with abreast:
        for publication in lane:
            story_id, over = await send(newsroom, publication)
            told += [story_id] if story_id is not None else []
            if _in_turn(publication) and not over:
                break
    return told


async def plan(newsroom: Newsroom, story: Story) -> None:
    """Note in one transaction that every channel, and every place that follows its beat, is owed a story."""
    point("plan.begin")
    async with newsroom.store.write() as connection:
        current = await stories.get(connection, story.id)
        if (current.version, current.state) == (story.version, StoryState.APPROVED):
            now = newsroom.clock.now()
            names = [*newsroom.channels, *await _places(connection, newsroom, story)]
            await publications.owe(connection, story.id, story.version, names, at=now)
        point("plan.owed")
    point("plan.end")


async def _places(connection: AsyncConnection, newsroom: Newsroom, story: Story) -> list[str]:
    """Return the places that follow the story's beat."""
    return [
        f"{network}:{place}"
        for network in newsroom.followed
        for place in await subscriptions.following(connection, network, story.beat)
    ]


async def freeze(newsroom: Newsroom) -> None:
    """Have the channels plan what they owe, and freeze it; what cannot be planned now stays owed.

    While the gate is shut nothing is frozen, so that what goes out later bears the time at which it does.
    """
    async with newsroom.store.read() as connection:
        owed = await publications.owed(connection, newsroom.clock.now())
    for publication in owed:
        if await _may_go(newsroom, publication) and await last_look.stands(newsroom, publication):
            await _freeze(newsroom, publication)


async def _freeze(newsroom: Newsroom, publication: Publication) -> None:
    channel = newsroom.channel(publication.channel)
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
    async with newsroom.store.read() as connection:
        card = await cards.get(connection, publication.story_id, publication.version)
    try:
        remote = await _unless_halted(newsroom, publication, channel.send(replace(publication, card=card)))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one channel, the others go on
        await _failed(newsroom, publication, error)
        return None, isinstance(error, PublishError) and error.conflict
    return await _sent(newsroom, publication, remote, now), True


async def _unless_halted(
    newsroom: Newsroom, publication: Publication, sending: Coroutine[Any, Any, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return what `sending` comes to; a halt breaks it off, as safely as if the process died then.

    Only a story on its way to a place that follows is broken off: it comes there piece by piece, and a limit
    between two pieces may last a minute. What is one request is there before it could be, and what takes
    words back is never kept in. Raises PublishError if publishing was halted.
    """
    if not _in_turn(publication):
        return await sending
    task = asyncio.ensure_future(sending)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
            if await _halted(newsroom):
                msg = "publishing was halted while this was being sent; the rest goes out after the resume"
                # It is the gate that keeps it in, so that it goes out as soon as that opens.
                raise PublishError(msg, reason="halted", retry_at=newsroom.clock.now())
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _halted(newsroom: Newsroom) -> bool:
    async with newsroom.store.read() as connection:
        return await decisions.halted(connection) is not None


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
    beat = await stories.beat_of(connection, publication.story_id)
    return await gate.shut_for(connection, newsroom, beat)


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
            if isinstance(error, PlaceLostError):
                network, _, place = publication.channel.partition(":")
                await subscriptions.lose(connection, network, place, what)
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
        first = story.state is StoryState.APPROVED and publication.kind is PublicationKind.STORY
        if first:
            await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=now)
        if first and story.version != publication.version:
            # It lost words while this was on its way.
            known = await publications.of_story(connection, story.id)
            await amend.owe(connection, story.id, story.version, amend.corrections(known), at=now)
        point("mark.public")
    point("mark.end")
    log.info("sent", action="post", status="ok", publication=publication.id)
    return story.id if first else None


def _backoff(attempts: int) -> timedelta:
    return min(_FIRST_RETRY * 2.0 ** min(attempts, 10), _LONGEST_RETRY)
