"""The gate: a halt, a mute, quiet hours and the dry run keep stories in, and let them out afterwards."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot import settings
from bot.domain.errors import NotFoundError
from bot.domain.publication import PublicationState
from bot.domain.quiet import QuietHours
from bot.domain.story import StoryState
from bot.pipeline import amend, post, switches, tell, tick
from bot.store import decisions, publications, stories
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.story import put_approved
from tests.pipeline import plant, week
from tests.pipeline.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bot.domain.clock import ReplayClock
    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store

_HOUR = timedelta(hours=1)
_HALT = """
import asyncio, sys
from types import SimpleNamespace
from bot.domain.clock import SystemClock
from bot.pipeline import switches
from bot.store.engine import open_store

async def main():
    store = await open_store(sys.argv[1])
    await switches.halt(SimpleNamespace(store=store, clock=SystemClock()), "lin", "wrong court")
    await store.close()

asyncio.run(main())
"""


class _Halting(Paper):
    """A paper during whose first printing another process halts the bot."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self._folder = folder

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Print; while the other process halts, nothing else of this one runs."""
        if not self.sends:
            subprocess.run([sys.executable, "-c", _HALT, sqlite_url(self._folder)], check=True)  # noqa: ASYNC221
        return await super().send(publication)


@pytest.fixture
async def approved(newsroom: Newsroom) -> Story:
    """Give a story that is approved and not planned yet."""
    (story,) = await put_approved(newsroom.store, 1)
    return story


async def _states(newsroom: Newsroom, story: Story) -> dict[str, PublicationState]:
    async with newsroom.store.read() as connection:
        return {item.channel: item.state for item in await publications.of_story(connection, story.id)}


async def test_a_halt_by_another_process_holds_between_two_publications(
    newsroom: Newsroom, approved: Story, tmp_path: Path
) -> None:
    """A halt set while one channel is being sent to keeps the next from being begun, until the resume."""
    first, second = _Halting("first", tmp_path), Paper("second")
    newsroom.channels = {"first": first, "second": second}
    await post.run(newsroom)
    assert (first.sends.total(), second.sends.total()) == (1, 0)
    assert await _states(newsroom, approved) == {
        "first": PublicationState.SENT, "second": PublicationState.PLANNED,
    }  # fmt: skip
    halt = await switches.resume(newsroom, "lin")
    assert halt is not None
    assert halt.reason == "wrong court"
    await post.run(newsroom)
    assert (first.sends.total(), second.sends.total()) == (1, 1)


class _Slow(Paper):
    """A paper in the middle of whose first printing the bot is halted, long enough for a look to see it."""

    def __init__(self, newsroom: Newsroom) -> None:
        super().__init__("slow")
        self._newsroom = newsroom

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Print once a look at the switch had its time."""
        if not self.sends:
            await switches.halt(self._newsroom, "lin")
            for _ in range(20):
                async with self._newsroom.store.read() as connection:
                    await decisions.halted(connection)
        return await super().send(publication)


