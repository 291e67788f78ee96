"""A day of the network that was missed, caught up from the stored cursor while other sources are heard.

The collector was away for 24 hours (four million frames, recorded ones repeated). It goes on where its store
says. Beside the stream a forum, an outlet and Hacker News are asked when they are due, and say something new
every second; they are due every few seconds here, so that starving one would show.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks import jetstream
from benchmarks.data import opened
from benchmarks.jetstream_host import ON_TOPIC, ON_TOPIC_EVERY, PACE, SEQ, Repeated
from benchmarks.measure import Measure, say
from benchmarks.outage_pages import FEED, FORUM, SOURCES, Pages
from bot import settings
from bot.collect import registry
from bot.collect.http import open_fetcher
from bot.collect.jetstream import Protocol
from bot.collect.port import PolledSource
from bot.collect.wire_host import loopback
from bot.domain.clock import SystemClock
from bot.operate import logs
from bot.pipeline import hear
from bot.store import sources
from bot.store.engine import open_store, sqlite_url

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.collect.bluesky import Bluesky
    from bot.collect.http import Fetcher
    from bot.pipeline.newsroom import Newsroom

FRAMES = timedelta(days=1) // PACE
_DUE_EVERY = timedelta(seconds=5)
_LOOK_EVERY = 1.0


@dataclass(slots=True)
class Caught:
    """How many seconds it took, of the clock and of the CPU, and how the other sources fared.

    `longest` is the longest time in seconds from when one was due until what it said was stored; `said` is
    how much each had said at the end.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    visits: int = 0
    longest: float = 0.0
    said: int = 0
    failed: list[str] = field(default_factory=list)


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield how long the catching up takes, what it brings, and how long the other sources wait for it.

    Raises MissingDataError if there are no recorded frames.
    """
    logs.configure("CRITICAL")
    since = SystemClock().now() - FRAMES * PACE
    Repeated(since)
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as data:
        with jetstream.host(FRAMES, since) as url:
            caught = asyncio.run(_catch_up(url, Path(data), since))
        kept, landed = _stored(Path(data), caught.said)
    for failure in caught.failed:
        say(failure)
    say(f"the other sources were asked {caught.visits} times")
    yield Measure("outage/catch-up", round(caught.seconds, 1), f"s for {FRAMES:,} frames", 300, least=False)
    # What it costs, so that other work on the machine does not decide.
    yield Measure("outage/cpu", round(caught.cpu_seconds, 1), "s of CPU for the same", 300, least=False)
    yield Measure("outage/kept", round(100 * kept, 2), "% of what was planted", 100)
    unit = "s, longest from when another source was due until it was stored"
    yield Measure("outage/others", round(caught.longest, 1), unit, 10, least=False)
    yield Measure("outage/landed", round(100 * landed, 2), "% of what the others said", 100)


async def _catch_up(url: str, folder: Path, since: datetime) -> Caught:
    """Hear the day that was missed, and what others say meanwhile."""
    store = await open_store(sqlite_url(folder))
    newsroom, stream = jetstream.collector(store, url)
    configured, pages = settings.load(data_dir=folder, discourse_forums=(FORUM,), feeds=(FEED,)), Pages()
    caught, over = Caught(), asyncio.Event()
    async with pages.served() as port, open_fetcher(configured, network=loopback(port, port)) as fetcher:
        newsroom.polled = _others(configured, fetcher)
        await _ask(newsroom, caught)
        await _was_away(newsroom, stream, url, since)
        begun, cpu = time.perf_counter(), jetstream.cpu_seconds()
        asking = asyncio.create_task(_keep_asking(newsroom, caught, over))
        hearing = asyncio.create_task(hear.listen(newsroom, stream, "jetstream"))
        while await _reached(newsroom) < FRAMES - 1:  # noqa: ASYNC110 - it shows in the store only
            await asyncio.sleep(_LOOK_EVERY / 4)
        caught.seconds, caught.said = time.perf_counter() - begun, pages.said()
        caught.cpu_seconds = jetstream.cpu_seconds() - cpu
        over.set()
        hearing.cancel()
        await asyncio.gather(asking, hearing, return_exceptions=True)
        # What was said by then must be there after one more visit.
        await hear.run(newsroom, force=True)
    await store.close()
    return caught


async def _keep_asking(newsroom: Newsroom, caught: Caught, over: asyncio.Event) -> None:
    while not over.is_set():
        await _ask(newsroom, caught)
        await asyncio.sleep(_LOOK_EVERY)


async def _ask(newsroom: Newsroom, caught: Caught) -> None:
    """Ask the other sources that are due now."""
    async with newsroom.store.read() as connection:
        states = await sources.all_states(connection)
    due = {f"{state.source} {state.target}": state.next_check_at for state in states}
    for target, outcome in (await hear.run(newsroom)).items():
        since = due.get(target)
        if outcome == "not due":
            continue
        caught.visits += 1
        if outcome.startswith("failed"):
            caught.failed.append(f"{target} {outcome}")
        elif since is not None:
            caught.longest = max(caught.longest, (newsroom.clock.now() - since).total_seconds())


def _others(configured: settings.Settings, fetcher: Fetcher) -> Sequence[PolledSource]:
    every = registry.build(configured, (), fetcher)
    found = [one for one in every if isinstance(one, PolledSource) and one.name in SOURCES]
    for source in found:
        source.interval = _DUE_EVERY
    return found


async def _was_away(newsroom: Newsroom, stream: Bluesky, url: str, since: datetime) -> None:
    """Store the cursor of a collector that heard the first frame, a day ago, and nothing after it."""
    cursor = {
        "host": f"ws://{urlsplit(url).netloc}", "version": Protocol.V2, "seq": SEQ,
        "time_us": int(since.timestamp() * 1e6),
    }  # fmt: skip
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, stream.name, "jetstream", cursor=cursor, at=since)


async def _reached(newsroom: Newsroom) -> int:
    async with newsroom.store.read() as connection:
        cursor = (await sources.get(connection, "bluesky", "jetstream")).cursor
    return int(cursor["seq"]) - SEQ


def _stored(folder: Path, said: int) -> tuple[float, float]:
    """Return the shares of the planted posts, and of what each other source said, that are in the store."""
    with opened(folder) as connection:
        (planted,) = connection.execute("SELECT count(*) FROM records WHERE text = ?", [ON_TOPIC]).fetchone()
        heard = dict(connection.execute("SELECT source, count(*) FROM records GROUP BY source").fetchall())
    landed = sum(min(heard.get(name, 0), said) for name in SOURCES)
    return planted * ON_TOPIC_EVERY / FRAMES, landed / (said * len(SOURCES))
