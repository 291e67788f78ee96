"""`groundswell story correct` and `story retract`, and what shows that a person has to look."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bot import settings
from bot.commands import amend, read
from bot.domain.errors import InputError, NotFoundError, TransitionError
from bot.domain.publication import PublicationState
from bot.domain.story import StoryState
from bot.operate import doctor
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.site import SiteChannel
from bot.store import publications, stories
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.story import SITE, put_approved
from tests.factory import NOON
from tests.pipeline.paper import Paper

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.domain.clock import ReplayClock
    from bot.publish.port import Channel
    from bot.store.engine import Store

_STORY, _NOTE = "heron-1", "It was Monday, not Sunday."


@pytest.fixture
async def store(tmp_path: Path, clock: ReplayClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """Give the store of the data directory that the settings name, with one story on the site and a paper."""
    monkeypatch.setenv("GROUNDSWELL_DATA_DIR", str(tmp_path))
    opened = await open_store(sqlite_url(tmp_path))
    await put_approved(opened, 1)
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "relevance", "writer"))
    channels: list[Channel] = [SiteChannel(SITE), Paper()]
    newsroom = Newsroom(
        **parts,
        settings=settings.load(),
        store=opened,
        clock=clock,
        channels={it.name: it for it in channels},
    )
    await post.run(newsroom)
    yield opened
    await opened.close()


async def _story(store: Store) -> tuple[StoryState, int, str | None]:
    async with store.read() as connection:
        story = await stories.get(connection, _STORY)
    return story.state, story.version, story.reason


async def test_a_correction_is_noted_once(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run changes nothing and says what would be; the command does it; again, it says it was done."""
    told = []
    for dry_run in (True, False, False):
        assert await amend.correct(_STORY, note=_NOTE, dry_run=dry_run, as_json=True) == 0
        told.append(json.loads(capsys.readouterr().out))
        assert (await _story(store))[0] is (StoryState.PUBLISHED if dry_run else StoryState.CORRECTED)
    assert [(one["changed"], one["written"]) for one in told] == [(True, False), (True, True), (False, False)]
    assert told[0]["owed"] == [{"channel": name, "kind": "correction"} for name in ("paper", "site")]
    assert await _story(store) == (StoryState.CORRECTED, 2, _NOTE)


async def test_a_retraction_says_what_follows(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says which network gets what, and the story is retracted with its reason."""
    assert await amend.retract(_STORY, reason="It was a joke.", delete_thread=True) == 0
    said = capsys.readouterr().out
    assert "heron-1 is retracted: It was a joke." in said
    assert "paper: loses the whole thread" in said
    assert await _story(store) == (StoryState.RETRACTED, 1, "It was a joke.")
    assert await amend.retract(_STORY, reason="It was a joke.", delete_thread=True) == 0
    assert "so before" in capsys.readouterr().out


@pytest.mark.usefixtures("store")
async def test_a_retracted_story_is_shown_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks a retracted story up reads first that it is, and why."""
    await amend.retract(_STORY, reason=_NOTE)
    capsys.readouterr()
    assert await read.show(_STORY) == 0
    assert capsys.readouterr().out.startswith(f"{_STORY} is retracted: {_NOTE}\n")


@pytest.mark.parametrize("note", ["", " \n ", "word " * 60])
async def test_a_note_that_says_nothing_or_too_much_is_refused(store: Store, note: str) -> None:
    """A note has to be there and fit into a post; else nothing changes."""
    with pytest.raises(InputError):
        await amend.correct(_STORY, note=note)
    assert (await _story(store))[0] is StoryState.PUBLISHED


@pytest.mark.usefixtures("store")
async def test_only_what_is_public_can_be_amended() -> None:
    """No such story, and a story that was retracted, are refused with the reason."""
    with pytest.raises(NotFoundError):
        await amend.correct("heron-9", note=_NOTE)
    await amend.retract(_STORY, reason="It was a joke.")
    with pytest.raises(TransitionError, match="retracted"):
        await amend.correct(_STORY, note=_NOTE)


async def test_a_conflict_is_shown_with_what_to_do(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """`doctor` and `story show` name the publication that waits for a person, and the command that helps."""
    async with store.write() as connection:
        await publications.owe(connection, _STORY, 1, ["bluesky"], at=NOON)
        await publications.conflict(connection, f"{_STORY}@1/bluesky", error="only 3 of 8 records are there")
        (item,) = await publications.in_conflict(connection)
    assert item.state is PublicationState.CONFLICT
    _, (finding,) = await doctor._store(settings.load())
    assert finding.verdict is doctor.Verdict.FAILING
    assert "retract heron-1" in finding.todo
    await read.show(_STORY)
    shown = " ".join(capsys.readouterr().out.split())
    assert "heron-1@1/bluesky only 3 of 8 records are there" in shown
    assert "--delete-thread" in shown
