"""Moods: how the records of a storyline speak of it, kept by record so that they outlive the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.mood import Mood, Register
from bot.domain.record import RecordKind
from bot.store.records import NOTICED, WITH_WORDS, to_record
from bot.store.schema import records
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record

_TALK = (RecordKind.POST.value, RecordKind.COMMENT.value)


@dataclass(frozen=True, slots=True)
class Voiced:
    """The mood of one record, and whose it is; `author_key` is empty once the words have faded."""

    record_id: str
    storyline_id: str
    source: str
    place: str
    author_key: str
    said_at: datetime
    mood: Mood


async def unread(
    connection: AsyncConnection, storyline_ids: Iterable[str], since: datetime
) -> dict[str, list[Record]]:
    """Return, by storyline, the records said since `since` whose mood has not been read, oldest first.

    Copies have none of their own, and reports no mood at all.
    """
    statement = (
        sa.select(records)
        .where(
            records.c.state == NOTICED,
            records.c.created_at > since,
            records.c.stance.is_(None),
            records.c.family_id == records.c.id,
            records.c.kind.in_(_TALK),
            WITH_WORDS,
        )
        .order_by(records.c.created_at, records.c.id)
    )
    found: dict[str, list[Record]] = {}
    for row in await fetch_by(connection, statement, records.c.storyline_id, storyline_ids):
        found.setdefault(row.storyline_id, []).append(to_record(row))
    return found


async def keep(connection: AsyncConnection, moods: Mapping[str, Mood]) -> None:
    """Keep the moods of records, by their ids."""
    if not moods:
        return
    await connection.execute(
        records.update()
        .where(records.c.id == sa.bindparam("of"))
        .values(stance=sa.bindparam("new_stance"), register=sa.bindparam("new_register")),
        [
            {"of": record_id, "new_stance": mood.stance, "new_register": mood.register.value}
            for record_id, mood in moods.items()
        ],
    )


async def voiced(
    connection: AsyncConnection, storyline_ids: Iterable[str], start: datetime, end: datetime
) -> dict[str, list[Voiced]]:
    """Return, by storyline, what mood was voiced in (start, end], oldest first."""
    statement = (
        sa.select(
            records.c.id, records.c.storyline_id, records.c.source, records.c.community,
            records.c.author_key, records.c.created_at, records.c.stance, records.c.register,
        )
        .where(
            records.c.state == NOTICED,
            records.c.stance.is_not(None),
            records.c.created_at > start,
            records.c.created_at <= end,
        )
        .order_by(records.c.created_at, records.c.id)
    )  # fmt: skip
    found: dict[str, list[Voiced]] = {}
    for row in await fetch_by(connection, statement, records.c.storyline_id, storyline_ids):
        found.setdefault(row.storyline_id, []).append(
            Voiced(
                row.id, row.storyline_id, row.source, row.community or row.source, row.author_key,
                row.created_at, Mood(row.stance, Register(row.register)),
            )
        )  # fmt: skip
    return found
