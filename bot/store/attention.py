"""Attention: on which days the bot was listening at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.gap import Gap
from bot.store.schema import records

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_MICROSECOND = timedelta(microseconds=1)
_BOUNDS = ("from", "until")
_SAID = sa.select(
    sa.exists().where(
        records.c.created_at >= sa.bindparam("start"), records.c.created_at <= sa.bindparam("end")
    )
)


@dataclass(frozen=True, slots=True)
class Attention:
    """From when on the bot listened (`first`), `since` when without a break, and the whole days it missed.

    A break is a UTC day on which nothing was heard; one that was caught up on later is not `missed`.
    """

    first: datetime
    since: datetime
    missed: tuple[Gap, ...]


async def of(connection: AsyncConnection, now: datetime, *, at_most: timedelta) -> Attention | None:
    """Return when the bot was listening in the last `at_most` up to `now` (None: nothing was heard)."""
    days = _days(now, at_most)
    bounds = {
        f"{name}{number}": at
        for number, day in enumerate(days)
        for name, at in zip(_BOUNDS, day, strict=True)
    }
    heard = list((await connection.execute(_firsts(len(days)), bounds)).one())
    # The day may be too young to have been heard of yet.
    if heard[0] is None:
        del heard[0], days[0]
    unbroken = list(takewhile(lambda at: at is not None, heard))
    if not unbroken:
        return None
    last = max(number for number, at in enumerate(heard) if at is not None)
    missed = [
        Gap(start, end, "nothing was heard")
        for (start, end), at in zip(days[:last], heard[:last], strict=True)
        if at is None and not await connection.scalar(_SAID, {"start": start, "end": end})
    ]
    return Attention(heard[last], unbroken[-1], tuple(missed))


def _days(now: datetime, at_most: timedelta) -> list[tuple[datetime, datetime]]:
    days: list[tuple[datetime, datetime]] = []
    end = now
    while now - end < at_most:
        start = end.replace(hour=0, minute=0, second=0, microsecond=0)
        days.append((start, end))
        end = start - _MICROSECOND
    return days


@cache
def _firsts(days: int) -> sa.Select[Any]:
    """Ask when something was first heard on each of so many days."""
    return sa.select(
        *(
            sa.select(sa.func.min(records.c.heard_at))
            .where(
                records.c.heard_at >= sa.bindparam(f"from{number}"),
                records.c.heard_at <= sa.bindparam(f"until{number}"),
            )
            .scalar_subquery()
            for number in range(days)
        )
    )
