"""How many frames a second go from the socket to committed rows, with the relevance gate on.

Beside it, on the same frames: the Bluesky SDK's record models doing only the decoding, and msgspec doing
nothing but decoding the JSON. The host that sends is a process of its own, so two cores are used. The three
take turns within one run, and each is counted whole, so that other work on the machine weighs on all alike.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.data import ROOT
from benchmarks.jetstream_host import PACE, SEQ, Repeated
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
    from collections.abc import Callable, Iterator, Sequence

    from bot.store.engine import Store

_SAMPLE = 20_000
_STEP = 1_000_000
_TURN = 400_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What one run came to: rows, seconds of the clock and of the CPU, and the memory along the way.

    `memory` holds, after each batch, how many frames were heard and how much is resident, in 10^6 bytes.
    """

    rows: int
    seconds: float
    cpu_seconds: float
    memory: list[tuple[int, float]]

    @property
    def settled(self) -> list[tuple[int, float]]:
        """The memory after the first quarter of the frames."""
        last = self.memory[-1][0]
        return [sample for sample in self.memory if sample[0] >= last // 4]

    @property
    def grown_mb(self) -> float:
        """By how much the memory grew after the first quarter."""
        return self.settled[-1][1] - self.settled[0][1]

    @property
    def slope_mb(self) -> float:
        """The slope of the line through the memory after the first quarter, in MB a million frames."""
        return 1e6 * statistics.linear_regression(*zip(*self.settled, strict=True)).slope


@dataclass(slots=True)
class Decoding:
    """Someone else's decoding of `frames`: how many were decoded in how many seconds of CPU."""

    name: str
    decode: Callable[[bytes], object]
    frames: list[bytes]
    decoded: int = 0
    cpu_seconds: float = 0

    def take_turn(self) -> None:
        """Decode every frame once more; the bot's own objects are no load to it."""
        gc.disable()
        begun = time.process_time()
        for frame in self.frames:
            self.decode(frame)
        self.cpu_seconds += time.process_time() - begun
        gc.enable()
        self.decoded += len(self.frames)

    @property
    def rate(self) -> float:
        """Frames a second of CPU."""
        return self.decoded / self.cpu_seconds


def measures(options: argparse.Namespace) -> Iterator[Measure]:
    """Yield frames a second, how that compares, and how memory grows after the first quarter.

    The memory after each million frames is told on stderr. Raises MissingDataError if there are no recorded
    frames.
    """
    logs.configure("ERROR")
    total = options.frames
    since = datetime.now(UTC) - total * PACE
    frames = list(Repeated(since).frames(0, _SAMPLE))
    beside = [Decoding("atproto", _sdk(), frames), Decoding("msgspec", msgspec.json.decode, frames)]
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder, host(total, since) as url:
        heard = asyncio.run(_hear(url, Path(folder), total, beside))
    say(f"{heard.rows:,} rows from {total:,} frames in {heard.seconds:.0f} s")
    yield Measure(
        "jetstream/frames", round(total / heard.seconds), "frames/s, socket to committed rows", 20_000
    )
    # Compared by what they cost, so that other work on the machine does not decide.
    rate = total / heard.cpu_seconds
    sdk, limit = (one.rate for one in beside)
    others = {f"{one.name}, decoding only": round(one.rate) for one in beside}
    yield Measure("jetstream/cpu", round(rate), "frames/s of CPU", 20_000, beside=others)
    yield Measure("jetstream/sdk", round(rate / sdk, 2), "times the SDK's decoding, of CPU", 5)
    yield Measure("jetstream/decode", round(rate / limit, 3), "of the decode limit, of CPU", 0.3)
    yield Measure("jetstream/memory", round(heard.grown_mb, 1), "MB grown", 30, least=False)
    unit = f"MB a million frames, over {total:,}"
    yield Measure("jetstream/slope", round(heard.slope_mb, 2), unit, 3, least=False)


def _sdk() -> Callable[[bytes], object]:
    # Imported here, since it takes a second.
    utils: Any = importlib.import_module("atproto_client.models.utils")
    wire: Any = importlib.import_module("atproto_jetstream.models")

    def decode(frame: bytes) -> object:
        event = wire.parse_subscribe_events_message(wire.parse_frame(frame))
        return utils.get_or_create(event.record, strict=False) if event.record else event

    return decode


@contextmanager
def host(total: int, since: datetime) -> Iterator[str]:
    """Run a host that has `total` frames, the first of them seen at `since`; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.jetstream_host", str(port), str(total), since.isoformat()],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield f"ws://127.0.0.1:{port}/xrpc/network.bsky.jetstream.subscribeEvents"
        finally:
            process.kill()


def collector(store: Store, url: str) -> tuple[Newsroom, Bluesky]:
    """Return a newsroom that only hears, and the stream of the host at `url` behind its gate."""
    clock = SystemClock()
    relevance = Relevance(beats.load(None), Embedder())
    gate = Doorkeeper(relevance, store, clock, languages=("en",), source=Bluesky.name)
    parts: dict[str, Any] = dict.fromkeys(("settings", "book", "embedder", "writer"))
    newsroom = Newsroom(**parts, relevance=relevance, store=store, clock=clock, channels={})
    return newsroom, Bluesky([url], agent="Groundswell/benchmark", gate=gate)


async def _hear(url: str, folder: Path, total: int, beside: Sequence[Decoding]) -> Heard:
    store = await open_store(sqlite_url(folder))
    newsroom, source = collector(store, url)
    watch = _Watch()
    memory = await _keep_all(newsroom, source, watch, beside)
    seconds, spent = watch.stopped()
    if memory[-1][0] != total:
        msg = f"only {memory[-1][0]:,} of {total:,} frames came"
        raise RuntimeError(msg)
    heard = Heard(await _rows(store), seconds, spent, memory)
    await store.close()
    return heard


async def _keep_all(
    newsroom: Newsroom, source: Bluesky, watch: _Watch, beside: Sequence[Decoding]
) -> list[tuple[int, float]]:
    """Hear the stream to its end; return frames heard and MB resident after each batch."""
    memory, told, turn = list[tuple[int, float]](), _STEP, 0
    try:
        async with aclosing(source.stream("jetstream", {})) as stream:
            async for haul in stream:
                await hear.keep(newsroom, source.name, "jetstream", haul)
                memory.append((haul.cursor["seq"] - SEQ + 1, _resident_mb()))
                if memory[-1][0] >= told:
                    say("{:,} frames: {:.0f} MB".format(*memory[-1]))
                    told += _STEP
                if memory[-1][0] >= turn:
                    with watch.held():
                        for one in beside:
                            one.take_turn()
                    turn += _TURN
    except SourceError as error:
        say(str(error))
    return memory


@dataclass(slots=True)
class _Watch:
    """Measures the time of the clock and of the CPU, but for what others took of it."""

    begun: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), cpu_seconds()))

    @contextmanager
    def held(self) -> Iterator[None]:
        clock, cpu = self.stopped()
        yield
        self.begun = (time.perf_counter() - clock, cpu_seconds() - cpu)

    def stopped(self) -> tuple[float, float]:
        return time.perf_counter() - self.begun[0], cpu_seconds() - self.begun[1]


async def _rows(store: Store) -> int:
    async with store.read() as connection:
        return sum((await records.tally(connection)).values())


def cpu_seconds() -> float:
    """Return the seconds of CPU that this process took so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
