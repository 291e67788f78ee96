"""Backup: a consistent copy of the embedded store, taken while the bot runs.

SQLite's VACUUM INTO reads one snapshot and holds nobody up. It leaves out free pages, so that what was erased
is not in the copy.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bot.domain.errors import InputError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

_PRIVATE = 0o600


def save(store: Path, target: Path) -> int:
    """Copy the store in the file `store` to `target`, which must not exist yet; return the size in bytes.

    The copy is there whole, checked and readable by its owner alone, or not at all.
    Raises InputError for `target`, or StoreError.
    """
    if not store.is_file():
        msg = f"there is no store in {store.parent}: nothing to back up"
        raise StoreError(msg)
    if target.exists():
        msg = f"{target} exists already and is left as it is: name a new file"
        raise InputError(msg)
    making = target.with_name(f"{target.name}.partial")
    try:
        making.unlink(missing_ok=True)
        os.close(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
        _copy(store, making)
        making.replace(target)
    except (OSError, sqlite3.Error) as error:
        making.unlink(missing_ok=True)
        problem = getattr(error, "strerror", None) or error
        msg = f"the backup could not be written to {target}: {problem}"
        raise StoreError(msg) from error
    return target.stat().st_size


def _copy(store: Path, making: Path) -> None:
    # A connection that may not write makes no checkpoint when it is closed.
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as source:
        source.execute("VACUUM INTO ?", [str(making)])
    with closing(sqlite3.connect(making)) as copy:
        found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if found != "ok":
        msg = f"the copy is damaged: {found}"
        raise sqlite3.DatabaseError(msg)
    with making.open("rb") as written:
        os.fsync(written.fileno())
