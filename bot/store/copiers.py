"""Copiers: which accounts behind the records of a storyline repeat what somebody else said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.schema import records
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_AUTHORS = sa.select(records.c.id, records.c.author_key)


async def copiers(connection: AsyncConnection, rows: Sequence[Any]) -> frozenset[str]:
    """Return the accounts behind the copies among `rows`; who says their own text again is none.

    A row has id, author_key and family_id. The first of a family may be outside of `rows`; where it was
    erased, nobody knows any more whose it was, and all who repeated it are copiers.
    """
    copies = [row for row in rows if row.family_id != row.id]
    firsts = await fetch_by(connection, _AUTHORS, records.c.id, [row.family_id for row in copies])
    wrote = {row.id: row.author_key for row in firsts}
    return frozenset(
        row.author_key for row in copies if not row.author_key or row.author_key != wrote.get(row.family_id)
    )
