"""Does every guild get every story once and in order, whatever Discord refuses? 50 guilds, an hour.

Each of 50 guilds follows five beats in a channel. A story comes every minute, on simulated time, while the
loopback Discord answers with limits and errors, and loses answers to what it did.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import linear_regression
from typing import TYPE_CHECKING

from benchmarks.measure import Measure, say
from tests.discord.rush import Trouble, rush

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

GUILDS, MINUTES = 50, 60
BEATS = ("open-source", "agents", "safety", "hardware", "policy")
_TROUBLE = Trouble(errors=(500, 502, 503, 503), lost=2, short=5, long=2, short_seconds=0.2)
# By then everything has been used once.
_WARM = 10


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield what was not delivered once, whole and in order, how late the last was, and how memory grew."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        found = asyncio.run(
            rush(Path(folder), guilds=GUILDS, beats=BEATS, minutes=MINUTES, trouble=_TROUBLE, progress=say)
        )
    say(f"  {found.requests:,} requests, {found.refused:,} refused, {time.monotonic() - begun:.0f} s")
    of = f"of {found.wanted:,} deliveries"
    yield Measure("discord/deliveries", found.wanted, "stories in channels", GUILDS * MINUTES)
    yield Measure("discord/missing", found.missing, of, 0, least=False)
    yield Measure("discord/twice", found.twice, of, 0, least=False)
    yield Measure("discord/out-of-order", found.misplaced, of, 0, least=False)
    yield Measure("discord/refused", found.refused, f"of {found.requests:,} requests", 500)
    yield Measure("discord/late", found.minutes_late, "minutes after the hour, the last", 30, least=False)
    warm = [resident / 2**20 for resident in found.resident[_WARM:]]
    yield Measure(
        "discord/memory",
        round(100 * (warm[-1] / warm[0] - 1), 1),
        "% growth after 10 minutes",
        10,
        least=False,
    )
    slope = linear_regression(range(len(warm)), warm).slope
    yield Measure(
        "discord/memory-slope", round(slope * MINUTES, 1), "MB an hour after 10 minutes", 10, least=False
    )
