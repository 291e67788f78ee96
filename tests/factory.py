"""Records for tests; nobody in them is real."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from bot.domain.record import Author, Record, RecordKind

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""The time at which the `clock` fixture starts, and at which made records were said."""

_numbers = count(1)


def make_record(**overrides: Any) -> Record:
    """Return a record with a native id of its own; `author` may be given as a plain string."""
    native_id = overrides.pop("native_id", None) or f"post-{next(_numbers)}"
    author = overrides.pop("author", "mira")
    fields: dict[str, Any] = {
        "source": "fictional",
        "native_id": native_id,
        "kind": RecordKind.POST,
        "url": f"https://forum.example/t/{native_id}",
        "author": author if isinstance(author, Author) else Author(author, f"{author}.example"),
        "created_at": NOON,
        "text": "The new Heron weights run on my old laptop, slowly but they run.",
        "lang": "en",
        "community": "forum.example",
    }
    return Record(**fields | overrides)
