"""The desk: people decide about held stories, one decision at a time, and every one is kept."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.domain.budget import Caps
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
from bot.pipeline import case, desk, mend, post, switches, tell, tick
from bot.store import decisions, pages, publications, records, spend, stories
from bot.store.engine import open_store, sqlite_url
from tests.pipeline import plant, week
from tests.pipeline.held import FALSE
from tests.pipeline.hushed import Hushed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.clock import ReplayClock
    from bot.domain.decision import Decision
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store
    from tests.pipeline.paper import Paper

_HOUR = timedelta(hours=1)


@pytest.fixture
async def sqlite_store(held_folder: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store in which a story is held."""
    shutil.copytree(held_folder, tmp_path, dirs_exist_ok=True)
    opened = await open_store(sqlite_url(tmp_path))
    yield opened
    await opened.close()


@pytest.fixture
async def story(newsroom: Newsroom, clock: ReplayClock) -> Story:
    """Give the story, which is held because much of it fails the checks."""
    async with newsroom.store.read() as connection:
        (found,) = await stories.in_state(connection, StoryState.HELD)
    clock.advance(found.created_at)
    return found


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
    assert FALSE not in printed["text"]
    assert printed["text"] == [claim.text for claim in story.draft.claims() if claim.text != FALSE]
    (decision,) = await _decisions(newsroom, story)
    assert (decision.kind, decision.by, decision.at) == (DecisionKind.APPROVE, "lin", clock.now())
    assert decision.version == (await _now(newsroom, story)).version


