"""Embeddings: which model the kept vectors are by, and their change to another, storyline by storyline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.records import NOTICED
from bot.store.schema import records, storylines
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Embedded:
    """An opener's words ("" if they have faded), its packed vector, and the model that this is by."""

    record_id: str
    storyline_id: str
    words: str
    vector: bytes
    model: str


async def outdated(connection: AsyncConnection, model: str, at_most: int) -> list[str]:
    """Return storylines with openers by another model than `model`, those spoken of last first."""
    held = sa.select(records.c.storyline_id).where(
        records.c.vector.is_not(None),
        records.c.state == NOTICED,
        # An index finds these, which it does not for "other than".
        sa.or_(records.c.embedded_by < model, records.c.embedded_by > model),
    )
    statement = (
        sa.select(storylines.c.id)
        .where(storylines.c.id.in_(held))
        .order_by(storylines.c.last_at.desc(), storylines.c.id)
        .limit(at_most)
    )
    return list((await connection.scalars(statement)).all())


async def openers(connection: AsyncConnection, ids: Iterable[str]) -> list[Embedded]:
    """Return the openers of these storylines that have a vector, in order of time."""
    statement = (
        sa.select(records)
        .where(records.c.state == NOTICED, records.c.vector.is_not(None))
        .order_by(records.c.created_at, records.c.id)
    )
    return [
        Embedded(
            row.id,
            row.storyline_id,
            f"{row.title}\n\n{row.text}".strip() if row.title else row.text,
            row.vector,
            row.embedded_by,
        )
        for row in await fetch_by(connection, statement, records.c.storyline_id, ids)
    ]


async def centres(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, bytes]:
    """Return the packed centres of these storylines, of those that have one."""
    rows = await fetch_by(connection, sa.select(storylines.c.id, storylines.c.centroid), storylines.c.id, ids)
    return {row.id: row.centroid for row in rows if row.centroid}


async def renew(
    connection: AsyncConnection, model: str, vectors: Mapping[str, bytes], centres: Mapping[str, bytes]
) -> None:
    """Keep vectors by `model`, by record, and the centres that they give, by storyline."""
    await connection.execute(
        records.update()
        # What was erased while it was embedded has no vector any more, and gets none.
        .where(records.c.id == sa.bindparam("of"), records.c.vector.is_not(None))
        .values(vector=sa.bindparam("new"), embedded_by=model),
        [{"of": record_id, "new": vector} for record_id, vector in vectors.items()],
    )
    if centres:
        await connection.execute(
            storylines.update()
            .where(storylines.c.id == sa.bindparam("of"))
            .values(centroid=sa.bindparam("new")),
            [{"of": line_id, "new": centre} for line_id, centre in centres.items()],
        )
