"""The demo's fictional week, cut into its matters, for tests that need talk as people write it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.collect.interchange import parse_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.record import Record

FOLDER = Path(str(files("bot.demo")))
WEEK, BEATS = FOLDER / "week.jsonl.gz", FOLDER / "beats.toml"
_LATER = datetime(2030, 1, 1, tzinfo=UTC)


@cache
def truth() -> Any:
    """Return what is planted in the week."""
    return json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))


@cache
def records() -> tuple[Record, ...]:
    """Return all records of the week, oldest first."""
    with gzip.open(WEEK) as lines:
        return tuple(parse_line(line, not_after=_LATER) for line in lines)


@cache
def planted() -> dict[str, str]:
    """Return which planted matter each of its records belongs to, by record id."""
    return {record_id: story["key"] for story in truth()["stories"] for record_id in story["record_ids"]}


def matter(key: str) -> list[Record]:
    """Return the records of one planted matter, oldest first."""
    return [record for record in records() if planted().get(record.id) == key]


def noise() -> list[Record]:
    """Return the records that belong to no planted matter, oldest first."""
    return [record for record in records() if record.id not in planted()]


def again(said: Iterable[Record], *, after: timedelta, name: str) -> list[Record]:
    """Return `said` as if others had said it again `after` the first time, in threads of their own."""

    def own(native_id: str | None) -> str | None:
        return None if native_id is None else f"{native_id}-{name}"

    return [
        replace(
            record,
            native_id=f"{record.native_id}-{name}",
            url=f"{record.url}?{name}",
            author=replace(record.author, id=f"{record.author.id}-{name}"),
            created_at=record.created_at + after,
            parent=own(record.parent),
            root=own(record.root),
        )
        for record in said
    ]
