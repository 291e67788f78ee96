"""The service: what ticks when, and how it stops.

APScheduler only ticks. A tick never is the work: it moves rows that are due, so a missed tick loses nothing.
Its defaults drop late runs and cancel running ones at shutdown, so both are set otherwise
(docs/decisions/0004-ticker.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.errors import GroundswellError, PublishError
from bot.operate import notify
from bot.pipeline import fade, hear, read, sweep, tick

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from apscheduler.events import JobExecutionEvent
    from starlette.applications import Starlette

    from bot.domain.clock import Clock
    from bot.pipeline.newsroom import Gateway, Newsroom
    from bot.settings import Settings

POLL_SECONDS = 30
TICK_SECONDS = 60
READ_SECONDS = 60
SWEEP_SECONDS = 600
FADE_SECONDS = 3_600
WATCHDOG_SECONDS = 20
# systemd is told to wait longer than this (deploy/groundswell.service).
DRAIN_SECONDS = 6
# A gateway that closed is taken up again, after a longer wait each time it closes soon.
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(minutes=10)

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


def listen(settings: Settings) -> socket.socket:
    """Open the socket of the site, so that whoever is told that it is up can reach it.

    Raises GroundswellError if the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        msg = (
            f"the site cannot listen on {settings.host}:{settings.port}: {error.strerror or error} "
            f"(GROUNDSWELL_HOST and GROUNDSWELL_PORT, docs/configuration.md#port)"
        )
        raise GroundswellError(msg) from error


async def serve(newsroom: Newsroom, site: Starlette, door: socket.socket) -> None:
    """Run the service until SIGTERM or SIGINT, then stop within DRAIN_SECONDS; the site listens at `door`.

    Raises whatever ended a stream or the site before that, so that the supervisor restarts the process.
    """
    stop = _signalled()
    shift, scheduler, server = Shift(), _scheduler(), _server(site)
    _plan(newsroom, scheduler, shift)
    tasks = {
        asyncio.create_task(server.serve([door]), name="site"),
        asyncio.create_task(stop.wait(), name="stop"),
        *_connections(newsroom),
    }
    scheduler.start()
    log.info("running", action="serve", status="ok", address=address_of(door))
    notify.ready()
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


def _plan(newsroom: Newsroom, scheduler: AsyncIOScheduler, shift: Shift) -> None:
    """Say what ticks when.

    Each polled source ticks by itself, so that one with slow servers keeps no other waiting.
    """
    every = partial(scheduler.add_job, shift.move, "interval")
    every(args=[lambda: tick.run(newsroom)], seconds=TICK_SECONDS, id="tick")
    every(args=[lambda: read.run(newsroom)], seconds=READ_SECONDS, id="read")
    every(args=[lambda: sweep.run(newsroom)], seconds=SWEEP_SECONDS, id="sweep")
    every(args=[lambda: fade.run(newsroom)], seconds=FADE_SECONDS, id="fade")
    at_once = partial(every, next_run_time=newsroom.clock.now())
    for source in newsroom.polled:
        if source.off_reason is None:
            ask = partial(hear.run, newsroom, only=source.name)
            at_once(args=[ask], seconds=POLL_SECONDS, id=f"hear-{source.name}")
    for listener in newsroom.listeners:
        at_once(args=[listener.run], seconds=listener.seconds, id=f"answer-{listener.name}")
    scheduler.add_job(_feed_watchdog, "interval", args=[newsroom], seconds=WATCHDOG_SECONDS, id="watchdog")


def _connections(newsroom: Newsroom) -> set[asyncio.Task[None]]:
    """Open what stays connected as long as the service runs: streams and gateways."""
    streams = {
        asyncio.create_task(hear.listen(newsroom, source, target), name=f"{source.name} {target}")
        for source in newsroom.streamed
        if source.off_reason is None
        for target in source.targets
    }
    return streams | {
        asyncio.create_task(keep_connected(newsroom.clock, gateway), name=f"{gateway.name} gateway")
        for gateway in newsroom.gateways
    }


async def keep_connected(clock: Clock, gateway: Gateway) -> None:
    """Keep a gateway connected until cancelled; whatever ends it, the rest of the house goes on."""
    wait = _FIRST_WAIT
    while True:
        since = clock.now()
        try:
            await gateway.connect()
            log.warning("gateway closed", action="connect", status="closed", gateway=gateway.name)
        except PublishError as error:
            what = {"gateway": gateway.name, "error": str(error)}
            log.error("gateway closed", action="connect", status="error", **what)  # noqa: TRY400 - it was foreseen
        except Exception:
            log.exception("gateway closed", action="connect", status="error", gateway=gateway.name)
        if clock.now() - since > _LONGEST_WAIT:
            wait = _FIRST_WAIT
        await clock.wait_until(clock.now() + wait)
        wait = min(2 * wait, _LONGEST_WAIT)


async def serve_site(site: Starlette, door: socket.socket) -> None:
    """Serve the pages only, at `door`, until SIGTERM or SIGINT."""
    _signalled()
    await _server(site).serve([door])


def address_of(door: socket.socket) -> str:
    """Return where `door` can be reached, as "host:port"."""
    host, port = door.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _signalled() -> asyncio.Event:
    """Return an event that is set at SIGTERM and SIGINT, which then do nothing else."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


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
    # The listener tells the same, once and in our words.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    return scheduler


def _complain(event: JobExecutionEvent) -> None:
    error = getattr(event, "exception", None)
    if error is None:
        log.warning("tick skipped", action="tick", status="skipped", job=event.job_id)
    else:
        log.error("tick failed", action="tick", status="error", job=event.job_id, exc_info=error)


def _server(site: Starlette) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            site, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2,
            server_header=False,
        )
    )  # fmt: skip


async def _feed_watchdog(newsroom: Newsroom) -> None:
    """Tell systemd that the bot lives, after the store has answered."""
    with contextlib.suppress(Exception):
        async with newsroom.store.write():
            notify.watchdog()
