"""Articles: whose pages are to be looked at, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.record import Record, RecordKind
from bot.store.records import NOTICED, WITH_WORDS, to_record
from bot.store.schema import articles, citations, records
from bot.store.sql import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_UNCITED = ~sa.exists().where(citations.c.record_id == records.c.id)


@dataclass(frozen=True, slots=True)
class Due:
    """An article to look at: how often that was done before, and what a conditional GET needs."""

    record: Record
    looks: int
    validators: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look; the next one is at `next_look_at` (None: there is none)."""

    outcome: str
    looks: int
    next_look_at: datetime | None
    validators: Mapping[str, str]


async def due(
    connection: AsyncConnection, source: str, heard_since: datetime, now: datetime, limit: int
) -> list[Due]:
    """Return articles that belong to a beat and are to be looked at, newest first.

    What a story cites is left as it is: its quotes must stay in it.
    """
    statement = (
        sa.select(records, articles.c.looks, articles.c.validators)
        .outerjoin(articles, articles.c.record_id == records.c.id)
        .where(
            records.c.source == source,
            records.c.kind == RecordKind.ARTICLE.value,
            records.c.state == NOTICED,
            records.c.heard_at >= heard_since,
            records.c.erased_at.is_(None),
            WITH_WORDS,
            sa.or_(articles.c.record_id.is_(None), articles.c.next_look_at <= now),
            _UNCITED,
        )
        .order_by(records.c.heard_at.desc(), records.c.id)
        .limit(limit)
    )
    return [
        Due(to_record(row), row.looks or 0, row.validators or {})
        for row in await connection.execute(statement)
    ]


async def looked(connection: AsyncConnection, record_id: str, look: Look, text: str = "") -> bool:
    """Keep a look; the text, if there is one, becomes the record's, unless a story has come to cite it.

    Tell whether the text was taken over.
    """
    row = {
        "record_id": record_id, "outcome": look.outcome, "looks": look.looks,
        "next_look_at": look.next_look_at, "validators": dict(look.validators),
    }  # fmt: skip
    await upsert(connection, articles, [row], update=row.keys() - {"record_id"})
    if not text:
        return False
    changed = await connection.execute(
        records.update()
        .where(records.c.id == record_id, records.c.erased_at.is_(None), WITH_WORDS, _UNCITED)
        .values(text=text)
    )
    return bool(changed.rowcount)
