"""Where the data of the benchmarks lies: beside the checkout, never in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


class MissingDataError(Exception):
    """The data a benchmark needs is not there; the message names it."""


def recordings(folder: Path = SHARED / "records") -> list[Path]:
    """Return the recorded discourse in `folder`, ordered by name.

    Raises MissingDataError.
    """
    found = sorted(folder.glob("*.jsonl.gz"))
    if not found:
        msg = f"there is no recorded discourse in {folder}: put files in the interchange format there"
        raise MissingDataError(msg)
    return found


@contextmanager
def opened(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """Open the embedded store in `data_dir` for reading, with the driver alone.

    Raises MissingDataError if there is none, or if what is there is not a store of ours.
    """
    path = data_dir / "groundswell.db"
    if not path.exists():
        msg = f"there is no store in {data_dir}"
        raise MissingDataError(msg)
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            msg = f"the store in {data_dir} cannot be read: {error}"
            raise MissingDataError(msg) from error
