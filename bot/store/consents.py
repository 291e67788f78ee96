"""Consents: what people said of being quoted when their network was last asked. An answer ages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.schema import consents
from bot.store.sql import fetch_by, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record

_KEPT = timedelta(days=30)


async def known(
    connection: AsyncConnection, author_keys: Iterable[str], since: datetime
) -> dict[str, str | None]:
    """Return why these people may not be quoted (None: they may), of those who were asked since `since`."""
    asked = sa.select(consents).where(consents.c.asked_at >= since)
    rows = await fetch_by(connection, asked, consents.c.author_key, author_keys)
    return {row.author_key: row.refusal for row in rows}


async def refusing(connection: AsyncConnection, author_keys: Iterable[str]) -> set[str]:
    """Return those of these people who may not be quoted, by what they said last."""
    refused = sa.select(consents.c.author_key).where(consents.c.refusal.is_not(None))
    rows = await fetch_by(connection, refused, consents.c.author_key, author_keys)
    return {row.author_key for row in rows}


async def quotable(connection: AsyncConnection, found: Mapping[str, Record]) -> dict[str, Record]:
    """Return `found` without the records of those who may not be quoted, by what they said last."""
    refused = await refusing(connection, {record.author_key for record in found.values()})
    return {key: record for key, record in found.items() if record.author_key not in refused}


async def keep(connection: AsyncConnection, said: Mapping[str, str | None], at: datetime) -> None:
    """Keep what people said at `at`, and drop what was said too long ago to count."""
    rows = [{"author_key": key, "refusal": refusal, "asked_at": at} for key, refusal in said.items()]
    await upsert(connection, consents, rows, update=("refusal", "asked_at"))
    await connection.execute(consents.delete().where(consents.c.asked_at < at - _KEPT))
