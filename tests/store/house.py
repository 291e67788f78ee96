"""A small furnished store: records, a storyline, a signal and a story, for tests that begin in the middle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.publication import Publication, PublicationState
from bot.domain.signal import Baseline, Signal, SignalKind
from bot.domain.story import (
    Check,
    Citation,
    Claim,
    ClaimKind,
    Draft,
    Paragraph,
    Report,
    Story,
    StoryState,
)
from bot.pipeline import desk
from bot.store import publications, records, signals, stories, storylines
from bot.write.checks import check
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record

HOUR = timedelta(hours=1)


def make_signal(**overrides: Any) -> Signal:
    """Return a signal on the storyline "heron"."""
    fields: dict[str, Any] = {
        "id": "heron-surge",
        "storyline_id": "heron",
        "kind": SignalKind.SURGE,
        "beat": "open-source",
        "detected_at": NOON,
        "window_start": NOON - 24 * HOUR,
        "window_end": NOON,
        "observed": 41,
        "authors": 30,
        "baseline": Baseline(expected=3.5, low=0.0, high=9.0, about="this beat"),
        "surprise": 12.5,
        "why": "41 posts where 3.5 were expected",
        "evidence": (),
        "numbers": {"observed": 41.0},
    }
    return Signal(**fields | overrides)


def make_story(cited: Sequence[Record], **overrides: Any) -> Story:
    """Return a story with a headline, a deck and two paragraphs; every claim of the body cites `cited`."""
    marks = tuple(Citation(number, record.id, record.text) for number, record in enumerate(cited, 1))
    body = (
        Paragraph(
            (
                Claim("c3", ClaimKind.COHORT, "Hobbyists say the weights run.", marks),
                Claim("c4", ClaimKind.MEASURED, "41 posts in a day.", (), ("observed",)),
            )
        ),
        Paragraph((Claim("c5", ClaimKind.ANALYSIS, "The licence is the open question.", marks[:1]),)),
    )
    fields: dict[str, Any] = {
        "id": "heron-on-old-laptops",
        "version": 1,
        "state": StoryState.DRAFTED,
        "beat": "open-source",
        "storyline_id": "heron",
        "signal_id": "heron-surge",
        "draft": Draft(
            headline=Claim("c1", ClaimKind.ANALYSIS, "Old laptops, new weights"),
            deck=Claim("c2", ClaimKind.ANALYSIS, "What hobbyists make of Heron."),
            paragraphs=body,
            writer="extractive",
        ),
        "report": Report((Check("quotes", "c3", passed=True),), fidelity=100),
        "created_at": NOON,
        "updated_at": NOON,
        "numbers": {"observed": 41.0},
    }
    return Story(**fields | overrides)


def make_publication(**overrides: Any) -> Publication:
    """Return the plan to post version 1 of the story on the site."""
    fields: dict[str, Any] = {
        "id": "heron-on-old-laptops@1/site",
        "story_id": "heron-on-old-laptops",
        "version": 1,
        "channel": "site",
        "state": PublicationState.PLANNED,
        "content": {"html": "<p>frozen</p>"},
        "planned_at": NOON,
    }
    return Publication(**fields | overrides)


async def plan(connection: AsyncConnection, publication: Publication) -> None:
    """Owe a publication and freeze it, as posting does; if there is a plan already, that plan stands."""
    told = (publication.story_id, publication.version, [publication.channel], publication.kind)
    await publications.owe(connection, *told, at=publication.planned_at)
    await publications.freeze(
        connection, publication.id, content=publication.content, at=publication.planned_at
    )


async def furnish(connection: AsyncConnection, *, posts: int = 3) -> list[Record]:
    """Store `posts` noticed records, their storyline and a signal that rests on them; return the records."""
    said = [make_record(author=f"author-{number}") for number in range(posts)]
    await records.add(connection, said, NOON)
    await storylines.save(connection, [storylines.Kept("heron", "open-source", NOON, NOON, posts, b"")])
    await records.notice(
        connection,
        [
            records.Noticed(
                record.id, records.NOTICED, "en", "heron", record.id, b"\x01", {"open-source": 0.5}
            )
            for record in said
        ],
    )
    await signals.add(connection, make_signal(evidence=tuple(record.id for record in said)))
    return said


async def put(
    connection: AsyncConnection, story: Story, *states: StoryState, at: datetime | None = None
) -> Story:
    """Store a story with the report that the checks write on it, and bring it through `states`."""
    report = check(story.draft, await desk.known(connection, story), story.numbers)
    checked = replace(story, report=report)
    await stories.create(connection, checked)
    for state in (StoryState.CHECKED, *states):
        await stories.set_state(connection, story.id, state, at=at or story.created_at, reason="review")
    return checked


def revised(story: Story, *, headline: str) -> Story:
    """Return `story` as its next version, with another headline."""
    draft = replace(story.draft, headline=replace(story.draft.headline, text=headline))
    return replace(story, version=story.version + 1, draft=draft, updated_at=story.updated_at + HOUR)


def make_doubtful(number: int, cited: Sequence[Record]) -> Story:
    """Return a story of which one claim fails the checks, and that stands without it."""
    marks = tuple(Citation(place, record.id, record.text) for place, record in enumerate(cited, 1))
    body = (
        Claim("c3", ClaimKind.COHORT, f"They say: “{cited[0].text}”", marks),
        Claim("c4", ClaimKind.COHORT, "They say: “nobody wrote this anywhere”", marks),
        Claim("c5", ClaimKind.ANALYSIS, "The licence is the open question.", marks[:1]),
    )
    more = (
        Claim("c6", ClaimKind.ANALYSIS, "What they run it on is old.", marks[:1]),
        Claim("c7", ClaimKind.ANALYSIS, "What it costs is not said.", marks[:1]),
    )
    draft = Draft(
        Claim("c1", ClaimKind.ANALYSIS, "Old laptops, new weights", marks[:1]),
        Claim("c2", ClaimKind.ANALYSIS, "What it takes to run them at home, and what it costs.", marks[:1]),
        tuple(Paragraph(claims) for claims in (body, more[:1], more[1:])),
        "extractive",
    )
    return make_story(cited, id=f"held-{number}", draft=draft, report=Report((), 80))
