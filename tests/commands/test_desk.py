"""The desk at the command line: what waits is shown, and every decision is carried out and told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from bot.commands import beats, desk
from bot.commands.office import whoami
from bot.domain.clock import SystemClock
from bot.domain.errors import DecidedError, EditError, InputError, NotFoundError
from bot.domain.question import QuestionState
from bot.domain.story import StoryState
from bot.store import decisions, questions, signals, stories
from bot.store.engine import open_store, sqlite_url
from bot.store.questions import Question
from tests.factory import NOON
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.decision import Decision
    from bot.domain.story import Story
    from bot.store.engine import Store

_HELD = "held-1"
_CLAIM = "The licence is what they ask about."


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Give a store with one held story, of which one claim fails."""
    opened = await open_store(sqlite_url(tmp_path))
    async with opened.write() as connection:
        cited = await house.furnish(connection)
        await signals.add(connection, house.make_signal(id="held"))
        story = replace(house.make_doubtful(1, cited), signal_id="held")
        await stories.create(connection, story)
        for state in (StoryState.CHECKED, StoryState.HELD):
            await stories.set_state(connection, _HELD, state, at=NOON, reason="mode is review")
    yield opened
    await opened.close()


async def _now(store: Store) -> tuple[Story, list[Decision]]:
    async with store.read() as connection:
        return await stories.get(connection, _HELD), await decisions.of_story(connection, _HELD)


async def test_what_waits_is_listed_and_shown(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list says what is held and why; a case shows each claim, its quotes, what fails, and the thread."""
    assert await desk.list_held(data_dir=tmp_path) == 0
    listed = capsys.readouterr().out
    assert f"{_HELD} (version 1)" in listed
    assert "mode is review; 1 claims fail" in listed
    assert await desk.show(_HELD, data_dir=tmp_path) == 0
    shown = capsys.readouterr().out
    story, _ = await _now(store)
    for claim in story.draft.claims():
        assert claim.text in shown
    assert "FAILS verbatim" in shown
    assert "The thread, if it were approved now" in shown
    with pytest.raises(NotFoundError, match="nothing-such"):
        await desk.show("nothing-such", data_dir=tmp_path)


async def test_the_same_as_data(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json list and case are documents that say the same."""
    await desk.list_held(data_dir=tmp_path, as_json=True)
    listed = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in listed["held"]] == [_HELD]
    assert (listed["conflicts"], listed["disputed"]) == ([], [])
    await desk.show(_HELD, data_dir=tmp_path, as_json=True)
    assert json.loads(capsys.readouterr().out) == listed["held"][0]
    story, _ = await _now(store)
    assert [claim["text"] for claim in listed["held"][0]["claims"]] == [c.text for c in story.draft.claims()]


async def test_a_story_is_approved_without_what_fails(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Approving says which version goes out; doing it again changes nothing, and a kill comes too late."""
    for _ in range(2):
        assert await desk.approve(_HELD, data_dir=tmp_path) == 0
        assert f"{_HELD} is approved (version 2)" in capsys.readouterr().out
    story, made = await _now(store)
    assert (story.state, story.version) == (StoryState.APPROVED, 2)
    assert [(item.by, item.version) for item in made] == [(whoami(), 2)]
    with pytest.raises(DecidedError, match="approved by"):
        await desk.kill(_HELD, reason="too late", data_dir=tmp_path)
    assert await desk.kill(_HELD, reason="on second thoughts", even_approved=True, data_dir=tmp_path) == 0
    assert (await _now(store))[0].state is StoryState.KILLED
    await desk.list_held(data_dir=tmp_path)
    assert "Nothing waits for a person." in capsys.readouterr().out


async def test_a_story_is_killed_for_a_reason(store: Store, tmp_path: Path) -> None:
    """A reason is needed, kept for the desk, and not shown to readers."""
    with pytest.raises(InputError, match="for a reason"):
        await desk.kill(_HELD, reason=" ", data_dir=tmp_path)
    assert await desk.kill(_HELD, reason="one voice only", data_dir=tmp_path) == 0
    story, made = await _now(store)
    assert story.state is StoryState.KILLED
    assert "one voice" not in (story.reason or "")
    assert [item.reason for item in made] == ["one voice only"]


async def test_a_story_is_edited_under_the_same_checks(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """New words make a new version; words that do not pass the checks change nothing."""
    with pytest.raises(InputError, match="an edit changes something"):
        await desk.edit(_HELD, data_dir=tmp_path)
    with pytest.raises(EditError, match="nothing was changed"):
        await desk.edit(_HELD, headline="999 laptops explode", data_dir=tmp_path)
    assert (await _now(store))[0].version == 1
    assert await desk.edit(_HELD, deck="What they ask of it.", claim=[("c5", _CLAIM)], data_dir=tmp_path) == 0
    assert f"{_HELD} is at version 2" in capsys.readouterr().out
    story, made = await _now(store)
    assert (story.draft.deck.text, story.claim("c5").text) == ("What they ask of it.", _CLAIM)  # type: ignore[union-attr]
    assert [item.claims for item in made] == [("c2", "c5")]


@pytest.mark.usefixtures("store")
async def test_a_mute_is_told_as_data_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, muting a beat and unmuting it print the beats as they stand then, and nothing else."""
    moves: tuple[tuple[Literal["mute", "unmute"], bool], ...] = (("mute", True), ("unmute", False))
    for move, muted in moves:
        assert await beats.beats(move, "law", data_dir=tmp_path, as_json=True) == 0
        told = {one["slug"]: one["muted"] is not None for one in json.loads(capsys.readouterr().out)}
        assert told["law"] is muted
        assert sum(told.values()) == muted


async def test_what_readers_dispute_is_listed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A story that stands and that readers say is wrong waits for a person, with when they said so."""
    async with store.write() as connection:
        for state in (StoryState.APPROVED, StoryState.PUBLISHED):
            await stories.set_state(connection, _HELD, state, at=NOON)
    await desk.list_held(data_dir=tmp_path)
    assert "Nothing waits" in capsys.readouterr().out
    report = Question(
        id="discord:7", channel="discord", state=QuestionState.ANSWERED, asked_at=SystemClock().now(),
        story_id=_HELD, reason="report: wrong", disputed=True,
    )  # fmt: skip
    async with store.write() as connection:
        await questions.add(connection, report)
    await desk.list_held(data_dir=tmp_path)
    told = capsys.readouterr().out
    assert f"Disputed: Old laptops, new weights\n  {_HELD}" in told
    assert "discord:7: report: wrong" in told
    await desk.list_held(data_dir=tmp_path, as_json=True)
    (disputed,) = json.loads(capsys.readouterr().out)["disputed"]
    assert disputed["objections"][0]["reason"] == "report: wrong"