async def test_a_halt_breaks_off_no_request_that_may_be_taken_already(
    newsroom: Newsroom, approved: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes to a channel of the newsroom's own in one request is known to be there, also when halted."""
    monkeypatch.setattr(post, "_LOOK_SECONDS", 0)
    newsroom.channels = {"slow": _Slow(newsroom)}
    assert await post.run(newsroom) == [approved.id]
    assert await _states(newsroom, approved) == {"slow": PublicationState.SENT}


async def test_a_halt_keeps_no_retraction_in(newsroom: Newsroom, approved: Story, paper: Paper) -> None:
    """What readers have is corrected, retracted and removed whatever is halted."""
    await post.run(newsroom)
    await switches.halt(newsroom, "lin")
    now = newsroom.clock.now()
    await amend.retract(newsroom.store, approved.id, "It was a joke.", remove=False, at=now, dry_run=False)
    await post.run(newsroom)
    assert list(paper.printed) == [f"{approved.id}@1/paper", f"{approved.id}@1/paper/retraction"]


async def test_a_halt_between_planning_and_sending_holds(
    newsroom: Newsroom, approved: Story, paper: Paper
) -> None:
    """What was planned before a halt is not sent after it; a process that starts later finds it halted."""
    await post.plan(newsroom, approved)
    async with newsroom.store.read() as connection:
        (planned,) = await publications.of_story(connection, approved.id)
    await switches.halt(newsroom, "lin")
    assert await post.send(newsroom, planned) == (None, False)
    beside = await open_store(sqlite_url(newsroom.settings.data_dir))
    async with beside.read() as connection:
        assert await decisions.halted(connection) is not None
    await beside.close()
    assert await post.run(newsroom) == []
    assert not paper.sends


async def test_a_halt_is_set_once_and_kept(newsroom: Newsroom, store: Store, clock: ReplayClock) -> None:
    """Of two halts the first holds, with who and why; after the resume there is nothing to end."""
    newsroom.store = store
    first = await switches.halt(newsroom, "lin", " wrong\ncourt ")
    clock.advance(clock.now() + _HOUR)
    assert await switches.halt(newsroom, "sam") == first
    assert first.reason == "wrong court"
    assert await switches.resume(newsroom, "sam") == first
    assert await switches.resume(newsroom, "sam") is None
    again = await switches.halt(newsroom, "kim")
    async with store.read() as connection:
        assert await decisions.halted(connection) == again != first


async def test_nothing_is_planned_while_the_gate_is_shut(
    newsroom: Newsroom, approved: Story, paper: Paper, clock: ReplayClock
) -> None:
    """What waits is frozen only when it may go out, so that it bears the time at which it does."""
    newsroom.settings = settings.load(quiet_hours="13:00-07:00 Europe/Berlin")
    assert await post.run(newsroom) == []
    assert await _states(newsroom, approved) == {"paper": PublicationState.OWED}
    clock.advance(datetime(2026, 3, 3, 5, 59, tzinfo=UTC))
    assert await post.run(newsroom) == []
    clock.advance(datetime(2026, 3, 3, 6, 0, tzinfo=UTC))
    assert await post.run(newsroom) == [approved.id]
    (printed,) = paper.printed.values()
    assert printed["planned"] == clock.now().isoformat()


async def test_a_dry_run_publishes_nothing(newsroom: Newsroom, approved: Story, paper: Paper) -> None:
    """In dry-run mode even a story that was approved earlier stays in."""
    newsroom.settings = settings.load(mode="dry-run")
    assert await post.run(newsroom) == []
    assert not paper.sends
    async with newsroom.store.read() as connection:
        assert (await stories.get(connection, approved.id)).state is StoryState.APPROVED


async def test_a_muted_beat_tells_and_publishes_nothing_new(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """On a muted beat signals wait untold and approved stories unsent; unmuted, both go on."""
    said = week.matter("parchment-ruling")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "law", said)
    await plant.signal(newsroom, "m1", "law", said, at=clock.now())
    clock.advance(clock.now() + 3 * _HOUR)
    muted = await switches.mute(newsroom, "law", "lin")
    assert await switches.mute(newsroom, "law", "sam") == muted
    assert await tick.run(newsroom) == []
    assert await switches.unmute(newsroom, "law", "lin") == muted
    (story,) = await tell.run(newsroom)
    await switches.mute(newsroom, "law", "lin")
    assert await tick.run(newsroom) == []
    assert not paper.sends
    await switches.unmute(newsroom, "law", "lin")
    assert await switches.unmute(newsroom, "law", "lin") is None
    assert await tick.run(newsroom) == [story.id]
    with pytest.raises(NotFoundError, match="no beat weather"):
        await switches.mute(newsroom, "weather", "lin")


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        ("22:00-07:00", "2026-03-02T21:59", None),
        ("22:00-07:00", "2026-03-02T22:00", "2026-03-03T07:00"),
        ("22:00-07:00", "2026-03-03T06:59", "2026-03-03T07:00"),
        ("22:00-07:00", "2026-03-03T07:00", None),
        ("9:30-10:00", "2026-03-03T09:45", "2026-03-03T10:00"),
        ("22:00-07:00 Europe/Berlin", "2026-03-02T21:00", "2026-03-03T06:00"),
        # The night in which the clocks go forward is an hour shorter.
        ("22:00-07:00 Europe/Berlin", "2026-03-28T21:00", "2026-03-29T05:00"),
    ],
)
def test_quiet_hours_follow_the_clock_of_the_place(hours: str, at: str, until: str | None) -> None:
    """The hours hold on the wall clock of their zone, past midnight and over a change of the clocks."""
    quiet = QuietHours.parse(hours)
    expected = datetime.fromisoformat(until).replace(tzinfo=UTC) if until else None
    assert quiet.until(datetime.fromisoformat(at).replace(tzinfo=UTC)) == expected
    assert QuietHours.parse(str(quiet)) == quiet


@pytest.mark.parametrize("text", ["", "22-7", "22:00-22:00", "25:00-07:00", "22:00-07:00 Mars/Base"])
def test_wrong_quiet_hours_are_refused(text: str) -> None:
    """What is no time span, or no zone, is refused with a reason."""
    with pytest.raises(ValueError, match=r"22|hour|zone"):
        QuietHours.parse(text)
