"""The record interchange format: JSON Lines, one record a line."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

import msgspec

from bot.collect import jetstream
from bot.collect.intake import decode, from_iso, make_record
from bot.domain.errors import InputError
from bot.domain.record import Author, Record, RecordKind

if TYPE_CHECKING:
    from datetime import datetime

MAX_LINE = 1_000_000


class _Author(msgspec.Struct):
    id: str
    handle: str


class _Line(msgspec.Struct):
    source: str
    native_id: str
    kind: RecordKind
    url: str
    author: _Author
    created_at: str
    title: str | None = None
    text: str | None = None
    lang: str | None = None
    parent: str | None = None
    root: str | None = None
    community: str | None = None
    links: list[Any] | None = None
    metrics: dict[str, Any] | None = None


def parse_line(line: bytes, *, not_after: datetime) -> Record:
    """Read one line.

    `not_after` is the latest `created_at` that is believed. Unknown keys are ignored; text beyond 40,000
    characters is cut at a word; links that are not http(s) and metrics that are no whole numbers are dropped.
    A post of Bluesky has the id that its stream gives it, by whichever of its names the line calls it.
    Raises InputError that names the field at fault, whatever the bytes are.
    """
    if len(line) > MAX_LINE:
        msg = f"the line is {len(line):,} bytes long; at most {MAX_LINE:,} are read"
        raise InputError(msg)
    # Some programs begin a file with it.
    raw = decode(line.removeprefix(BOM_UTF8), _Line)
    return make_record(
        source=raw.source,
        native_id=_known_as(raw.source, raw.native_id),
        kind=raw.kind,
        url=raw.url,
        author=Author(raw.author.id, raw.author.handle),
        created_at=from_iso(raw.created_at),
        not_after=not_after,
        text=raw.text or "",
        title=raw.title,
        lang=raw.lang,
        parent=_known_as(raw.source, raw.parent) if raw.parent else None,
        root=_known_as(raw.source, raw.root) if raw.root else None,
        community=raw.community,
        links=raw.links or (),
        metrics=raw.metrics,
    )


def _known_as(source: str, native_id: str) -> str:
    """Return the id that the source's own stream gives this record; recordings of Bluesky have at-uris."""
    if source == jetstream.NAME and native_id.startswith("at://"):
        return jetstream.native_id(native_id) or native_id
    return native_id


def encode(record: Record) -> bytes:
    """Return the record as one line, without the line end; `parse_line` gives the same record back."""
    return msgspec.json.encode(
        {
            "source": record.source,
            "native_id": record.native_id,
            "kind": record.kind.value,
            "url": record.url,
            "author": {"id": record.author.id, "handle": record.author.handle},
            "created_at": record.created_at.isoformat().replace("+00:00", "Z"),
            "title": record.title,
            "text": record.text,
            "lang": record.lang,
            "parent": record.parent,
            "root": record.root,
            "community": record.community,
            "links": list(record.links),
            "metrics": dict(record.metrics),
        }
    )
