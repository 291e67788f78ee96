"""How many frames a second go from the socket to committed rows, with the relevance gate on.

Beside it, on the same frames: the Bluesky SDK's record models doing only the decoding, and msgspec doing
nothing but decoding the JSON. The host that sends is a process of its own, so two cores are used.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.data import ROOT
from benchmarks.jetstream_host import Repeated
from benchmarks.measure import Measure, say
from bot.collect.bluesky import Bluesky
from bot.detect import beats
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.domain.clock import SystemClock
from bot.domain.errors import SourceError
from bot.operate import logs
from bot.pipeline import hear
from bot.pipeline.doorkeeper import Doorkeeper
from bot.pipeline.newsroom import Newsroom
from bot.store import records
from bot.store.engine import open_store, sqlite_url

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from bot.store.engine import Store

_SAMPLE = 20_000
_STEP = 1_000_000
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Heard:
    """What one run came to: frames and rows, seconds of the clock and of the CPU, and grown memory in MB."""

    rows: int
    seconds: float
    cpu_seconds: float
    grown_mb: float


def measures(options: argparse.Namespace) -> Iterator[Measure]:
    """Yield frames a second, how that compares, and how much memory grows after the first quarter.

    With more than a million frames, the memory after each million is told on stderr.

    Raises MissingDataError if there are no recorded frames.
    """
    logs.configure("ERROR")
    total = options.frames
    frames = list(Repeated().frames(0, _SAMPLE))
    sdk, limit = _best(frames, _sdk()), _best(frames, msgspec.json.decode)
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder, _host(total) as url:
        heard = asyncio.run(_hear(url, Path(folder), total))
    say(f"{heard.rows:,} rows from {total:,} frames in {heard.seconds:.0f} s")
    yield Measure(
        "jetstream/frames", round(total / heard.seconds), "frames/s, socket to committed rows", 20_000
    )
    # Compared by what they cost, so that other work on the machine does not decide.
    rate = total / heard.cpu_seconds
    beside = {"atproto, decoding only": round(sdk), "msgspec, decoding only": round(limit)}
    yield Measure("jetstream/cpu", round(rate), "frames/s of CPU", 20_000, beside=beside)
    yield Measure("jetstream/sdk", round(rate / sdk, 2), "times the SDK's decoding, of CPU", 5)
    yield Measure("jetstream/decode", round(rate / limit, 3), "of the decode limit, of CPU", 0.3)
    yield Measure("jetstream/memory", round(heard.grown_mb, 1), "MB grown", 30, least=False)


def _best(frames: list[bytes], decode: Callable[[bytes], object]) -> float:
    """Return frames a second of CPU of the best of some rounds."""
    rates = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for frame in frames:
            decode(frame)
        rates.append(len(frames) / (time.process_time() - begun))
    return max(rates)


def _sdk() -> Callable[[bytes], object]:
    # Imported here, since it takes a second.
    utils: Any = importlib.import_module("atproto_client.models.utils")
    wire: Any = importlib.import_module("atproto_jetstream.models")

    def decode(frame: bytes) -> object:
        event = wire.parse_subscribe_events_message(wire.parse_frame(frame))
        return utils.get_or_create(event.record, strict=False) if event.record else event

    return decode


@contextmanager
def _host(total: int) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.jetstream_host", str(port), str(total)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as host:
        try:
            assert host.stdout is not None
            host.stdout.readline()
            yield f"ws://127.0.0.1:{port}/xrpc/network.bsky.jetstream.subscribeEvents"
        finally:
            host.kill()


async def _hear(url: str, folder: Path, total: int) -> Heard:
    book = beats.load(None)
    relevance = Relevance(book, Embedder())
    store = await open_store(sqlite_url(folder))
    gate = Doorkeeper(relevance, store, SystemClock(), languages=("en",), source=Bluesky.name)
    parts: dict[str, Any] = dict.fromkeys(("settings", "book", "embedder", "writer"))
    newsroom = Newsroom(**parts, relevance=relevance, store=store, clock=SystemClock(), channels={})
    source = Bluesky([url], agent="Groundswell/benchmark", gate=gate)
    begun, cpu = time.perf_counter(), _cpu_seconds()
    warm_mb = await _keep_all(newsroom, source, total)
    seconds, cpu_seconds = time.perf_counter() - begun, _cpu_seconds() - cpu
    heard = Heard(await _rows(store), seconds, cpu_seconds, _resident_mb() - warm_mb)
    await store.close()
    return heard


async def _keep_all(newsroom: Newsroom, source: Bluesky, total: int) -> float:
    """Hear the stream to its end; return the memory in MB after the first quarter."""
    warm_mb, told = 0.0, _STEP
    try:
        async with aclosing(source.stream("jetstream", {})) as stream:
            async for haul in stream:
                await hear.keep(newsroom, source.name, "jetstream", haul)
                heard = haul.cursor["seq"] % 10**12
                if not warm_mb and heard >= total // 4:
                    warm_mb = _resident_mb()
                if heard >= told:
                    say(f"{heard:,} frames: {_resident_mb():.0f} MB")
                    told += _STEP
    except SourceError as error:
        say(str(error))
    return warm_mb


async def _rows(store: Store) -> int:
    async with store.read() as connection:
        return sum((await records.tally(connection)).values())


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
