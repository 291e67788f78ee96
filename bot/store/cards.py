"""Cards: the picture of each story version, made once and kept, so that what was frozen can be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.card import Card
from bot.store.schema import cards
from bot.store.sql import insert_new

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def keep(connection: AsyncConnection, story_id: str, version: int, card: Card) -> Card:
    """Keep the card of a story version and return it; if there is one already, that one stands."""
    row = {"story_id": story_id, "version": version, "png": card.png, "alt": card.alt}
    await insert_new(connection, cards, [row])
    return await get(connection, story_id, version) or card


async def get(connection: AsyncConnection, story_id: str, version: int) -> Card | None:
    """Return the card of a story version, if there is one."""
    statement = sa.select(cards.c.png, cards.c.alt).where(_of(story_id, version))
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Card(row.png, row.alt)


async def alt(connection: AsyncConnection, story_id: str, version: int) -> str | None:
    """Return what the card of a story version shows, in words; None if there is no card."""
    found: str | None = await connection.scalar(sa.select(cards.c.alt).where(_of(story_id, version)))
    return found


def _of(story_id: str, version: int) -> sa.ColumnElement[bool]:
    return sa.and_(cards.c.story_id == story_id, cards.c.version == version)
