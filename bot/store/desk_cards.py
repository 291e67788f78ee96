"""Desk cards: where each held story is shown to the desk, so that it is shown there once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.schema import desk_cards
from bot.store.sql import upsert

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class DeskCard:
    """A story at the version that is shown, and the message that shows it."""

    network: str
    story_id: str
    version: int
    message: str


async def put(connection: AsyncConnection, card: DeskCard) -> None:
    """Note where a story is shown now."""
    row = {name: getattr(card, name) for name in DeskCard.__slots__}
    await upsert(connection, desk_cards, [row], update=("version", "message"))


async def every(connection: AsyncConnection, network: str) -> dict[str, DeskCard]:
    """Return the cards that are shown on a network, by story."""
    rows = await connection.execute(sa.select(desk_cards).where(desk_cards.c.network == network))
    return {row.story_id: DeskCard(**row._mapping) for row in rows}  # noqa: SLF001 - documented API


async def drop(connection: AsyncConnection, network: str, story_id: str) -> None:
    """Forget a card that needs no more looking after."""
    mine = sa.and_(desk_cards.c.network == network, desk_cards.c.story_id == story_id)
    await connection.execute(desk_cards.delete().where(mine))
