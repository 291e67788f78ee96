"""Spend: every model call is a row that is reserved before the call and settled after it.

A row that was never settled counts with its whole reserve for good: a crash can cost room, never hide a cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa

from bot.domain.budget import Caps, day_start, dollars, month_start
from bot.domain.errors import BudgetError
from bot.store.schema import spend

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
    mine = spend.c.usage["signal"].as_string() == signal_id
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
            id=reservation, at=at, stage=stage, model=model, reserved=micros, usage={"signal": signal_id}
        )
    )
    return reservation


async def settle(
    connection: AsyncConnection, reservation: str, micros: int, usage: Mapping[str, int]
) -> None:
    """Replace a promise by what the call cost.

    The first settlement stands; a negative amount counts as zero.
    """
    row = spend.c.id == reservation
    said = await connection.scalar(sa.select(spend.c.usage).where(row))
    await connection.execute(
        spend.update()
        .where(row, spend.c.settled.is_(None))
        .values(settled=min(max(micros, 0), _ABSURD), usage=(said or {}) | dict(usage))
    )


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

        Raises BudgetError if the call could pass a cap.
        """
        async with self._store.write() as connection:
            return await reserve(
                connection,
                micros,
                at=self._clock.now(),
                caps=self._caps,
                stage=stage,
                model=model,
                signal_id=signal_id,
            )

    async def settle(self, reservation: str, micros: int, usage: Mapping[str, int]) -> None:
        """Replace a promise by what the call cost, in a transaction of its own."""
        async with self._store.write() as connection:
            await settle(connection, reservation, micros, usage)
