"""Moods: how the records of a storyline speak of it, kept by record so that they outlive the words."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.mood import Mood, Register, Voiced
from bot.domain.record import RecordKind, words_of
from bot.store.records import NOTICED, WITH_WORDS
from bot.store.schema import records, storylines
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_TALK = (RecordKind.POST.value, RecordKind.COMMENT.value)

_SAID = (
    sa.select(records.c.storyline_id, records.c.id, records.c.title, records.c.text)
    .where(
        records.c.state == NOTICED,
        records.c.created_at > sa.bindparam("since"),
        records.c.family_id == records.c.id,
        records.c.kind.in_(_TALK),
        WITH_WORDS,
    )
    .order_by(records.c.created_at, records.c.id)
)
_UNREAD = _SAID.where(records.c.stance.is_(None))
_CALLED = sa.select(storylines.c.id, storylines.c.label)
_KEEP = (
    records.update()
    .where(records.c.id == sa.bindparam("of"))
    .values(stance=sa.bindparam("new_stance"), register=sa.bindparam("new_register"))
)
_READ = (
    records.c.state == NOTICED,
    records.c.stance.is_not(None),
    records.c.created_at > sa.bindparam("start"),
    records.c.created_at <= sa.bindparam("end"),
)
_WHO = sa.func.coalesce(sa.func.nullif(records.c.author_key, ""), records.c.id)
_SIDED = sa.case((records.c.stance != 0, _WHO))
_FELT = sa.case((records.c.register != Register.PLAIN.value, _WHO))
_STIRRED = (
    sa.select(records.c.storyline_id)
    .where(*_READ)
    .group_by(records.c.storyline_id)
    .having(sa.or_(*(sa.func.count(sa.distinct(who)) >= sa.bindparam("people") for who in (_SIDED, _FELT))))
)
_VOICED = (
    sa.select(
        records.c.id, records.c.storyline_id, records.c.source, records.c.community,
        records.c.author_key, records.c.created_at, records.c.stance, records.c.register,
    )
    .where(*_READ)
    .order_by(records.c.created_at, records.c.id)
)  # fmt: skip
_PLACE = sa.func.coalesce(records.c.community, records.c.source)
_SIDED_BY_PLACE = (
    sa.select(records.c.storyline_id, _PLACE)
    .where(*_READ, records.c.stance != 0)
    .group_by(records.c.storyline_id, _PLACE)
    .having(sa.func.count(sa.distinct(_WHO)) >= sa.bindparam("people"))
)
_LEANINGS = (
    sa.select(
        records.c.storyline_id,
        _PLACE,
        *(sa.func.sum(sa.case((records.c.stance == side, 1), else_=0)) for side in (1, -1)),
    )
    .where(*_READ, records.c.stance != 0)
    .group_by(records.c.storyline_id, _PLACE)
)
_STANCES = sa.select(records.c.id, records.c.stance).where(records.c.stance.is_not(None))


async def unread(
    connection: AsyncConnection, storyline_ids: Iterable[str], since: datetime
) -> dict[str, dict[str, str]]:
    """Return, by storyline, the words of the records said since `since` whose mood has not been read, by id.

    They come oldest first. Copies have none of their own, and reports no mood at all.
    """
    return await _by_storyline(connection, _UNREAD, storyline_ids, since)


async def said(
    connection: AsyncConnection, storyline_ids: Iterable[str], since: datetime
) -> dict[str, dict[str, str]]:
    """Return the same for all records whose mood is or will be read."""
    return await _by_storyline(connection, _SAID, storyline_ids, since)


async def _by_storyline(
    connection: AsyncConnection, statement: sa.Select[Any], storyline_ids: Iterable[str], since: datetime
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in await fetch_by(connection, statement, records.c.storyline_id, storyline_ids, since=since):
        found.setdefault(row.storyline_id, {})[row.id] = words_of(row.title, row.text)
    return found


async def labels(connection: AsyncConnection, storyline_ids: Iterable[str]) -> dict[str, str]:
    """Return what these storylines are called, "" for one that has no name yet."""
    return {row.id: row.label for row in await fetch_by(connection, _CALLED, storylines.c.id, storyline_ids)}


async def keep(connection: AsyncConnection, moods: Mapping[str, Mood]) -> None:
    """Keep the moods of records, by their ids."""
    if not moods:
        return
    await connection.execute(
        _KEEP,
        [
            {"of": record_id, "new_stance": mood.stance, "new_register": mood.register.value}
            for record_id, mood in moods.items()
        ],
    )


async def stirred(
    connection: AsyncConnection, storyline_ids: Iterable[str], start: datetime, end: datetime, *, people: int
) -> set[str]:
    """Return those storylines in which so many people took a side, or so many showed a feeling."""
    rows = await fetch_by(
        connection, _STIRRED, records.c.storyline_id, storyline_ids, start=start, end=end, people=people
    )
    return {row.storyline_id for row in rows}


async def sided_apart(
    connection: AsyncConnection, storyline_ids: Iterable[str], start: datetime, end: datetime, *, people: int
) -> set[str]:
    """Return those storylines in which so many people took a side in each of two places or more."""
    rows = await fetch_by(
        connection,
        _SIDED_BY_PLACE,
        records.c.storyline_id,
        storyline_ids,
        start=start,
        end=end,
        people=people,
    )
    places = Counter(row.storyline_id for row in rows)
    return {line for line, number in places.items() if number > 1}


async def voiced(
    connection: AsyncConnection, storyline_ids: Iterable[str], start: datetime, end: datetime
) -> dict[str, list[Voiced]]:
    """Return, by storyline, what mood was voiced in (start, end], oldest first."""
    found: dict[str, list[Voiced]] = {}
    rows: Sequence[Any] = await fetch_by(
        connection, _VOICED, records.c.storyline_id, storyline_ids, start=start, end=end
    )
    # There are thousands, and to ask a row for a column by name takes longer than to take it apart.
    for record_id, line, source, community, author_key, said_at, stance, register in rows:
        one = Voiced(record_id, source, community or source, author_key, said_at, _mood(stance, register))
        found.setdefault(line, []).append(one)
    return found


@cache
def _mood(stance: int, register: str) -> Mood:
    # Few moods, and many records in each: making each anew took longer than reading it.
    return Mood(stance, Register(register))


async def of_beat(connection: AsyncConnection, beat: str, start: datetime, end: datetime) -> list[Voiced]:
    """Return what mood was voiced in (start, end] on the storylines of a beat."""
    live = sa.select(storylines.c.id).where(storylines.c.beat == beat, storylines.c.last_at > start)
    ids = (await connection.scalars(live.order_by(storylines.c.id))).all()
    return [one for said in (await voiced(connection, ids, start, end)).values() for one in said]


async def stances(connection: AsyncConnection, record_ids: Iterable[str]) -> dict[str, int]:
    """Return which side those of these records take whose mood was read."""
    return {row.id: row.stance for row in await fetch_by(connection, _STANCES, records.c.id, record_ids)}


async def leanings(
    connection: AsyncConnection, start: datetime, end: datetime
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return how many records in (start, end] were for and how many against, by storyline and place."""
    rows = await connection.execute(_LEANINGS, {"start": start, "end": end})
    return {(line, where): (int(favour), int(against)) for line, where, favour, against in rows}
