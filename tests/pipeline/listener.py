"""A process that hears the village from where it was killed, to the last step."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot import settings
from bot.collect import registry
from bot.collect.bluesky import Bluesky
from bot.collect.frames import Timing
from bot.collect.http import open_fetcher
from bot.collect.port import PolledSource, StreamedSource
from bot.collect.wire_host import loopback
from bot.domain.clock import ReplayClock
from bot.pipeline import hear
from bot.pipeline.newsroom import Newsroom
from bot.store import sources
from bot.store.engine import open_store, sqlite_url
from tests.collect import places
from tests.collect.loopback import NOW
from tests.collect.test_jetstream import SEEN_US
from tests.pipeline import village

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bot.collect.http import Fetcher

_LAST_US = SEEN_US + (village.FRAMES - 1) * 1_000_000
# Small batches, so that there are many moments between two of them.
_TIMING = Timing(batch=60, flush=0.02)


def main(folder: Path, pages: int, streams: int, report: Connection[int, None]) -> None:
    """Hear everything into the folder's store; send -1 at the start, and each step that is over."""
    os.environ["GROUNDSWELL_ENV_FILE"] = os.devnull
    asyncio.run(_hear(folder, loopback(pages, streams), report))


async def _hear(folder: Path, network: Any, report: Connection[int, None]) -> None:
    configured = settings.load(data_dir=folder, records_folder=folder.parent / "records", **village.SETTINGS)
    store = await open_store(sqlite_url(folder))
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "writer", "relevance"))
    async with open_fetcher(configured, network=network) as fetcher:
        every = registry.build(configured, places.BEATS, fetcher, None, network)
        newsroom = Newsroom(
            **parts, settings=configured, store=store, clock=ReplayClock(NOW), channels={},
            polled=[source for source in every if isinstance(source, PolledSource)],
            streamed=[source for source in every if isinstance(source, StreamedSource)],
            chance=lambda: 0.0,
        )  # fmt: skip
        stream = Bluesky(configured.bluesky_hosts, agent="test", timing=_TIMING, connect=network.connect)
        # A clock of its own: waiting for a stream must not move the pages' time.
        beside = replace(newsroom, clock=ReplayClock(NOW))
        listening = asyncio.create_task(hear.listen(beside, stream, "jetstream"))
        report.send(-1)
        await _steps(newsroom, fetcher, report)
        while (await _cursor(newsroom, "bluesky", "jetstream")).get("time_us") != _LAST_US:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    await store.close()


async def _steps(newsroom: Newsroom, fetcher: Fetcher, report: Connection[int, None]) -> None:
    assert isinstance(newsroom.clock, ReplayClock)
    done = int((await _cursor(newsroom, "village", "step")).get("done", 0))
    for step in range(done, village.STEPS):
        at = village.time_of(step)
        newsroom.clock.advance(at)
        await fetcher.get("http://clock.example/", now=at, params={"step": str(step)})
        outcomes = await hear.run(newsroom, force=True)
        failed = [f"{name}: {outcome}" for name, outcome in outcomes.items() if "failed" in outcome]
        assert not failed, failed
        async with newsroom.store.write() as connection:
            await sources.succeeded(connection, "village", "step", cursor={"done": step + 1}, at=at)
        report.send(step)


async def _cursor(newsroom: Newsroom, source: str, target: str) -> Any:
    async with newsroom.store.read() as connection:
        return (await sources.get(connection, source, target)).cursor
