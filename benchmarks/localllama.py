"""Storylines on r/LocalLLaMA, July 2025: all threads are clustered, those that were labelled are scored.

The labels and the rule they follow stand beside this file (`localllama.csv`, `localllama.md`).
"""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.clustering import Item
from benchmarks.data import SHARED, MissingDataError
from benchmarks.rivals import table
from bot.collect.interchange import parse_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Measure

_LABELS = Path(__file__).with_name("localllama.csv")
_PATH = SHARED / "records" / "localllama-2025-07.jsonl.gz"
_LATER = datetime(2030, 1, 1, tzinfo=UTC)
_AHEAD = 0.08


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield F1, which is to be ahead of all; raise MissingDataError without the recording."""
    yield from table("localllama", _items(), nmi=None, f1=_target)


def _target(others: Mapping[str, float]) -> float:
    return max(others["all singletons"] + _AHEAD, *others.values())


def _items() -> list[Item]:
    with _LABELS.open(encoding="utf-8", newline="") as lines:
        # A post without a label is about a matter of its own.
        labels = {row["id"]: row["label"] or row["id"] for row in csv.DictReader(lines)}
    try:
        with gzip.open(_PATH) as lines:
            said = [parse_line(line, not_after=_LATER) for line in lines]
    except OSError as error:
        msg = f"{_PATH} is not there: it is r/LocalLLaMA of July 2025 in the interchange format"
        raise MissingDataError(msg) from error
    return [
        Item(
            id=record.id,
            title=record.title or record.text,
            body=record.text if record.title else "",
            links=record.links,
            at=record.created_at,
            label=labels.get(record.native_id),
        )
        for record in said
        if record.opens_thread
    ]
