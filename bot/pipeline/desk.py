"""The desk: where a person approves, edits or kills a held story, and what they get to see for it.

Each move is one transaction. Whoever comes second is told who decided what, and when; the same decision by
the same person again changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.decision import Decision, DecisionKind
from bot.domain.errors import DecidedError, EditError, InputError, NotFoundError, TransitionError
from bot.domain.publication import since_removal
from bot.domain.story import Paragraph, StoryState
from bot.domain.text import clean, squeeze
from bot.store import decisions, publications, records, signals, stories, storylines
from bot.write.checks import check, standing
from bot.write.numbers import states

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.domain.story import Check, Claim, Draft, Story
    from bot.pipeline.newsroom import Office

HEADLINE, DECK = "headline", "deck"
"""What `edit` calls the headline and the deck, whatever the ids of their claims."""

_LEFT_OUT = "What did not pass the checks was left out."
_EDITED = "A person edited it."
_APPROVED = "approved at the desk"
_KILLED = "a person decided against it"

log = structlog.get_logger(__name__)


async def approve(office: Office, story_id: str, by: str, *, version: int | None = None) -> Story:
    """Let a held story go out, without the claims that do not pass the checks; return it.

    `version` is the one the person saw (None: whichever stands).
    Raises NotFoundError, DecidedError, or TransitionError if what passes the checks is no story.
    """
    async with office.store.write() as connection:
        story = await stories.get(connection, story_id)
        if await _repeats(connection, story, DecisionKind.APPROVE, by):
            return story
        await _need(connection, story, version, StoryState.HELD)
        left = standing(story.draft, await known(connection, story), story.numbers)
        if left is None:
            msg = (
                f"story {story_id} does not stand: headline, deck, body or the people it shows fail the "
                "checks; edit it or kill it"
            )
            raise TransitionError(msg)
        now = office.clock.now()
        if left[0] != story.draft:
            story = replace(story, draft=left[0], report=left[1], version=story.version + 1, updated_at=now)
            await stories.revise(connection, story, change=_LEFT_OUT)
        await stories.set_state(connection, story_id, StoryState.APPROVED, at=now, reason=_APPROVED)
        await _keep(connection, Decision(DecisionKind.APPROVE, by, now, story_id, story.version))
        return await stories.get(connection, story_id)


async def kill(
    office: Office,
    story_id: str,
    by: str,
    reason: str,
    *,
    version: int | None = None,
    even_approved: bool = False,
) -> Story:
    """End a held story; return it. `even_approved`: also one that was approved and that no channel has yet.

    Raises NotFoundError, DecidedError, InputError without a reason, or TransitionError if a channel may have
    the story.
    """
    reason = squeeze(clean(reason))
    if not reason:
        msg = "a story is killed for a reason: say which"
        raise InputError(msg)
    async with office.store.write() as connection:
        story = await stories.get(connection, story_id)
        if await _repeats(connection, story, DecisionKind.KILL, by):
            return story
        killable = [StoryState.HELD, StoryState.APPROVED] if even_approved else [StoryState.HELD]
        await _need(connection, story, version, *killable)
        await _need_unsent(connection, story)
        now = office.clock.now()
        await publications.withdraw(connection, [(story_id, story.version)])
        await stories.set_state(connection, story_id, StoryState.KILLED, at=now, reason=_KILLED)
        await _keep(connection, Decision(DecisionKind.KILL, by, now, story_id, story.version, reason=reason))
        return await stories.get(connection, story_id)


async def edit(
    office: Office, story_id: str, by: str, changes: Mapping[str, str], *, version: int | None = None
) -> Story:
    """Give claims of a held story other words, as its next version; return it.

    `changes` holds the new words by claim id; HEADLINE and DECK name those two.
    Raises NotFoundError, DecidedError, InputError without changes, or EditError if the checks do not pass;
    then nothing was changed.
    """
    async with office.store.write() as connection:
        story = await stories.get(connection, story_id)
        wanted = _wanted(story, changes)
        changed = {
            claim.id for claim in story.draft.claims() if wanted.get(claim.id, claim.text) != claim.text
        }
        if not changed:
            return story
        await _need(connection, story, version, StoryState.HELD)
        draft = _reworded(story, wanted)
        report = check(draft, await known(connection, story), story.numbers)
        _refuse(story, report.failed, changed)
        now = office.clock.now()
        edited = replace(story, draft=draft, report=report, version=story.version + 1, updated_at=now)
        await stories.revise(connection, edited, change=_EDITED)
        await _keep(
            connection,
            Decision(DecisionKind.EDIT, by, now, story_id, edited.version, claims=tuple(sorted(changed))),
        )
        return edited


async def cited(connection: AsyncConnection, story: Story) -> Mapping[str, Record]:
    """Return the records a story cites, by id, without those that were taken back."""
    return await records.get(connection, {item.record_id for item in story.draft.citations()})


async def known(connection: AsyncConnection, story: Story) -> Mapping[str, Record]:
    """Return what the checks of a story look at, by id: what it cites, and the talk around that.

    Of a name in a claim it matters whether somebody in the talk bears it, cited or not.
    """
    basis = await cited(connection, story)
    signal = await signals.get(connection, story.signal_id)
    if signal is None:
        return basis
    said = await storylines.said_in(connection, story.storyline_id, signal.window_start, story.created_at)
    return {record.id: record for record in said} | dict(basis)


async def _repeats(connection: AsyncConnection, story: Story, kind: DecisionKind, by: str) -> bool:
    """Tell whether this person made this very decision already, and it stands."""
    made = await decisions.of_story(connection, story.id)
    return story.state is not StoryState.HELD and bool(made) and (made[-1].kind, made[-1].by) == (kind, by)


async def _need(connection: AsyncConnection, story: Story, version: int | None, *wanted: StoryState) -> None:
    """Refuse a decision on a story that is not there for it any more, or not as the person saw it."""
    made = await decisions.of_story(connection, story.id)
    last = made[-1] if made else None
    if story.state not in wanted:
        told = f"was {last}" if last else f"is {story.state} and waits for nobody"
        msg = f"story {story.id} {told}; nothing was changed"
        raise DecidedError(msg, decision=last)
    if version is not None and version != story.version:
        told = str(last) if last else "changed because posts it rests on were taken back"
        msg = (
            f"story {story.id} is at version {story.version}, not {version}: it was {told}; look at it again"
        )
        raise DecidedError(msg, decision=last)


async def _need_unsent(connection: AsyncConnection, story: Story) -> None:
    left = since_removal(await publications.of_story(connection, story.id))
    begun = [item for item in left if item.begun_at]
    if begun:
        where = ", ".join(sorted({item.channel for item in begun}))
        msg = (
            f"story {story.id} is on its way to {where} and may be there, so it cannot be killed any more; "
            "`groundswell halt` stops further tries"
        )
        raise TransitionError(msg)


def _wanted(story: Story, changes: Mapping[str, str]) -> dict[str, str]:
    if not changes:
        msg = "an edit changes something: give a headline, a deck or a claim"
        raise InputError(msg)
    names = {HEADLINE: story.draft.headline.id, DECK: story.draft.deck.id}
    wanted = {names.get(name, name): squeeze(clean(text)) for name, text in changes.items()}
    missing = wanted.keys() - {claim.id for claim in story.draft.claims()}
    if missing:
        msg = (
            f"story {story.id} has no claim {', '.join(sorted(missing))}: `groundswell desk show` lists them"
        )
        raise NotFoundError(msg)
    return wanted


def _reworded(story: Story, wanted: Mapping[str, str]) -> Draft:
    def reword(claim: Claim) -> Claim:
        if claim.id not in wanted:
            return claim
        text = wanted[claim.id]
        # A figure that the new words leave out is not stated any more.
        stated = tuple(
            key for key in claim.numbers if key in story.numbers and states(text, key, story.numbers[key])
        )
        return replace(claim, text=text, numbers=stated)

    draft = story.draft
    return replace(
        draft,
        headline=reword(draft.headline),
        deck=reword(draft.deck),
        paragraphs=tuple(Paragraph(tuple(map(reword, p.claims))) for p in draft.paragraphs),
    )


def _refuse(story: Story, failed: Collection[Check], changed: Collection[str]) -> None:
    """Raise EditError if the edit is why a check fails."""
    before = {item.name for item in story.report.failed if not item.claim_id}
    mine = tuple(
        item for item in failed if item.claim_id in changed or (not item.claim_id and item.name not in before)
    )
    if mine:
        told = "; ".join(f"{item.claim_id or 'the whole'}: {item.detail} ({item.name})" for item in mine)
        msg = f"the edit of {story.id} does not pass the checks, nothing was changed: {told}"
        raise EditError(msg, failed=mine)


async def _keep(connection: AsyncConnection, decision: Decision) -> None:
    await decisions.add(connection, decision)
    what = {"story": decision.story_id, "version": decision.version, "by": decision.by}
    log.info(decision.kind.done, action="desk", status="ok", **what)
