"""Opt-outs: who is never quoted and who is never answered. Kept until the person takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store import records
from bot.store.schema import opt_outs
from bot.store.sql import insert_new

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

QUOTE, REPLY = "quote", "reply"


async def add(connection: AsyncConnection, author_key: str, what: str, at: datetime) -> bool:
    """Keep an opt-out from being quoted (QUOTE) or answered (REPLY); tell whether it is new.

    With QUOTE everything of theirs in the store is erased.
    """
    if await has(connection, author_key, what):
        return False
    await insert_new(connection, opt_outs, [{"author_key": author_key, "what": what, "since": at}])
    if what == QUOTE:
        await records.erase(connection, await records.ids_by(connection, author_key=author_key), at)
    return True


async def has(connection: AsyncConnection, author_key: str, what: str) -> bool:
    """Tell whether this person opted out of being quoted or answered."""
    return await connection.scalar(sa.select(sa.exists().where(_mine(author_key, what)))) or False


async def forget(connection: AsyncConnection, author_key: str, what: str) -> None:
    """Drop an opt-out that the person took back."""
    await connection.execute(opt_outs.delete().where(_mine(author_key, what)))


def _mine(author_key: str, what: str) -> sa.ColumnElement[bool]:
    return sa.and_(opt_outs.c.author_key == author_key, opt_outs.c.what == what)
