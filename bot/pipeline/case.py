"""A case: what a person at the desk gets to see of a story before deciding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.errors import NotFoundError
from bot.domain.story import StoryState
from bot.pipeline import desk, gate
from bot.store import decisions, publications, questions, spend, stories
from bot.write.checks import check, standing
from bot.write.places import source_of
from bot.write.thread import as_thread, frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.decision import Decision
    from bot.domain.publication import Publication
    from bot.domain.question import Source
    from bot.domain.record import Record
    from bot.domain.story import Check, Claim, Report, Story
    from bot.pipeline.newsroom import Office
    from bot.store.questions import Question
    from bot.write.thread import ThreadPost


_LATELY = timedelta(days=30)
_STANDING = frozenset({StoryState.PUBLISHED, StoryState.CORRECTED})


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim beside what it rests on (less what was taken back), and the checks that it fails."""

    claim: Claim
    sources: tuple[Source, ...]
    failed: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A story as the desk sees it: `story.reason` says why it is held, `failed` what is wrong with the whole.

    `thread` is how it would go out if it were approved now, () if what passes the checks is no story. `cost`
    is in micro-dollars. `waits` says why it would not go out at once, None if it would.
    """

    story: Story
    statements: tuple[Statement, ...]
    failed: tuple[Check, ...]
    thread: tuple[ThreadPost, ...]
    cost: int
    decisions: tuple[Decision, ...]
    publications: tuple[Publication, ...]
    waits: str | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A story that stands, and the messages, without words, that say that it is wrong; the newest first."""

    story: Story
    objections: tuple[Question, ...]


async def held(office: Office) -> list[Case]:
    """Return every story that waits for a person, the one that has waited longest first."""
    async with office.store.read() as connection:
        waiting = await stories.in_state(connection, StoryState.HELD)
        return [await _case(connection, office, story) for story in waiting]


async def get(office: Office, story_id: str) -> Case:
    """Return the case of one story, in whatever state it is.

    Raises NotFoundError.
    """
    async with office.store.read() as connection:
        return await _case(connection, office, await stories.get(connection, story_id))


async def conflicts(office: Office) -> list[Publication]:
    """Return the publications in whose place something else stands, so that they are not tried again."""
    async with office.store.read() as connection:
        return await publications.in_conflict(connection)


async def disputes(office: Office) -> list[Dispute]:
    """Return the public stories of which readers said lately that something is wrong, the latest first."""
    async with office.store.read() as connection:
        said = await questions.disputed(connection, office.clock.now() - _LATELY)
        by_story: dict[str, list[Question]] = {}
        for question in said:
            if question.story_id is not None:
                by_story.setdefault(question.story_id, []).append(question)
        found = [
            Dispute(await stories.get(connection, story_id), tuple(objections))
            for story_id, objections in by_story.items()
        ]
    return [dispute for dispute in found if dispute.story.state in _STANDING]


async def _case(connection: AsyncConnection, office: Office, story: Story) -> Case:
    known = await desk.known(connection, story)
    # Judged anew: what failed when it was written may rest on other posts by now.
    report = check(story.draft, known, story.numbers)
    return Case(
        story=story,
        statements=tuple(_statement(claim, known, report) for claim in story.draft.claims()),
        failed=tuple(item for item in report.failed if not item.claim_id),
        thread=_thread(office, story, known),
        cost=await spend.of_signal(connection, story.signal_id),
        decisions=tuple(await decisions.of_story(connection, story.id)),
        publications=tuple(await publications.of_story(connection, story.id)),
        waits=await gate.shut_for(connection, office, story.beat),
    )


def _statement(claim: Claim, known: Mapping[str, Record], report: Report) -> Statement:
    return Statement(
        claim,
        tuple(source_of(item, known[item.record_id]) for item in claim.citations if item.record_id in known),
        tuple(item for item in report.failed if item.claim_id == claim.id),
    )


def _thread(office: Office, story: Story, known: Mapping[str, Record]) -> tuple[ThreadPost, ...]:
    left = standing(story.draft, known, story.numbers)
    if left is None:
        return ()
    try:
        beat_name = office.book.beat(story.beat).name
    except NotFoundError:
        # The operator's beats may have changed while it was held.
        beat_name = story.beat
    shown = replace(story, draft=left[0])
    return as_thread(shown, **frame(office.settings, beat_name, shown))
