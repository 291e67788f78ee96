"""The desk: people decide about held stories, one decision at a time, and every one is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.domain.decision import DecisionKind
from bot.domain.errors import (
    DecidedError,
    EditError,
    InputError,
    NotFoundError,
    PublishError,
    TransitionError,
)
from bot.domain.publication import PublicationState
from bot.domain.story import Claim, ClaimKind, Paragraph, StoryState
from bot.pipeline import desk, post, tell, tick
from bot.store import decisions, publications, stories
from tests.pipeline import plant, week

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.clock import ReplayClock
    from bot.domain.decision import Decision
    from bot.domain.story import Draft, Story
    from bot.pipeline.newsroom import Newsroom
    from bot.write.port import Writer
    from tests.pipeline.paper import Paper

_HOUR = timedelta(hours=1)
_FALSE = "Everyone in Atlantis already left for Mars."


class _Careless:
    """Hands in what another writer wrote, with a claim in each paragraph that nothing supports."""

    name = "careless"

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def write(self, brief: Brief) -> Draft:
        """Return the other's draft, spoilt."""
        draft = await self._writer.write(brief)
        cited = tuple(
            item for claim in draft.claims() for item in claim.citations if "LICENSE file" in item.quote
        )
        spoilt = tuple(
            Paragraph((*paragraph.claims, Claim(f"false-{number}", ClaimKind.NAMED, _FALSE, cited[:1])))
            for number, paragraph in enumerate(draft.paragraphs)
        )
        return replace(draft, paragraphs=spoilt)


@pytest.fixture
async def story(newsroom: Newsroom, clock: ReplayClock) -> Story:
    """Give a story that is held because much of it fails the checks."""
    newsroom.writer = _Careless(newsroom.writer)
    said = week.matter("heron-licence")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "open-source", said)
    await plant.signal(newsroom, "m1", "open-source", said, at=clock.now())
    clock.advance(clock.now() + 3 * _HOUR)
    (told,) = await tell.run(newsroom)
    assert told.state is StoryState.HELD
    return await _now(newsroom, told)


async def _now(newsroom: Newsroom, story: Story) -> Story:
    async with newsroom.store.read() as connection:
        return await stories.get(connection, story.id)


async def _decisions(newsroom: Newsroom, story: Story) -> list[Decision]:
    async with newsroom.store.read() as connection:
        return await decisions.of_story(connection, story.id)


async def test_an_approved_story_goes_out_without_what_failed(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, story: Story
) -> None:
    """Approving a story held for its fidelity publishes it by the usual moves, less the claims that fail."""
    assert await tick.run(newsroom) == []
    approved = await desk.approve(newsroom, story.id, "lin")
    assert (approved.state, approved.report.fidelity) == (StoryState.APPROVED, story.report.fidelity)
    assert await tick.run(newsroom) == [story.id]
    (printed,) = paper.printed.values()
    assert _FALSE not in printed["text"]
    assert printed["text"] == [claim.text for claim in story.draft.claims() if claim.text != _FALSE]
    (decision,) = await _decisions(newsroom, story)
    assert (decision.kind, decision.by, decision.at) == (DecisionKind.APPROVE, "lin", clock.now())
    assert decision.version == (await _now(newsroom, story)).version


async def test_a_story_held_by_the_mode_goes_out_whole(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """In review mode a sound story waits for a person, and goes out as it was read."""
    newsroom.settings = settings.load(mode="review")
    said = week.matter("heron-licence")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "open-source", said)
    await plant.signal(newsroom, "m1", "open-source", said, at=clock.now())
    clock.advance(clock.now() + 3 * _HOUR)
    assert await tick.run(newsroom) == []
    async with newsroom.store.read() as connection:
        (held,) = await stories.in_state(connection, StoryState.HELD)
    assert (await desk.approve(newsroom, held.id, "lin")).version == 1
    assert await tick.run(newsroom) == [held.id]
    assert paper.printed[f"{held.id}@1/paper"]["text"] == [claim.text for claim in held.draft.claims()]


