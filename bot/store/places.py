"""Places: where a storyline, or a beat, is spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.records import NOTICED
from bot.store.schema import records, storylines

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

Place = tuple[str, str]

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


async def of_storyline(
    connection: AsyncConnection, storyline_id: str, start: datetime, end: datetime
) -> dict[Place, int]:
    """Return by (source, place) how much was said there in (start, end] on a storyline, copies too."""
    return await _counts(connection, _OF_STORYLINE, storyline_id, start, end)


async def of_beat(connection: AsyncConnection, beat: str, start: datetime, end: datetime) -> dict[Place, int]:
    """Return the same of all storylines of a beat."""
    return await _counts(connection, _OF_BEAT, beat, start, end)


async def _counts(
    connection: AsyncConnection,
    spoken: sa.Select[tuple[str, str, int]],
    of: str,
    start: datetime,
    end: datetime,
) -> dict[Place, int]:
    rows = await connection.execute(spoken, {"of": of, "start": start, "end": end})
    return {(source, place): said for source, place, said in rows}
