"""What ticks, and what is under way when the service stops."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from structlog.testing import capture_logs

from bot import schedule
from bot.collect.port import Haul
from bot.domain.clock import SystemClock
from bot.domain.errors import GroundswellError
from bot.pipeline.newsroom import Newsroom
from bot.schedule import Shift
from bot.store.engine import open_store, sqlite_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

_JAMMED = GroundswellError("the press is jammed")


class Work:
    """A move that says when it begins, and ends when it is allowed to."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.outcome = ""

    async def __call__(self) -> None:
        """Do the work."""
        self.begun.set()
        try:
            await self.may_end.wait()
            self.outcome = "done"
        except asyncio.CancelledError:
            self.outcome = "cancelled"
            raise


async def test_a_running_move_may_end() -> None:
    """A drain waits for a move that is under way, and says that all ended by themselves."""
    shift, work = Shift(), Work()
    move = asyncio.create_task(shift.move(work))
    await work.begun.wait()
    drain = asyncio.create_task(shift.drain(30))
    await asyncio.sleep(0)
    assert not drain.done()
    work.may_end.set()
    assert await drain
    await move
    assert work.outcome == "done"


async def test_a_late_move_is_cancelled() -> None:
    """What does not end in time is cancelled, and the drain says so."""
    shift, work = Shift(), Work()
    move = asyncio.create_task(shift.move(work))
    await work.begun.wait()
    assert not await shift.drain(0)
    assert work.outcome == "cancelled"
    with pytest.raises(asyncio.CancelledError):
        await move


async def test_after_the_drain_nothing_begins() -> None:
    """A closed shift begins no move; one with nothing under way is drained at once."""
    shift, work = Shift(), Work()
    assert await shift.drain(0)
    await shift.move(work)
    assert not work.begun.is_set()


async def test_the_scheduler_cannot_cancel_a_move() -> None:
    """When whoever waits for a move is cancelled, the move itself goes on."""
    shift, work = Shift(), Work()
    waiting = asyncio.create_task(shift.move(work))
    await work.begun.wait()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    work.may_end.set()
    assert await shift.drain(30)
    assert work.outcome == "done"


async def test_a_move_that_fails_ends_the_drain_too() -> None:
    """A move that raises is an ended move; whoever waited for it gets the error."""
    shift, begun = Shift(), asyncio.Event()

    async def fail() -> None:
        begun.set()
        await asyncio.sleep(0)
        raise _JAMMED

    move = asyncio.create_task(shift.move(fail))
    await begun.wait()
    assert await shift.drain(30)
    with pytest.raises(GroundswellError, match="jammed"):
        await move


@pytest.fixture
async def scheduler() -> AsyncIterator[AsyncIOScheduler]:
    """Give the service's scheduler, running."""
    made = schedule._scheduler()
    made.start()
    yield made
    made.shutdown(wait=False)


async def test_a_tick_that_is_late_still_runs(scheduler: AsyncIOScheduler) -> None:
    """A tick that was due many times while the loop was blocked for a minute runs once afterwards."""
    runs = 0
    ran = asyncio.Event()

    async def tick() -> None:
        nonlocal runs
        runs += 1
        ran.set()

    scheduler.add_job(tick, "interval", seconds=25, next_run_time=datetime.now(UTC) - timedelta(minutes=1))
    await asyncio.wait_for(ran.wait(), 5)
    await asyncio.sleep(0)
    assert runs == 1


async def test_a_tick_that_overtakes_itself_is_skipped_and_told(scheduler: AsyncIOScheduler) -> None:
    """While a tick still runs the next is left out, with one event that names it; then it goes on."""
    work, skipped, again = Work(), asyncio.Event(), asyncio.Event()
    runs = 0

    async def tick() -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            again.set()
        await work()

    with capture_logs() as events:
        scheduler.add_listener(lambda _: skipped.set(), EVENT_JOB_MAX_INSTANCES)
        scheduler.add_job(tick, "interval", seconds=0.02, id="long", next_run_time=datetime.now(UTC))
        await asyncio.wait_for(skipped.wait(), 5)
        assert runs == 1
        work.may_end.set()
        await asyncio.wait_for(again.wait(), 5)
    assert {"action": "tick", "status": "skipped", "job": "long"}.items() <= events[0].items()


async def test_a_tick_that_fails_is_told_and_ticks_on(
    scheduler: AsyncIOScheduler, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in a tick is one event with its cause; the next tick comes all the same."""
    again = asyncio.Event()
    runs = 0

    async def tick() -> None:
        nonlocal runs
        runs += 1
        if runs > 1:
            again.set()
            return
        raise _JAMMED

    with capture_logs() as events:
        scheduler.add_job(tick, "interval", seconds=0.02, id="frail", next_run_time=datetime.now(UTC))
        await asyncio.wait_for(again.wait(), 5)
    (event,) = events
    assert {"action": "tick", "status": "error", "job": "frail"}.items() <= event.items()
    assert "jammed" in str(event["exc_info"])
    assert caplog.records == []


class _Source:
    """A source that says how often it was asked; with `slow` its server does not answer."""

    interval = timedelta(0)
    targets: Sequence[str] = ("all",)
    off_reason: str | None = None

    def __init__(self, name: str, *, slow: bool = False) -> None:
        self.name, self._slow = name, slow
        self.visits, self.again = 0, asyncio.Event()

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:  # noqa: ARG002 - the port's
        self.visits += 1
        if self.visits > 1:
            self.again.set()
        if self._slow:
            await asyncio.Event().wait()
        return Haul((), cursor)


async def test_a_slow_source_keeps_no_other_waiting(
    tmp_path: Path, scheduler: AsyncIOScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the server of one source does not answer, the others are asked again and again."""
    monkeypatch.setattr(schedule, "POLL_SECONDS", 0.02)
    slow, quick = _Source("slow", slow=True), _Source("quick")
    store = await open_store(sqlite_url(tmp_path))
    parts: dict[str, Any] = dict.fromkeys(("settings", "book", "embedder", "relevance", "writer"))
    newsroom = Newsroom(**parts, store=store, clock=SystemClock(), channels={}, polled=[slow, quick])
    shift = Shift()
    try:
        schedule._plan(newsroom, scheduler, shift)
        await asyncio.wait_for(quick.again.wait(), 5)
        assert slow.visits == 1
    finally:
        scheduler.pause()
        await shift.drain(0)
        await store.close()
