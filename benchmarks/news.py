"""Storylines on headlines of March 2014 (news_aggregator): 6,366 in 87 stories, at their own times."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.clustering import Item
from benchmarks.data import SHARED, MissingDataError
from benchmarks.rivals import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from benchmarks.measure import Measure

_PATH = SHARED / "eval" / "news_aggregator.csv.gz"


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield NMI and F1; raise MissingDataError without the set."""
    yield from table("news", _items(), nmi=None, f1=0.83)


def _items() -> list[Item]:
    try:
        with gzip.open(_PATH, "rt", encoding="utf-8", newline="") as lines:
            # The last line is cut off.
            read = [row for row in csv.DictReader(lines) if row["TIMESTAMP"]]
    except OSError as error:
        msg = f"{_PATH} is not there: it is the first days of the News Aggregator data set"
        raise MissingDataError(msg) from error
    items = [
        Item(
            id=f"news:{row['ID']}",
            title=row["TITLE"],
            body="",
            links=(),
            at=datetime.fromtimestamp(int(row["TIMESTAMP"]) / 1000, UTC),
            label=row["STORY"],
        )
        for row in read
    ]
    return sorted(items, key=lambda item: (item.at, item.id))
