"""The service: what ticks when, and how it stops.

APScheduler only ticks. A tick never is the work: it moves rows that are due, so a missed tick loses nothing.
Its defaults drop late runs and cancel running ones at shutdown, so both are set otherwise
(docs/decisions/0004-ticker.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.operate import notify
from bot.pipeline import hear, tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from apscheduler.events import JobExecutionEvent
    from starlette.applications import Starlette

    from bot.pipeline.newsroom import Newsroom

POLL_SECONDS = 30
TICK_SECONDS = 60
WATCHDOG_SECONDS = 20
# systemd is told to wait longer than this (deploy/groundswell.service).
DRAIN_SECONDS = 8

log = structlog.get_logger(__name__)


class Shift:
    """The moves that are under way; once closed, no new one begins."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self._closed = False

    async def move(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do one move as a task of its own, so that the scheduler cannot cancel it."""
        if self._closed:
            return
        task = asyncio.ensure_future(work())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def drain(self, seconds: float) -> bool:
        """Let running moves end within `seconds`, then cancel them; tell whether all ended by themselves."""
        self._closed = True
        if not self._running:
            return True
        _, late = await asyncio.wait(self._running, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return not late


async def serve(newsroom: Newsroom, site: Starlette) -> None:
    """Run the service until SIGTERM or SIGINT, then stop within DRAIN_SECONDS.

    Raises whatever ended a stream or the site before that, so that the supervisor restarts the process.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    shift, scheduler, server = Shift(), _scheduler(), _server(newsroom, site)
    scheduler.add_job(
        shift.move,
        "interval",
        args=[lambda: hear.run(newsroom)],
        seconds=POLL_SECONDS,
        id="hear",
        next_run_time=newsroom.clock.now(),
    )
    scheduler.add_job(
        shift.move, "interval", args=[lambda: tick.run(newsroom)], seconds=TICK_SECONDS, id="tick"
    )
    scheduler.add_job(_feed_watchdog, "interval", args=[newsroom], seconds=WATCHDOG_SECONDS, id="watchdog")
    tasks = {asyncio.create_task(server.serve(), name="site"), asyncio.create_task(stop.wait(), name="stop")}
    tasks |= {
        asyncio.create_task(hear.listen(newsroom, source, target), name=f"{source.name} {target}")
        for source in newsroom.streamed
        if source.off_reason is None
        for target in source.targets
    }
    scheduler.start()
    notify.ready()
    log.info("running", action="serve", status="ok", site=str(newsroom.settings.site_url))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        notify.stopping()
        scheduler.pause()
        server.should_exit = True
        drained = await shift.drain(DRAIN_SECONDS)
        await _end(tasks)
        scheduler.shutdown(wait=False)
        log.info("stopped", action="serve", status="ok" if drained else "cut short")
    for task in done:
        task.result()


async def serve_site(newsroom: Newsroom, site: Starlette) -> None:
    """Serve the pages only, until interrupted."""
    await _server(newsroom, site).serve()


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        if task.get_name() != "site":
            task.cancel()
    await asyncio.wait(tasks, timeout=1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _scheduler() -> AsyncIOScheduler:
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    return scheduler


def _complain(event: JobExecutionEvent) -> None:
    error = getattr(event, "exception", None)
    log.error(
        "tick failed",
        action="tick",
        status="error",
        job=event.job_id,
        error=repr(error) if error else "skipped",
    )


def _server(newsroom: Newsroom, site: Starlette) -> uvicorn.Server:
    settings = newsroom.settings
    return uvicorn.Server(
        uvicorn.Config(
            site, host=settings.host, port=settings.port, log_config=None, access_log=False, lifespan="off",
            timeout_graceful_shutdown=2, server_header=False,
        )
    )  # fmt: skip


async def _feed_watchdog(newsroom: Newsroom) -> None:
    """Tell systemd that the bot lives, after the store has answered."""
    with contextlib.suppress(Exception):
        async with newsroom.store.write():
            notify.watchdog()
