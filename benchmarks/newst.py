"""Storylines on News-T: 11,109 titles in 152 stories, in order of time, as a stream of a few days."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.clustering import Item
from benchmarks.data import SHARED, MissingDataError
from benchmarks.rivals import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from benchmarks.measure import Measure

_PATH = SHARED / "eval" / "mstream_News-T.jsonl.gz"
# The set has an order and no times; this many a day make a stream of three days.
_A_DAY = 4_000
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
# Yin et al. 2018, "Model-based clustering of short text streams".
_PUBLISHED = {"MStreamF, as published": 0.873}


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield NMI and F1; raise MissingDataError without the set."""
    yield from table("newst", _items(), nmi=0.935, f1=0.87, published=_PUBLISHED)


def _items() -> list[Item]:
    try:
        with gzip.open(_PATH, "rt", encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines]
    except OSError as error:
        msg = f"{_PATH} is not there: it is News-T as MStream's authors published it"
        raise MissingDataError(msg) from error
    return [
        Item(
            id=f"newst:{number}",
            title=row["textCleaned"],
            body="",
            links=(),
            at=_BEGUN + number * timedelta(days=1) / _A_DAY,
            label=str(row["clusterNo"]),
        )
        for number, row in enumerate(read)
    ]