async def test_of_two_who_decide_at_once_one_wins(newsroom: Newsroom, story: Story) -> None:
    """The second is told who decided what and when, and changes nothing."""
    outcomes = await asyncio.gather(
        desk.approve(newsroom, story.id, "lin"),
        desk.kill(newsroom, story.id, "sam", "too thin"),
        desk.approve(newsroom, story.id, "kim"),
        return_exceptions=True,
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, DecidedError)]
    (won,) = await _decisions(newsroom, story)
    assert len(lost) == 2
    for error in lost:
        assert error.decision == won
        assert f"{won.kind.done} by {won.by} on " in str(error)


async def test_the_same_decision_again_changes_nothing(newsroom: Newsroom, story: Story) -> None:
    """A person who presses twice has decided once."""
    first = await desk.approve(newsroom, story.id, "lin")
    assert await desk.approve(newsroom, story.id, "lin") == first
    assert len(await _decisions(newsroom, story)) == 1


async def test_a_killed_story_stays_unpublished(newsroom: Newsroom, paper: Paper, story: Story) -> None:
    """A killed story is never sent, cannot be approved, and its reason is kept for the desk only."""
    killed = await desk.kill(newsroom, story.id, "lin", "  one\u202e source in disguise ")
    assert killed.state is StoryState.KILLED
    assert await desk.kill(newsroom, story.id, "lin", "again") == killed
    with pytest.raises(DecidedError, match="killed by lin on 5 March 2026, "):
        await desk.approve(newsroom, story.id, "sam")
    assert await tick.run(newsroom) == []
    assert not paper.sends
    (decision,) = await _decisions(newsroom, story)
    assert decision.reason == "one source in disguise"
    assert "disguise" not in (killed.reason or "")


async def test_a_story_that_waits_to_be_sent_can_be_killed(
    newsroom: Newsroom, paper: Paper, story: Story
) -> None:
    """An approved story that no channel was tried with is killed with what was planned of it."""
    approved = await desk.approve(newsroom, story.id, "lin")
    await post.plan(newsroom, approved)
    async with newsroom.store.read() as connection:
        (planned,) = await publications.of_story(connection, story.id)
    with pytest.raises(DecidedError, match="approved by lin"):
        await desk.kill(newsroom, story.id, "sam", "the firm has answered")
    await desk.kill(newsroom, story.id, "sam", "the firm has answered", even_approved=True)
    assert await post.send(newsroom, planned) is None
    await post.plan(newsroom, approved)
    assert await tick.run(newsroom) == []
    assert not paper.sends
    async with newsroom.store.read() as connection:
        (planned,) = await publications.of_story(connection, story.id)
    assert planned.state is PublicationState.WITHDRAWN


async def test_a_story_that_may_be_out_cannot_be_killed(
    newsroom: Newsroom, paper: Paper, story: Story
) -> None:
    """Once a channel was tried, killing is refused: it could hide what readers see."""
    await desk.approve(newsroom, story.id, "lin")
    paper.troubles.append(PublishError("the line is cut"))
    await tick.run(newsroom)
    with pytest.raises(TransitionError, match="on its way to paper and may be there"):
        await desk.kill(newsroom, story.id, "sam", "too late", even_approved=True)


async def test_an_edit_is_the_next_version(newsroom: Newsroom, clock: ReplayClock, story: Story) -> None:
    """Other words that pass the checks are a new version; the one before stays as it was."""
    wanted = f"{story.draft.headline.text}, once more"
    clock.advance(clock.now() + _HOUR)
    edited = await desk.edit(newsroom, story.id, "lin", {"headline": f" {wanted}\u200b"})
    stands = await _now(newsroom, story)
    assert (stands, stands.version, stands.state) == (edited, 2, StoryState.HELD)
    assert stands.draft.headline.text == wanted
    async with newsroom.store.read() as connection:
        assert (await stories.get(connection, story.id, version=1)).draft == story.draft
    (decision,) = await _decisions(newsroom, story)
    assert (decision.kind, decision.version) == (DecisionKind.EDIT, 2)
    assert decision.claims == (story.draft.headline.id,)
    assert await desk.edit(newsroom, story.id, "lin", {"headline": wanted}) == stands


