"""Places: where a storyline, or a beat, is spoken of."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.records import NOTICED
from bot.store.schema import records, storylines
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.place import Place

_MICROSECONDS_AN_HOUR = 3_600_000_000
_PLACE = sa.func.coalesce(records.c.community, records.c.source)
_SPOKEN = (
    sa.select(records.c.source, _PLACE, sa.func.count())
    .select_from(records.join(storylines, storylines.c.id == records.c.storyline_id))
    .where(
        records.c.created_at > sa.bindparam("start"),
        records.c.created_at <= sa.bindparam("end"),
        records.c.state == NOTICED,
    )
    .group_by(records.c.source, _PLACE)
)
_OF_STORYLINE = _SPOKEN.where(storylines.c.id == sa.bindparam("of"))
_OF_BEAT = _SPOKEN.where(
    storylines.c.beat == sa.bindparam("of"), storylines.c.last_at > sa.bindparam("start")
)
_AGE = (
    sa.cast(sa.bindparam("end", type_=records.c.created_at.type), sa.BigInteger)
    - sa.cast(records.c.created_at, sa.BigInteger)
) // _MICROSECONDS_AN_HOUR
_BY_HOUR = (
    sa.select(records.c.storyline_id, records.c.source, _PLACE, _AGE, sa.func.count())
    .where(
        records.c.created_at > sa.bindparam("start"),
        records.c.created_at <= sa.bindparam("end"),
        records.c.state == NOTICED,
        records.c.family_id == records.c.id,
    )
    .group_by(records.c.storyline_id, records.c.source, _PLACE, _AGE)
)


async def by_hour(
    connection: AsyncConnection, ids: Iterable[str], end: datetime, hours: int
) -> dict[str, dict[Place, list[int]]]:
    """Return by storyline and place how many originals came in each of so many hours, newest first."""
    found: dict[str, dict[Place, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * hours))
    rows: Sequence[Any] = await fetch_by(
        connection, _BY_HOUR, records.c.storyline_id, ids, start=end - timedelta(hours=hours), end=end
    )
    for storyline_id, source, place, hour, said in rows:
        found[storyline_id][source, place][hour] = said
    return found


async def by_source(connection: AsyncConnection, start: datetime, end: datetime) -> dict[str, int]:
    """Return how much was said at each source in (start, end]."""
    inside = sa.and_(records.c.created_at > start, records.c.created_at <= end)
    statement = sa.select(records.c.source, sa.func.count()).where(inside).group_by(records.c.source)
    rows = await connection.execute(statement)
    return {source: said for source, said in rows}  # noqa: C416 - rows are not pairs to mypy


async def of_storyline(
    connection: AsyncConnection, storyline_id: str, start: datetime, end: datetime
) -> dict[Place, int]:
    """Return by place how much was said there in (start, end] on a storyline, copies too."""
    return await _counts(connection, _OF_STORYLINE, storyline_id, start, end)


async def of_beat(connection: AsyncConnection, beat: str, start: datetime, end: datetime) -> dict[Place, int]:
    """Return the same of all storylines of a beat."""
    return await _counts(connection, _OF_BEAT, beat, start, end)


async def _counts(
    connection: AsyncConnection,
    spoken: sa.Select[Any],
    of: str,
    start: datetime,
    end: datetime,
) -> dict[Place, int]:
    rows = await connection.execute(spoken, {"of": of, "start": start, "end": end})
    return {(source, place): said for source, place, said in rows}
