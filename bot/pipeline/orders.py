"""Orders: what a channel has to know to plan a publication, gathered from the store, with its picture."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import PublishError
from bot.domain.publication import PublicationKind, PublicationState, since_removal
from bot.domain.story import StoryState
from bot.publish.port import Order
from bot.store import cards, publications, records, signals, stories

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.card import Card
    from bot.domain.publication import Publication
    from bot.domain.signal import Signal
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

_SHOWN = frozenset({PublicationKind.STORY, PublicationKind.CORRECTION})

log = structlog.get_logger(__name__)


async def write(newsroom: Newsroom, publication: Publication) -> Order | None:
    """Return what is to be planned; None while something that goes before it on its channel is under way.

    Raises PublishError, as a conflict, for a correction or retraction of what never came to stand there.
    """
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, publication.story_id, version=publication.version)
        mine = [
            item
            for item in await publications.of_story(connection, story.id)
            if item.channel == publication.channel and item.place < publication.place
        ]
        if not all(item.settled for item in mine):
            return None
        order = await _order(connection, publication, story, since_removal(mine))
        signal = await signals.get(connection, story.signal_id)
    if publication.kind in _SHOWN and signal is not None:
        return replace(order, card=await _card(newsroom, publication, story, signal))
    return order


async def _order(
    connection: AsyncConnection, publication: Publication, story: Story, mine: list[Publication]
) -> Order:
    standing = [item for item in mine if item.state is PublicationState.SENT]
    kind = publication.kind
    needs_one = kind in {PublicationKind.CORRECTION, PublicationKind.RETRACTION}
    if needs_one and not any(item.kind is PublicationKind.STORY for item in standing):
        told = ", ".join(item.id for item in mine if item.kind is PublicationKind.STORY) or "the story"
        msg = (
            f"there is nothing on {publication.channel} to which {publication.id} could be added; see {told}"
        )
        raise PublishError(msg, conflict=True)
    cited = {item.record_id for item in story.draft.citations()}
    return Order(
        kind=kind,
        story=story,
        records=await records.get(connection, cited),
        said=await _said(connection, story, kind),
        before=tuple(mine),
        lost=await _lost(connection, standing),
        earlier=await _earlier(connection, story, publication.channel),
    )


async def _said(connection: AsyncConnection, story: Story, kind: PublicationKind) -> str:
    if kind is PublicationKind.CORRECTION:
        return await stories.change(connection, story.id, story.version)
    return story.reason or ""


async def _lost(connection: AsyncConnection, standing: list[Publication]) -> frozenset[str]:
    """Return the claims of the versions that stand there whose words were taken back since."""
    found: set[str] = set()
    for item in standing:
        if item.kind is PublicationKind.STORY:
            told = await stories.get(connection, item.story_id, version=item.version)
            found |= {claim.id for claim in told.draft.claims() if not claim.text}
    return frozenset(found)


async def _earlier(connection: AsyncConnection, story: Story, channel: str) -> Publication | None:
    """Return where the story that this one updates stands on the channel, if it still does."""
    if story.updates is None:
        return None
    told = await stories.get(connection, story.updates)
    if told.state is StoryState.RETRACTED:
        return None
    there = since_removal(await publications.of_story(connection, told.id))
    sent = (item for item in there if item.channel == channel and item.state is PublicationState.SENT)
    return next((item for item in sent if item.kind is PublicationKind.STORY), None)


async def _card(newsroom: Newsroom, publication: Publication, story: Story, signal: Signal) -> Card | None:
    """Return the picture of a story version, made now if there is none yet; a story goes out without, too."""
    async with newsroom.store.read() as connection:
        kept = await cards.get(connection, story.id, story.version)
    if kept is not None or newsroom.press is None:
        return kept
    try:
        made = await asyncio.to_thread(newsroom.press, story, signal)
    except Exception:
        log.exception("no card", action="post", status="error", story=story.id)
        return None
    async with newsroom.store.write() as connection:
        # Words that were taken back while the picture was made may not be kept in it.
        if await publications.state(connection, publication.id) is not PublicationState.OWED:
            return None
        return await cards.keep(connection, story.id, story.version, made)
