"""Is every published quote in a stored record, word for word? `python -m benchmarks.quotes DATA_DIR`.

It trusts nothing of the bot: it reads the tables with the database driver alone, every version of every story
that readers can see, and looks for each quote in the records that its claim cites. A quote that was emptied
because its record was taken back is counted apart.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import recount
from benchmarks.data import opened

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

_COUNT = "SELECT count(*) FROM stories WHERE state IN ('published', 'corrected', 'retracted')"
_CITATIONS = """
    SELECT citations.*, records.title, records.text, records.state
    FROM citations JOIN stories ON stories.id = story_id LEFT JOIN records ON records.id = record_id
    WHERE stories.state IN ('published', 'corrected', 'retracted')
"""
_CLAIMS = """
    SELECT story_id, claims.version, claim_id, text FROM claims JOIN stories ON stories.id = story_id
    WHERE stories.state IN ('published', 'corrected', 'retracted')
"""
_BETWEEN_MARKS = re.compile("\N{LEFT DOUBLE QUOTATION MARK}(.*?)\N{RIGHT DOUBLE QUOTATION MARK}", re.DOTALL)

Key = tuple[str, int, str]


@dataclass(slots=True)
class Audit:
    """How many quotes there are, how many were taken back with their record, and which are not verbatim."""

    stories: int = 0
    citations: int = 0
    quotations: int = 0
    erased: int = 0
    missed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The counts, as a person reads them."""
        return (
            f"{self.stories} stories, {self.citations} cited spans, {self.quotations} quotations in the text:"
            f" {len(self.missed)} of them not verbatim; {self.erased} taken back with their record"
        )

    @property
    def quotes(self) -> int:
        """All quotes that were looked up."""
        return self.citations + self.quotations

    @property
    def share(self) -> float:
        """The share of quotes that are verbatim; 1 if there is none."""
        return 1 - len(self.missed) / self.quotes if self.quotes else 1.0


def audit(data_dir: Path) -> Audit:
    """Look up every published quote in the store of `data_dir`.

    Raises MissingDataError if there is no store.
    """
    with opened(data_dir) as store:
        found = Audit(stories=store.execute(_COUNT).fetchone()[0])
        cited: dict[Key, list[sqlite3.Row]] = defaultdict(list)
        for row in store.execute(_CITATIONS):
            cited[row["story_id"], row["version"], row["claim_id"]].append(row)
            _look_up_citation(found, row)
        for row in store.execute(_CLAIMS):
            key = (row["story_id"], row["version"], row["claim_id"])
            _look_up_quotations(found, key, row["text"], cited[key])
    return found


def _look_up_citation(found: Audit, row: sqlite3.Row) -> None:
    if row["state"] == "erased" and not row["quote"]:
        found.erased += 1
        return
    found.citations += 1
    if not row["quote"] or not _says(row, row["quote"]):
        where = f"{row['story_id']} v{row['version']} {row['claim_id']}"
        found.missed.append(f"{where}: {row['record_id']} does not say: {row['quote']}")


def _look_up_quotations(found: Audit, key: Key, text: str, cited: Sequence[sqlite3.Row]) -> None:
    story_id, version, claim_id = key
    for quote in _BETWEEN_MARKS.findall(text):
        found.quotations += 1
        if not any(_says(row, quote) for row in cited):
            found.missed.append(f"{story_id} v{version} {claim_id}: no cited record says: {quote}")


def _says(row: sqlite3.Row, quote: str) -> bool:
    return quote in (row["text"] or "") or quote in (row["title"] or "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts; return 1 if a quote is not verbatim, 3 if there is no store."""
    return recount.run("benchmarks.quotes", __doc__ or "", audit, arguments)


if __name__ == "__main__":
    sys.exit(main())
