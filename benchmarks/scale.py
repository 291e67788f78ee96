"""What it costs to notice a record, from the stream to the signal, as the store grows.

Ten days of r/LocalLLaMA, 10,000 records, are noticed first. Then comes a stream: the next week, as if it
were said in five hours. Each hour of it is heard, noticed, audited and watched, as a running bot does, and
a second process reads ahead, as in a replay. Before that the store is filled with the ten days over and
over, each time ten days earlier, their words faded as the bot lets them fade; so what is alive is the same
at every size, and what grows is the past. Beside it, BERTopic's online mode takes the same stream.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import online_topics
from benchmarks.data import SHARED, MissingDataError
from benchmarks.measure import Cost, Measure, say
from benchmarks.past import fill
from bot import app, settings
from bot.collect.replay import Recording
from bot.domain.clock import ReplayClock
from bot.operate import logs
from bot.pipeline import notice, watch
from bot.pipeline.ahead import Ahead
from bot.store import records

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from bot.domain.record import Record

_PATH = SHARED / "records" / "localllama-2025-07.jsonl.gz"
_BEGUN = datetime(2025, 7, 1, tzinfo=UTC)
_LIVE = timedelta(days=10)
_STREAM = timedelta(days=7)
_LATER = datetime(2030, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
# The stream is said so many times as fast: 1,900 records an hour.
_FASTER = 34
_ROUNDS = 2
_LEAST_A_SECOND = 1_000
_MOST_GROWTH = 0.2


def measures(options: argparse.Namespace) -> Iterator[Measure]:
    """Yield records a second and the cost a record at each size of `options.stored`.

    Raises MissingDataError without the recording.
    """
    logs.configure("ERROR")
    live, stream = _recorded()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        home = Path(folder)
        (home / "live").mkdir()
        asyncio.run(_hear(home / "live", live, step=_DAY))
        costs = {size: _at(home, size, stream) for size in sorted(options.stored)}
    first, least = min(costs), costs[min(costs)].each_ms
    beside = online_topics.costs(
        [record.words for record in live],
        [record.words for record in stream],
        [size for size in costs if size <= online_topics.LARGEST],
    )
    for size, cost in costs.items():
        rival = beside.get(size)
        speed = {online_topics.NAME: round(rival.a_second, 1)} if rival else {}
        each = {online_topics.NAME: round(rival.each_ms, 3)} if rival else {}
        yield Measure(f"scale/speed-{size}", round(cost.a_second, 1), "records/s, stream to signal",
                      _LEAST_A_SECOND, beside=speed)  # fmt: skip
        yield Measure(f"scale/cost-{size}", round(cost.each_ms, 3), "ms of CPU a record",
                      round(least * (1 + _MOST_GROWTH), 3), least=False, beside=each)  # fmt: skip
    yield Measure("scale/growth", round(costs[max(costs)].each_ms / least - 1, 3), f"from {first:,} stored",
                  _MOST_GROWTH, least=False)  # fmt: skip


def _recorded() -> tuple[list[Record], list[Record]]:
    """Return what is alive, and what follows as a stream of a few hours."""
    if not _PATH.exists():
        msg = f"{_PATH} is not there: it is r/LocalLLaMA of July 2025 in the interchange format"
        raise MissingDataError(msg)
    with Recording([_PATH], not_after=_LATER) as recording:
        said = list(recording.records())
    bound = _BEGUN + _LIVE
    stream = [
        replace(record, created_at=bound + (record.created_at - bound) / _FASTER)
        for record in said
        if bound <= record.created_at < bound + _STREAM
    ]
    return [record for record in said if record.created_at < bound], stream


def _at(home: Path, size: int, stream: Sequence[Record]) -> Cost:
    """Return what the stream costs beside `size` stored records: the least of a few rounds.

    Other work on the machine can only add to what is measured.
    """
    full, trial = home / "full", home / "trial"
    shutil.copytree(home / "live", full)
    stored = fill(full / "groundswell.db", size, _LIVE)
    rounds = []
    for _ in range(_ROUNDS):
        shutil.copytree(full, trial)
        rounds.append(asyncio.run(_hear(trial, stream, step=_HOUR)))
        shutil.rmtree(trial)
    shutil.rmtree(full)
    best = min(rounds, key=lambda cost: cost.cpu_seconds)
    say(
        f"  {stored:,} stored: {best.a_second:,.0f} records/s, "
        f"{', '.join(f'{cost.each_ms:.3f}' for cost in rounds)} ms of CPU a record, {best.signals} signals"
    )
    return best


async def _hear(data_dir: Path, said: Sequence[Record], *, step: timedelta) -> Cost:
    """Hear, notice and watch `said`, which is in order of time, in steps."""
    clock = ReplayClock(said[0].created_at)
    signals = 0
    async with app.newsroom(settings.load(data_dir=data_dir), clock=clock, listening=False) as newsroom:
        begun, cpu = time.monotonic(), _cpu_seconds()
        with Ahead() as ahead:
            newsroom.read = ahead.read
            stream = groupby(ahead.through(iter(said)), lambda record: (record.created_at - _BEGUN) // step)
            for number, batch in stream:
                clock.advance(_BEGUN + (number + 1) * step)
                async with newsroom.store.write() as connection:
                    await records.add(connection, list(batch), clock.now())
                await notice.run(newsroom)
                signals += len(await watch.run(newsroom))
            seconds = time.monotonic() - begun
        return Cost(len(said), seconds, _cpu_seconds() - cpu, signals)


def _cpu_seconds() -> float:
    """Return what this process and those that it has ended have taken."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime
