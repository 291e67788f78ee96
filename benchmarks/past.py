"""A long past for a store: what it holds over and over, each time a stretch earlier."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

_MICROSECOND = timedelta(microseconds=1)
# People come and go: after half a year it is others who speak.
_OTHERS_AFTER = timedelta(days=180)
_TABLES = ("records", "storylines", "record_beats", "record_links")
_IDS = {"id", "native_id", "root", "parent", "thread", "storyline_id", "family_id", "record_id"}
_TIMES = {"created_at", "heard_at", "first_at", "last_at"}
_FADED = {"title": "NULL", "text": "''", "url": "''", "author_key": "''", "author_handle": "''",
          "links": "'[]'"}  # fmt: skip


def fill(path: Path, size: int, stretch: timedelta) -> int:
    """Give the store in `path`, which holds a `stretch` of time, a past; return how many records it has then.

    It comes as near to `size` as whole stretches do. Words of records that are older than the bot keeps them
    are faded. The store must not be open.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        store.execute("PRAGMA synchronous=OFF")
        held = _size(store)
        indexes = _indexes(store)
        for table in _TABLES:
            store.execute(f"CREATE TEMP TABLE past_{table} AS SELECT * FROM {table}")  # noqa: S608 - our own names
        store.execute("BEGIN")
        for name, _ in indexes:
            store.execute(f"DROP INDEX {name}")
        for number in range(1, round(size / held)):
            for table in _TABLES:
                _repeat(store, table, number, number * stretch)
        for _, sql in indexes:
            store.execute(sql)
        store.execute("COMMIT")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return _size(store)


def _size(store: sqlite3.Connection) -> int:
    found: int = store.execute("SELECT count(*) FROM records").fetchone()[0]
    return found


def _indexes(store: sqlite3.Connection) -> list[tuple[str, str]]:
    made = store.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'index' AND sql <> ''")
    return [(name, sql) for name, sql, table in made.fetchall() if table in _TABLES]


def _repeat(store: sqlite3.Connection, table: str, number: int, age: timedelta) -> None:
    if table == "record_links" and _faded(age):
        return
    columns = [row[1] for row in store.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(
        _value(column, number, age, faded=table == "records" and _faded(age)) for column in columns
    )
    named = ", ".join(f'"{column}"' for column in columns)
    store.execute(f"INSERT INTO {table} ({named}) SELECT {values} FROM temp.past_{table}")  # noqa: S608 - our own names


def _value(column: str, number: int, age: timedelta, *, faded: bool) -> str:
    if faded and column in _FADED:
        return _FADED[column]
    if column in _IDS:
        return f"{column} || '~{number}'"
    if column == "author_key":
        return f"{column} || '~{age // _OTHERS_AFTER}'" if age >= _OTHERS_AFTER else column
    if column in _TIMES:
        return f"{column} - {age // _MICROSECOND}"
    return f'"{column}"'


def _faded(age: timedelta) -> bool:
    return age >= timedelta(days=Settings.model_fields["keep_text_days"].default)
