"""Spend: every model call is a row that is reserved before the call and settled after it.

A row that was never settled counts with its whole reserve for good: a crash can cost room, never hide a cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa

from bot.domain.budget import Caps, day_start, dollars, month_start
from bot.domain.errors import BudgetError
from bot.store.schema import model_pauses, spend, stories

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.clock import Clock
    from bot.store.engine import Store

# A bill no provider would write; above it a settled amount says only "absurd", and sums still fit 64 bits.
_ABSURD = 10**15


async def spent(connection: AsyncConnection, since: datetime) -> int:
    """Return the micro-dollars spent or still promised by calls since `since`."""
    amount = sa.func.coalesce(spend.c.settled, spend.c.reserved)
    statement = sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(spend.c.at >= since)
    return int(await connection.scalar(statement) or 0)


async def of_signal(connection: AsyncConnection, signal_id: str) -> int:
    """Return the micro-dollars that calls for one signal's story cost, or may still cost."""
    amount = sa.func.coalesce(spend.c.settled, spend.c.reserved)
    mine = spend.c.signal_id == signal_id
    return int(await connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(amount), 0)).where(mine)) or 0)


async def reserve(
    connection: AsyncConnection,
    micros: int,
    *,
    at: datetime,
    caps: Caps,
    stage: str,
    model: str,
    signal_id: str,
) -> str:
    """Promise `micros` to one call and return the id of the promise.

    Call it in a write transaction: only one is open at a time, so no other call can promise the same money.

    Raises BudgetError if the call could pass a cap; then nothing is promised.
    """
    micros = min(max(micros, 0), _ABSURD)
    room = caps.room(
        today=await spent(connection, day_start(at)), this_month=await spent(connection, month_start(at))
    )
    if micros > room:
        msg = f"the next call ({stage}) may cost {dollars(micros)}, and the cap leaves {dollars(room)}"
        raise BudgetError(msg)
    reservation = uuid4().hex
    await connection.execute(
        spend.insert().values(
            id=reservation, at=at, stage=stage, model=model, reserved=micros, signal_id=signal_id, usage={}
        )
    )
    return reservation


async def settle(
    connection: AsyncConnection, reservation: str, micros: int, usage: Mapping[str, int], *, outcome: str
) -> None:
    """Replace a promise by what the call cost; `outcome` says in a word how it ended.

    The first settlement stands; a negative amount counts as zero.
    """
    await connection.execute(
        spend.update()
        .where(spend.c.id == reservation, spend.c.settled.is_(None))
        .values(settled=min(max(micros, 0), _ABSURD), usage=dict(usage), outcome=outcome)
    )


async def paused_until(connection: AsyncConnection) -> datetime | None:
    """Return until when no call is made because the provider's cap was reached, if it ever was."""
    until: datetime | None = await connection.scalar(sa.select(sa.func.max(model_pauses.c.until)))
    return until


@dataclass(frozen=True, slots=True)
class Entry:
    """One model call as the ledger has it: `micros` is what counts against the caps.

    `settled` is false while the call is out, and for good if nobody knows what it cost.
    """

    at: datetime
    stage: str
    model: str
    signal_id: str | None
    story_id: str | None
    micros: int
    settled: bool
    outcome: str | None
    usage: Mapping[str, int]


async def entries(
    connection: AsyncConnection, *, since: datetime | None = None, signal_id: str | None = None
) -> list[Entry]:
    """Return the calls since `since`, or for one signal, oldest first, each with the story it led to."""
    statement = sa.select(spend, stories.c.id.label("story_id")).join(
        stories, stories.c.signal_id == spend.c.signal_id, isouter=True
    )
    if since is not None:
        statement = statement.where(spend.c.at >= since)
    if signal_id is not None:
        statement = statement.where(spend.c.signal_id == signal_id)
    return [
        Entry(
            at=row.at,
            stage=row.stage,
            model=row.model,
            signal_id=row.signal_id,
            story_id=row.story_id,
            micros=row.reserved if row.settled is None else row.settled,
            settled=row.settled is not None,
            outcome=row.outcome,
            usage=row.usage,
        )
        for row in await connection.execute(statement.order_by(spend.c.at, spend.c.id))
    ]


class SpendLedger:
    """The ledger over the open store.

    Real money follows real time: `clock` is the system's clock even when a replay drives everything else.
    """

    def __init__(self, store: Store, clock: Clock, caps: Caps) -> None:
        self._store = store
        self._clock = clock
        self._caps = caps

    async def reserve(self, micros: int, *, stage: str, model: str, signal_id: str) -> str:
        """Promise `micros` to one call, in a transaction of its own.

        Raises BudgetError if the call could pass a cap ("budget"), or while the provider's holds
        ("provider-cap").
        """
        now = self._clock.now()
        async with self._store.write() as connection:
            until = await paused_until(connection)
            if until is not None and now < until:
                msg = f"the provider's own spend limit is reached; asked again at {until:%Y-%m-%d %H:%M} UTC"
                raise BudgetError(msg, reason="provider-cap")
            return await reserve(
                connection, micros, at=now, caps=self._caps, stage=stage, model=model, signal_id=signal_id
            )

    async def settle(self, reservation: str, micros: int, usage: Mapping[str, int], *, outcome: str) -> None:
        """Replace a promise by what the call cost, in a transaction of its own."""
        async with self._store.write() as connection:
            await settle(connection, reservation, micros, usage, outcome=outcome)

    async def pause(self) -> None:
        """Promise nothing more until the next day (UTC) begins.

        The provider's cap holds to the end of its month, unless somebody raises it: asking once a day finds
        that out, and an answer that refuses costs nothing.
        """
        until = day_start(self._clock.now()) + timedelta(days=1)
        async with self._store.write() as connection:
            if until != await paused_until(connection):
                await connection.execute(model_pauses.insert().values(until=until))
