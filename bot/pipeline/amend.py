"""Amend: a correction or a retraction reaches every surface on which the story stands.

What becomes of the story and what every channel owes its readers for that are noted in one transaction; the
channels are reached by `post`, now or once they can be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import InputError
from bot.domain.publication import PublicationKind, PublicationState, since_removal
from bot.domain.story import StoryState, move
from bot.domain.text import clean, graphemes, squeeze
from bot.store import publications, stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.publication import Publication
    from bot.store.engine import Store

LONGEST = 180
"""Graphemes of a note or reason: what fits into one post beside what belongs there."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Amendment:
    """What became, or would become, of a story: its state, and what goes to which channel.

    `changed` is false if the story was amended so before.
    """

    story_id: str
    state: StoryState
    said: str
    steps: tuple[tuple[str, PublicationKind], ...]
    changed: bool


async def correct(store: Store, story_id: str, note: str, *, at: datetime, dry_run: bool) -> Amendment:
    """Put `note` on a public story, everywhere it stands; the same note a second time changes nothing.

    With `dry_run` nothing is written. Raises NotFoundError, TransitionError, or InputError for the note.
    """
    said = _sentence(note)
    async with store.write() as connection:
        story = await stories.get(connection, story_id)
        move(story_id, story.state, StoryState.CORRECTED)
        known = await publications.of_story(connection, story_id)
        if story.reason == said and await stories.change(connection, story_id, story.version) == said:
            return Amendment(story_id, story.state, said, (), changed=False)
        steps = tuple(corrections(known))
        if not dry_run:
            revised = replace(story, version=story.version + 1, updated_at=at)
            await stories.revise(connection, revised, change=said)
            await stories.set_state(connection, story_id, StoryState.CORRECTED, at=at, reason=said)
            await owe(connection, story_id, revised.version, steps, at=at)
    _log(story_id, "corrected", dry_run=dry_run)
    return Amendment(story_id, StoryState.CORRECTED, said, steps, changed=True)


async def retract(
    store: Store, story_id: str, reason: str, *, remove: bool, at: datetime, dry_run: bool
) -> Amendment:
    """Retract a public story everywhere; `remove` takes its threads away instead of replying there.

    Repeating it changes nothing, but may still remove. With `dry_run` nothing is written.
    Raises as `correct`.
    """
    said = _sentence(reason)
    async with store.write() as connection:
        story = await stories.get(connection, story_id)
        before = story.state is StoryState.RETRACTED
        if not before:
            move(story_id, story.state, StoryState.RETRACTED)
        known = await publications.of_story(connection, story_id)
        steps = tuple(retractions(known, remove=remove))
        if not dry_run:
            if not before:
                await stories.set_state(connection, story_id, StoryState.RETRACTED, at=at, reason=said)
            if not before or steps:
                await publications.stop(connection, story_id)
            await owe(connection, story_id, story.version, steps, at=at)
    _log(story_id, "retracted", dry_run=dry_run)
    said = story.reason or said if before else said
    return Amendment(story_id, StoryState.RETRACTED, said, steps, changed=bool(steps) or not before)


def corrections(known: Sequence[Publication]) -> list[tuple[str, PublicationKind]]:
    """Return what each channel gets when a story has a new version.

    That is the correction, or the story itself where the version before was withdrawn unsent. A place that
    follows a beat and was lost before the story came there gets nothing.
    """
    return [
        (channel, PublicationKind.CORRECTION if _may_stand(mine) else PublicationKind.STORY)
        for channel, mine in _told(known)
        if not (mine and mine[-1].followed and mine[-1].state is PublicationState.CONFLICT)
    ]


def remnants(known: Sequence[Publication]) -> list[tuple[str, PublicationKind]]:
    """Return which channels lose what may stand there, whole or in part, of a version that was withdrawn.

    Its next version may be kept in for long, by a halt or through the night; the words may not wait for it.
    """
    return [
        (channel, PublicationKind.REMOVAL)
        for channel, mine in _told(known)
        if any(it.state is PublicationState.WITHDRAWN and it.begun_at and it.content for it in mine)
    ]


def retractions(known: Sequence[Publication], *, remove: bool) -> list[tuple[str, PublicationKind]]:
    """Return what each channel gets when a story is retracted, less what it was to get already.

    Where nobody was told that the story stands it may stand nevertheless, its answer lost: that is removed.
    """
    told = {item.channel for item in since_removal(known) if item.kind is PublicationKind.RETRACTION}
    steps = []
    for channel, mine in _told(known):
        sent = any(item.state is PublicationState.SENT for item in mine)
        if sent and not remove:
            steps += [] if channel in told else [(channel, PublicationKind.RETRACTION)]
        elif sent or any(item.content for item in mine):
            steps.append((channel, PublicationKind.REMOVAL))
    return steps


def retractions_again(known: Sequence[Publication]) -> list[tuple[str, PublicationKind]]:
    """Return what each channel gets when words of a retracted story are taken back that may stand there."""
    return [
        (channel, PublicationKind.RETRACTION)
        for channel, mine in _told(known)
        if any(item.state is PublicationState.SENT for item in mine)
    ]


async def owe(
    connection: AsyncConnection,
    story_id: str,
    version: int,
    steps: Iterable[tuple[str, PublicationKind]],
    *,
    at: datetime,
) -> None:
    """Note what each channel is to get."""
    for channel, kind in steps:
        await publications.owe(connection, story_id, version, [channel], kind, at=at)


def _told(known: Sequence[Publication]) -> list[tuple[str, list[Publication]]]:
    """Return every channel with the stories' own publications there since the last removal, oldest first.

    A removal that failed for good is a person's to end, so it is not decided on again.
    """
    left, told = since_removal(known), []
    for channel in sorted({item.channel for item in known}):
        mine = [item for item in left if item.channel == channel]
        ended = mine and mine[-1].kind is PublicationKind.REMOVAL
        told.append((channel, [] if ended else [it for it in mine if it.kind is PublicationKind.STORY]))
    return told


def _may_stand(mine: Iterable[Publication]) -> bool:
    return any(item.state is not PublicationState.WITHDRAWN for item in mine)


def _sentence(text: str) -> str:
    said = squeeze(clean(text))
    if not said:
        msg = "say in a sentence what readers are to know: it stands on the page and in the thread"
        raise InputError(msg)
    if graphemes(said) > LONGEST:
        msg = f"{graphemes(said)} characters are too many: a post has room for {LONGEST}"
        raise InputError(msg)
    return said


def _log(story_id: str, status: str, *, dry_run: bool) -> None:
    if not dry_run:
        log.info("amended", action="amend", status=status, story=story_id)
