"""How fast, in how much memory, and how truly recorded discourse goes through the whole pipeline."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.data import recordings
from benchmarks.measure import Measure, say
from benchmarks.player import play
from benchmarks.quotes import audit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_SHOWN = 5


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield speed, memory, stories and the share of verbatim quotes of one replay of everything.

    Raises MissingDataError if there is no recorded discourse.
    """
    found = recordings()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        say(f"replaying {', '.join(path.name for path in found)}")
        played = play(Path(folder), found)
        quotes = audit(Path(folder))
    for miss in quotes.missed[:_SHOWN]:
        say(miss)
    yield Measure("replay/wall", round(played.records / played.seconds, 1), "records/s", 500)
    yield Measure("replay/cpu", round(played.records / played.cpu_seconds, 1), "records/s of CPU", 500)
    yield Measure("replay/memory", round(played.peak_mb, 1), "MB", 700, least=False)
    yield Measure("replay/stories", played.published, "stories published", 5)
    yield Measure("replay/verbatim", quotes.share, f"share of {quotes.quotes} quotes", 1.0)
