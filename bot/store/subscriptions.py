"""Subscriptions: which places on a network follow which beats, and why one can no longer be posted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.schema import subscriptions
from bot.store.sql import upsert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

ALL_BEATS = "*"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A place that follows a beat (ALL_BEATS for every one).

    `guild` is the server the place belongs to, `followed_by` the person to tell if the place is `lost`, which
    says why nothing can be posted there; `told_at` is when they were told.
    """

    network: str
    place: str
    beat: str
    guild: str
    since: datetime
    followed_by: str | None = None
    lost: str | None = None
    told_at: datetime | None = None


async def follow(connection: AsyncConnection, subscription: Subscription) -> None:
    """Keep a subscription. One that was lost stands again, and so do the place's others."""
    row = {name: getattr(subscription, name) for name in Subscription.__slots__}
    await upsert(connection, subscriptions, [row], update=("guild", "followed_by"))
    here = _at(subscription.network, subscription.place)
    await connection.execute(subscriptions.update().where(here).values(lost=None, told_at=None))


async def unfollow(connection: AsyncConnection, network: str, place: str, beat: str) -> None:
    """Drop a subscription."""
    mine = sa.and_(_at(network, place), subscriptions.c.beat == beat)
    await connection.execute(subscriptions.delete().where(mine))


async def following(connection: AsyncConnection, network: str, beat: str) -> list[str]:
    """Return the places that follow a beat and can be posted to, those that came first before the others."""
    c = subscriptions.c
    statement = (
        sa.select(c.place)
        .where(c.network == network, c.beat.in_([beat, ALL_BEATS]), c.lost.is_(None))
        .group_by(c.place)
        .order_by(sa.func.min(c.since), c.place)
    )
    return list((await connection.scalars(statement)).all())


async def of_guild(connection: AsyncConnection, network: str, guild: str) -> list[Subscription]:
    """Return the subscriptions of a guild, by place and beat."""
    mine = sa.and_(subscriptions.c.network == network, subscriptions.c.guild == guild)
    return await _found(connection, mine)


async def lose(connection: AsyncConnection, network: str, place: str, reason: str) -> None:
    """Note why a place can no longer be posted to; what was noted first stands."""
    lost = sa.and_(_at(network, place), subscriptions.c.lost.is_(None))
    await connection.execute(subscriptions.update().where(lost).values(lost=reason))


async def lose_guild(connection: AsyncConnection, network: str, guild: str, reason: str) -> None:
    """Note why no place of a guild can be posted to any more."""
    c = subscriptions.c
    lost = sa.and_(c.network == network, c.guild == guild, c.lost.is_(None))
    await connection.execute(subscriptions.update().where(lost).values(lost=reason))


async def untold(connection: AsyncConnection, network: str) -> list[Subscription]:
    """Return the lost subscriptions of which nobody was told yet."""
    c = subscriptions.c
    return await _found(connection, sa.and_(c.network == network, c.lost.is_not(None), c.told_at.is_(None)))


async def told(connection: AsyncConnection, network: str, place: str, at: datetime) -> None:
    """Note that somebody was told that a place is lost."""
    await connection.execute(subscriptions.update().where(_at(network, place)).values(told_at=at))


async def forget(connection: AsyncConnection, network: str, person: str) -> None:
    """Forget who followed."""
    mine = sa.and_(subscriptions.c.network == network, subscriptions.c.followed_by == person)
    await connection.execute(subscriptions.update().where(mine).values(followed_by=None))


def _at(network: str, place: str) -> sa.ColumnElement[bool]:
    return sa.and_(subscriptions.c.network == network, subscriptions.c.place == place)


async def _found(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> list[Subscription]:
    statement = sa.select(subscriptions).where(condition)
    rows = await connection.execute(statement.order_by(subscriptions.c.place, subscriptions.c.beat))
    return [Subscription(**row._mapping) for row in rows]  # noqa: SLF001 - documented API