async def test_a_claim_that_failed_can_be_mended(newsroom: Newsroom, paper: Paper, story: Story) -> None:
    """A claim that failed and is reworded so that it passes counts again, and is published."""
    claim = next(claim for claim in story.draft.claims() if claim.text == _FALSE)
    edited = await desk.edit(newsroom, story.id, "lin", {claim.id: "“LICENSE file”, wrote one commenter."})
    assert edited.report.fidelity > story.report.fidelity
    await desk.approve(newsroom, story.id, "sam")
    await tick.run(newsroom)
    (printed,) = paper.printed.values()
    assert "“LICENSE file”, wrote one commenter." in printed["text"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Everyone in Atlantis left for Mars.", "known-names"),
        ("“We never said any of this at all”, wrote one commenter.", "verbatim"),
        ("Some 4,711 posts were counted.", "figures"),
        ("Read more at https://evil.example/now.", "references"),
        ("", "not-empty"),
    ],
)
async def test_an_edit_that_fails_the_checks_is_refused(
    newsroom: Newsroom, story: Story, words: str, why: str
) -> None:
    """What people write obeys the same checks; a refusal names them and changes nothing."""
    claim = story.draft.paragraphs[0].claims[0]
    with pytest.raises(EditError, match=why) as refused:
        await desk.edit(newsroom, story.id, "lin", {claim.id: words})
    assert all(not item.passed for item in refused.value.failed)
    assert await _now(newsroom, story) == story
    assert await _decisions(newsroom, story) == []


async def test_a_person_is_not_named_by_an_edit(newsroom: Newsroom, story: Story) -> None:
    """The handle of anybody in the talk is refused, also of people whom the story does not cite."""
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    stranger = next(
        r for r in week.matter("heron-licence")[:60] if r.id not in cited and "-" in r.author.handle
    )
    with pytest.raises(EditError, match="privacy"):
        await desk.edit(
            newsroom, story.id, "lin", {"deck": f"It began with {stranger.author.handle.lower()}."}
        )


async def test_wrong_edits_are_told(newsroom: Newsroom, story: Story) -> None:
    """No change, an unknown claim, an unknown story: each is a sentence, and nothing changes."""
    with pytest.raises(InputError, match="changes something"):
        await desk.edit(newsroom, story.id, "lin", {})
    with pytest.raises(NotFoundError, match="has no claim c99"):
        await desk.edit(newsroom, story.id, "lin", {"c99": "x"})
    with pytest.raises(NotFoundError, match="no story nowhere"):
        await desk.approve(newsroom, "nowhere", "lin")
    with pytest.raises(InputError, match="reason"):
        await desk.kill(newsroom, story.id, "lin", " ")
    assert await _now(newsroom, story) == story


async def test_what_was_not_seen_is_not_approved(newsroom: Newsroom, story: Story) -> None:
    """A person who looked at an earlier version is told of the edit since, and decides again."""
    await desk.edit(newsroom, story.id, "sam", {"headline": story.draft.headline.text + ", again"})
    for move in (
        desk.approve(newsroom, story.id, "lin", version=1),
        desk.kill(newsroom, story.id, "lin", "thin", version=1),
        desk.edit(newsroom, story.id, "lin", {"headline": "Other"}, version=1),
    ):
        with pytest.raises(DecidedError, match="at version 2, not 1: it was edited by sam"):
            await move
    assert (await desk.approve(newsroom, story.id, "lin", version=2)).state is StoryState.APPROVED