async def test_a_story_held_by_the_mode_goes_out_whole(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """In review mode a sound story waits for a person, and goes out as it was read."""
    newsroom.settings = settings.load(mode="review")
    said = week.matter("parchment-ruling")[:60]
    await plant.line(newsroom, "m2", "law", said)
    clock.advance(said[-1].created_at)
    await plant.signal(newsroom, "m2", "law", said, at=clock.now())
    clock.advance(clock.now() + 3 * _HOUR)
    assert await tick.run(newsroom) == []
    held = next(found.story for found in await case.held(newsroom) if found.story.beat == "law")
    assert held.reason == "mode is review"
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
    assert await post.send(newsroom, planned) == (None, False)
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


async def test_a_story_that_was_taken_away_again_can_be_killed(
    newsroom: Newsroom, paper: Paper, story: Story
) -> None:
    """What may have stood of an earlier version and was removed hides nothing from readers any more."""
    await desk.approve(newsroom, story.id, "lin")
    paper.troubles.append(PublishError("the line is cut"))
    await tick.run(newsroom)
    await switches.halt(newsroom, "lin")
    async with newsroom.store.write() as connection:
        lost = story.draft.paragraphs[-1].claims[-1].citations[0].record_id
        await records.erase(connection, [lost], newsroom.clock.now())
    await tick.run(newsroom)
    assert list(paper.printed) == [f"{story.id}@2/paper/removal"]
    killed = await desk.kill(newsroom, story.id, "sam", "not news any more", even_approved=True)
    assert killed.state is StoryState.KILLED


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
    claim = next(claim for claim in story.draft.claims() if claim.text == FALSE)
    edited = await desk.edit(newsroom, story.id, "lin", {claim.id: "“LICENSE file”, wrote one commenter."})
    assert edited.report.fidelity > story.report.fidelity
    await desk.approve(newsroom, story.id, "sam")
    await tick.run(newsroom)
    (printed,) = paper.printed.values()
    assert "“LICENSE file”, wrote one commenter." in printed["text"]


async def test_an_edit_that_fails_the_checks_is_refused(newsroom: Newsroom, story: Story) -> None:
    """What people write obeys the same checks; a refusal names them and changes nothing."""
    claim = story.draft.paragraphs[0].claims[0]
    for words, why in (
        ("Everyone in Atlantis left for Mars.", "known-names"),
        ("“We never said any of this at all”, wrote one commenter.", "verbatim"),
        ("Some 4,711 posts were counted.", "figures"),
        ("Read more at https://evil.example/now.", "references"),
        ("", "not-empty"),
    ):
        with pytest.raises(EditError, match=why) as refused:
            await desk.edit(newsroom, story.id, "lin", {claim.id: words})
        assert why in {item.name for item in refused.value.failed}
    assert await _now(newsroom, story) == story
    assert await _decisions(newsroom, story) == []


async def test_the_desk_lets_no_story_of_two_people_out(newsroom: Newsroom, clock: ReplayClock) -> None:
    """An edit that leaves two people is refused; so is approving a story that lost the third."""
    newsroom.settings = settings.load(mode="review")
    newsroom.writer = Hushed(1, more="Others spoke of much the same.")
    said = week.matter("parchment-ruling")[:60]
    await plant.line(newsroom, "m2", "law", said)
    clock.advance(said[-1].created_at)
    await plant.signal(newsroom, "m2", "law", said, at=clock.now())
    clock.advance(clock.now() + 3 * _HOUR)
    (held,) = await tell.run(newsroom)
    assert (held.state, held.reason) == (StoryState.HELD, "mode is review")
    (lost, *_) = held.draft.paragraphs[-1].claims[0].citations
    words = f"“{lost.quote.split()[0]}”, wrote one commenter."
    with pytest.raises(EditError, match="of 2 people only") as refused:
        await desk.edit(newsroom, held.id, "lin", {"more": words})
    assert [item.name for item in refused.value.failed] == ["people"]
    async with newsroom.store.write() as connection:
        await records.erase(connection, [lost.record_id], clock.now())
    with pytest.raises(TransitionError, match="the people it shows fail"):
        await desk.approve(newsroom, held.id, "lin")


def _stranger(story: Story) -> str:
    """Return the handle of somebody in the talk whom the story does not cite."""
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    said = (r for r in week.matter("heron-licence")[:60] if r.id not in cited)
    return next(r.author.handle for r in said if r.author.handle.isalpha())


async def test_a_person_is_not_named_by_an_edit(newsroom: Newsroom, story: Story) -> None:
    """The handle of anybody in the talk is refused, also of people whom the story does not cite."""
    handle = _stranger(story)
    with pytest.raises(EditError, match="privacy"):
        await desk.edit(newsroom, story.id, "lin", {"deck": f"It began with {handle}."})


async def test_what_failed_on_drafting_fails_at_the_desk(newsroom: Newsroom, story: Story) -> None:
    """Approving holds a claim against all that it was held against before, not only against what is cited."""
    named = Claim("named", ClaimKind.ANALYSIS, f"It began with {_stranger(story)}.")
    draft = replace(story.draft, paragraphs=(*story.draft.paragraphs, Paragraph((named,))))
    async with newsroom.store.write() as connection:
        await stories.revise(connection, replace(story, draft=draft, version=2), change="told more")
    approved = await desk.approve(newsroom, story.id, "lin")
    assert "named" not in {claim.id for claim in approved.draft.claims()}


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


async def test_the_desk_sees_all_there_is_to_decide(newsroom: Newsroom, story: Story) -> None:
    """A case holds the reason, what fails, each claim beside its posts, thread, cost and decisions."""
    async with newsroom.store.write() as connection:
        caps = Caps(daily=10_000, monthly=10_000)
        for signal_id, micros in ((story.signal_id, 4_000), (story.signal_id, 500), ("another", 900)):
            await spend.reserve(
                connection, micros, at=story.created_at, caps=caps, stage="write", model="m",
                signal_id=signal_id,
            )  # fmt: skip
    await desk.edit(newsroom, story.id, "lin", {"headline": f"{story.draft.headline.text}, again"})
    (found,) = await case.held(newsroom)
    assert found == await case.get(newsroom, story.id)
    assert (found.story.reason or "").startswith(f"fidelity {story.report.fidelity} is below the floor")
    assert (found.cost, found.waits, [item.by for item in found.decisions]) == (4_500, None, ["lin"])
    failing = [item for item in found.statements if item.failed]
    assert {item.claim.text for item in failing} == {FALSE}
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    assert {source.record_id for item in found.statements for source in item.sources} == cited
    for item in found.statements:
        assert all(source.url and source.author for source in item.sources)
    assert found.thread[0].text.startswith(f"{story.draft.headline.text}, again\n")
    assert not any(FALSE in part.text for part in found.thread)


async def test_a_publication_in_conflict_is_for_the_desk(
    newsroom: Newsroom, paper: Paper, story: Story
) -> None:
    """What something else stands in the place of is listed with what is wrong."""
    assert await case.conflicts(newsroom) == []
    await desk.approve(newsroom, story.id, "lin")
    paper.troubles.append(PublishError("another thread stands there", conflict=True))
    await tick.run(newsroom)
    (found,) = await case.conflicts(newsroom)
    assert (found.story_id, found.error) == (story.id, "another thread stands there")


async def test_a_held_story_waits_as_long_as_it_takes(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, story: Story
) -> None:
    """Nothing ends a held story by its age: after a month it is there, and goes out when it is approved."""
    for _ in range(3):
        clock.advance(clock.now() + timedelta(days=10))
        assert await tick.run(newsroom) == []
    (found,) = await case.held(newsroom)
    assert found.story == story
    await desk.approve(newsroom, story.id, "lin")
    assert await tick.run(newsroom) == [story.id]
    assert len(paper.printed) == 1


async def test_a_post_taken_back_leaves_a_held_story(newsroom: Newsroom, paper: Paper, story: Story) -> None:
    """Approving right after a post was taken back, before anything was mended, publishes nothing of it."""
    gone = story.draft.paragraphs[-1].claims[0].citations[0]
    async with newsroom.store.write() as connection:
        (was,) = (await records.get(connection, [gone.record_id])).values()
        await records.erase(connection, [gone.record_id], newsroom.clock.now())
    (found,) = await case.held(newsroom)
    assert not any(source.record_id == was.id for item in found.statements for source in item.sources)
    approved = await desk.approve(newsroom, story.id, "lin")
    assert all(claim.text for claim in approved.draft.claims())
    await post.run(newsroom)
    (printed,) = paper.printed.values()
    assert was.id not in printed["cited"]
    assert not any(gone.quote in text for text in printed["text"])


async def test_a_mended_story_stays_held_at_its_fidelity(newsroom: Newsroom, story: Story) -> None:
    """A held story is mended where it lies, and is not better for it; without its evidence it is killed."""
    gone = story.draft.paragraphs[-1].claims[0].citations[0].record_id
    async with newsroom.store.write() as connection:
        await records.erase(connection, [gone], newsroom.clock.now())
    assert await mend.run(newsroom) == {story.id: StoryState.HELD}
    mended = await _now(newsroom, story)
    assert (mended.version, mended.report.fidelity) == (2, story.report.fidelity)
    async with newsroom.store.write() as connection:
        cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
        said = {record.id for record in week.matter("heron-licence")[:60]}
        await records.erase(connection, cited | said, newsroom.clock.now())
    assert await mend.run(newsroom) == {story.id: StoryState.KILLED}
    assert (await _now(newsroom, story)).reason == (
        "posts this story rested on were taken back, and it does not stand without them"
    )


async def test_readers_see_what_went_out_and_no_earlier_version(newsroom: Newsroom, story: Story) -> None:
    """What the desk made of a story before it was published is no correction, and not for readers."""
    await desk.edit(newsroom, story.id, "lin", {"headline": f"{story.draft.headline.text}, again"})
    approved = await desk.approve(newsroom, story.id, "lin")
    await post.run(newsroom)
    async with newsroom.store.read() as connection:
        found = await pages.dossier(connection, story.id)
    assert [item.version for item in found.versions] == [approved.version] == [3]
