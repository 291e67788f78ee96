"""Tell: decide which signals deserve a story now, have it written, check it, and approve, hold or kill it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
import structlog

from bot.detect.signals import HISTORY
from bot.detect.vectors import rows
from bot.domain.brief import Told
from bot.domain.errors import BudgetError, WriterError
from bot.domain.signal import SignalKind, SignalState
from bot.domain.story import INJECTED, Story, StoryState
from bot.domain.text import quotations, slugify
from bot.pipeline import assign, consent, missed
from bot.settings import Mode
from bot.store import counted, moods, records, signals, stories, storylines
from bot.write import saturation
from bot.write.brief import compose
from bot.write.checks import check, standing, thin
from bot.write.clean import trimmed
from bot.write.places import from_press
from bot.write.poll import asks_around

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.brief import Brief
    from bot.domain.record import Record
    from bot.domain.signal import Signal
    from bot.domain.story import Draft, Report
    from bot.pipeline.assign import Verdict
    from bot.pipeline.newsroom import Newsroom
    from bot.settings import Settings
    from bot.store.stories import Head

_A_WORD_COUNTED = 3
_OVERTAKEN = "waits: a post was taken back or edited while it was written of"
_READ_BY_CHECKS = ("en",)
# An id stands in addresses, in the buttons of networks that allow them little room, and whole in a terminal.
_LONGEST_ID = 40

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> list[Story]:
    """Return the stories that were drafted from the open signals."""
    now = newsroom.clock.now()
    # The process may have been started since the last look at the talk.
    await newsroom.memory.recall(newsroom.store, now)
    async with newsroom.store.read() as connection:
        waiting = await signals.open_signals(connection)
        if not waiting:
            return []
        known = await signals.open_reasons(connection)
        slate = await assign.slate(connection, now)
    told: list[Story] = []
    for signal in assign.in_turn(waiting):
        since = min(other.detected_at for other in waiting if other.storyline_id == signal.storyline_id)
        verdict = await assign.decide(newsroom, signal, since, slate, now)
        if verdict.state is SignalState.OPEN and verdict.reason != known[signal.id]:
            async with newsroom.store.write() as connection:
                await signals.decide(connection, signal.id, SignalState.OPEN, verdict.reason)
        elif verdict.state is SignalState.PASSED:
            async with newsroom.store.write() as connection:
                await signals.decide(
                    connection, signal.id, SignalState.PASSED, verdict.reason, same_as=verdict.same_as
                )
            log.info("passed", action="tell", status="skipped", signal=signal.id, reason=verdict.reason)
        elif verdict.state is SignalState.ASSIGNED:
            story = await _tell(newsroom, signal, verdict, now)
            told += [story] if story is not None else []
            # Writing takes minutes, in which a beat may be muted.
            async with newsroom.store.read() as connection:
                slate = await assign.slate(connection, now)
    return told


async def _tell(newsroom: Newsroom, signal: Signal, verdict: Verdict, now: datetime) -> Story | None:
    try:
        assignment = await brief(newsroom, signal, updates=verdict.updates, until=now)
        draft = await written(newsroom, assignment)
    except WriterError as error:
        # Money comes back with a new day; whatever else a writer lacks would be lacking again.
        waits = isinstance(error, BudgetError)
        state, why = (SignalState.OPEN, "waits") if waits else (SignalState.PASSED, "no draft")
        async with newsroom.store.write() as connection:
            await signals.decide(connection, signal.id, state, f"{why}: {error}")
        log.warning("not told", action="tell", status="error", signal=signal.id, reason=error.reason)
        return None
    story = await asyncio.to_thread(checked, newsroom.settings, assignment, draft, verdict.updates)
    if verdict.held and story.state is StoryState.APPROVED:
        story = replace(story, state=StoryState.HELD, reason=verdict.held)
    async with newsroom.store.write() as connection:
        read = (item.record for item in assignment.records)
        if not await records.stand(connection, read, draft.citations()):
            # Writing takes minutes, and what was taken back or edited meanwhile may stand in the draft.
            await signals.decide(connection, signal.id, SignalState.OPEN, _OVERTAKEN)
            log.warning("not told", action="tell", status="skipped", signal=signal.id, reason="overtaken")
            return None
        line = await storylines.get(connection, signal.storyline_id)
        story = replace(story, id=await _slug(connection, line.label, now))
        await stories.create(connection, story)
        await counted.keep(connection, story.id, assignment.counted)
        await signals.decide(connection, signal.id, SignalState.ASSIGNED, verdict.reason)
    log.info(
        "drafted",
        action="tell",
        status="ok",
        story=story.id,
        state=story.state.value,
        fidelity=story.report.fidelity,
    )
    return story


async def written(newsroom: Newsroom, assignment: Brief) -> Draft:
    """Return the writer's draft.

    Raises WriterError if it shows too few people or, written without a model, not what happened or nothing
    but a question to all, and for what nobody foresaw: one matter that cannot be told keeps no other one in.
    """
    try:
        draft = await newsroom.writer.write(assignment)
    except WriterError:
        raise
    except Exception as error:
        log.exception("writer failed", action="tell", status="error", signal=assignment.signal.id)
        msg = f"the writer failed unexpectedly ({type(error).__name__}), see the log"
        raise WriterError(msg, reason="unexpected") from error
    lack = thin(draft, {item.record.id: item.record for item in assignment.records})
    if lack:
        raise WriterError(lack, reason="thin")
    if draft.model is None and not _says_what_happened(assignment, draft):
        msg = "no title, no report and no voice in the headline says what happened"
        raise WriterError(msg, reason="thin")
    if draft.model is None and asks_around(assignment):
        msg = "it is a question to all, and nothing has happened"
        raise WriterError(msg, reason="thin")
    return draft


def _says_what_happened(assignment: Brief, draft: Draft) -> bool:
    """Tell whether a draft of quotes shows a title or a report, or somebody who says it in the headline."""
    given = {item.record.id: item.record for item in assignment.records}
    for claim in draft.claims():
        shown = quotations(claim.text)
        cited = [given[one.record_id] for one in claim.citations if one.record_id in given]
        if any(one.called(quote) or quote == trimmed(one.title or "") for one in cited for quote in shown):
            return True
        # A word that a figure counts is no voice.
        told = [quote for quote in shown if len(quote.split()) > _A_WORD_COUNTED]
        if told and (
            claim.id == draft.headline.id or any(from_press(one) or one.titled(told) for one in cited)
        ):
            return True
    return False


async def brief(newsroom: Newsroom, signal: Signal, *, updates: str | None, until: datetime) -> Brief:
    """Return what a writer gets on `signal`: what was said up to `until`, and what was told before.

    Raises WriterError if nothing of it is left, or nobody in it may be quoted.
    """
    async with newsroom.store.read() as connection:
        line = await storylines.get(connection, signal.storyline_id)
        earlier = await _told(connection, line.id, updates, until)
        since = _beginning(signal, earlier, updates)
        said = await storylines.said_in(connection, line.id, since, until)
        if not said:
            msg = "all that was said belongs to other storylines by now"
            raise WriterError(msg, reason="moved")
        said = await _with_openers(connection, said)
        stances = await moods.stances(connection, [record.id for record in said])
        unheard = await missed.told(connection, line, signal.window_start, until)
        copies = await counted.copies_in(connection, line.id, since, until)
        lately = await stories.texts(connection, until, limit=saturation.STORIES)
    weights = await asyncio.to_thread(_weights, newsroom, line.id, said)
    make = partial(
        compose,
        storyline=line,
        signal=signal,
        beat=newsroom.book.beat(line.beat),
        records=said,
        weights=weights,
        stances=stances,
        copies=copies,
        told=sorted(
            (
                Told(story.id, story.headline, story.created_at, near=story.storyline_id != line.id)
                for story in earlier
            ),
            key=attrgetter("near"),
        ),
        now=until,
        gaps=unheard,
        worn=saturation.worn(lately),
        lately=[" ".join(said) for said in lately[: saturation.LATEST]],
    )
    made = await consent.composed(newsroom, said, lambda silent: make(silent=silent))
    if not made.records:
        msg = "nobody who speaks in it may be quoted"
        raise WriterError(msg, reason="consent")
    return made


def _beginning(signal: Signal, earlier: Sequence[Head], updates: str | None) -> datetime:
    """Return from when on a story tells what was said; an update begins where the last one ended."""
    if signal.kind is SignalKind.MOOD_SHIFT:
        # What has turned is told beside what was before.
        return signal.window_start - HISTORY
    told = (
        [story.created_at for story in earlier if story.storyline_id == signal.storyline_id]
        if updates
        else []
    )
    return max([signal.window_start, *told])


async def _with_openers(connection: AsyncConnection, said: Sequence[Record]) -> list[Record]:
    """Return what was `said` behind the openers of its threads.

    A thread may be older than the window; what it is called says what the talk is about.
    """
    openers = await records.get(connection, {record.thread for record in said})
    return list({record.id: record for record in (*openers.values(), *said)}.values())


async def _told(
    connection: AsyncConnection, storyline_id: str, updates: str | None, until: datetime
) -> list[Head]:
    """Return the public stories told before `until` of a storyline, and of the story it `updates`."""
    return [
        story
        for story in await stories.linked(connection, [storyline_id], [updates] if updates else [])
        if story.state.public and story.created_at < until
    ]


def _weights(newsroom: Newsroom, storyline_id: str, said: Sequence[Record]) -> dict[str, float]:
    """Return how central each record is: nearness to the centre of the storyline, from 0 to 1."""
    dense = newsroom.embedder.embed([record.words for record in said])
    counts = rows([newsroom.read(record).counts for record in said])
    stacked = newsroom.memory.index.weights.stack(dense, counts)
    index = newsroom.memory.index
    centre = index.unit(storyline_id) if storyline_id in index else stacked.mean(axis=0)
    near = np.clip(stacked @ centre, 0.0, 1.0)
    return {record.id: round(float(weight), 4) for record, weight in zip(said, near, strict=True)}


def checked(settings: Settings, brief: Brief, draft: Draft, updates: str | None) -> Story:
    """Return the story as it stands after the checks: approved, held or killed, with the reason.

    What is held keeps the claims that failed, so that the desk sees them; approving leaves them out.
    """
    records = {item.record.id: item.record for item in brief.records}
    report = check(draft, records, brief.numbers)
    left = standing(draft, records, brief.numbers, report)
    planted = sum(row.name == INJECTED for row in report.failed)
    state = StoryState.KILLED
    reason: str | None = "headline, deck, body or the people it shows did not survive the checks"
    if left is not None:
        state, reason = _destiny(settings, left[1], planted)
        if state is not StoryState.HELD:
            draft, report = left
    return Story(
        id="",
        version=1,
        state=state,
        beat=brief.beat.slug,
        storyline_id=brief.storyline.id,
        signal_id=brief.signal.id,
        draft=draft,
        report=report,
        created_at=brief.now,
        updated_at=brief.now,
        updates=updates,
        reason=reason,
        numbers=brief.numbers,
        gaps=brief.gaps,
    )


def _destiny(settings: Settings, report: Report, planted: int) -> tuple[StoryState, str | None]:
    """Return where a story that is left after the checks goes; `planted` claims did a record's bidding."""
    if planted:
        return StoryState.HELD, f"the second reader found {planted} claims that do what a record asks"
    if report.failed:
        names = ", ".join(sorted({row.name for row in report.failed}))
        return StoryState.HELD, f"it does not stand as a whole: {names}"
    if report.fidelity < settings.fidelity_floor:
        return StoryState.HELD, f"fidelity {report.fidelity} is below the floor of {settings.fidelity_floor}"
    if settings.languages != _READ_BY_CHECKS:
        return StoryState.HELD, "the checks read English only"
    if settings.mode is not Mode.AUTO:
        return StoryState.HELD, f"mode is {settings.mode}"
    return StoryState.APPROVED, None


async def _slug(connection: AsyncConnection, label: str, now: datetime) -> str:
    """Return a short readable id that no story has.

    It is made of words that several people used: an id stays for good, and a headline may hold one person's
    words, which go when they are taken back.
    """
    slug = slugify(label)
    if len(slug) > _LONGEST_ID:
        slug = slug[: _LONGEST_ID + 1].rpartition("-")[0] or slug[:_LONGEST_ID]
    base = slug or f"story-{now:%Y%m%d}"
    number, candidate = 1, base
    while await stories.exists(connection, candidate):
        number += 1
        candidate = f"{base}-{number}"
    return candidate
