"""The process that `benchmarks.player` starts: one replay, its cost as JSON on stdout."""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import say
from bot import playback, settings
from bot.operate import logs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress

_SAY_EVERY = 2_000
# Linux counts the peak in kibibytes, macOS in bytes.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class _Voice:
    """Says now and then how far the replay is."""

    def __init__(self) -> None:
        self._total = 0
        self._next = 0

    def begin(self, total: int) -> None:
        self._total = total

    async def step(self, _: Newsroom, at: Progress) -> None:
        if at.heard >= self._next:
            say(f"  {at.heard:,} of {self._total:,} records, {at.at:%Y-%m-%d %H:%M}")
            self._next = at.heard + _SAY_EVERY


def main(arguments: Sequence[str] | None = None) -> None:
    """Replay the recordings and print what it cost."""
    parser = argparse.ArgumentParser(description="Replay recordings and say what it cost.")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--beats", type=Path)
    options = parser.parse_args(arguments)
    configured = settings.load(data_dir=options.data_dir)
    logs.configure("WARNING", configured)
    voice, begun = _Voice(), time.monotonic()
    summary = asyncio.run(
        playback.play(
            configured, options.recordings, beats_file=options.beats, total=voice.begin, step=voice.step
        )
    )
    own, helper = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    read_ahead = helper.ru_utime + helper.ru_stime
    say(f"  {own:.1f} s of CPU, {read_ahead:.1f} s in the process that read ahead")
    cost = {
        "records": summary.records,
        "published": summary.published,
        "seconds": time.monotonic() - begun,
        "cpu_seconds": own + read_ahead,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 1e6,
    }
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
