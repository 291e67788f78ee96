"""Spend: the ledger's promises and settlements, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.domain.budget import Caps, day_start
from bot.domain.clock import ReplayClock
from bot.domain.errors import BudgetError
from bot.store.engine import open_store
from bot.store.schema import spend
from bot.store.spend import SpendLedger, reserve, spent
from tests.factory import NOON

if TYPE_CHECKING:
    from bot.store.engine import Store

CAPS = Caps(daily=1_000, monthly=2_500)


async def promise(ledger: SpendLedger, micros: int) -> str | None:
    """Return the id of a reserve, or None if the cap refuses it."""
    try:
        return await ledger.reserve(micros, stage="narrative", model="m", signal_id="s")
    except BudgetError:
        return None


async def today(store: Store, now: datetime = NOON) -> int:
    """Return what counts against the day of `now`."""
    async with store.read() as connection:
        return await spent(connection, day_start(now))


async def only_row(store: Store) -> Any:
    """Return the ledger's one row."""
    async with store.read() as connection:
        return (await connection.execute(sa.select(spend))).one()


async def test_parallel_calls_share_one_cap(store: Store) -> None:
    """Of fifty calls at once, exactly as many are granted as the cap has room for."""
    ledger = SpendLedger(store, ReplayClock(NOON), CAPS)
    made = await asyncio.gather(*(promise(ledger, 100) for _ in range(50)))
    assert sum(item is not None for item in made) == 10
    assert await today(store) == 1_000


async def test_two_processes_share_one_cap(store: Store, store_url: str) -> None:
    """While one process is about to promise money, another one waits to see what is left."""
    beside = await open_store(store_url)
    async with store.write() as connection:
        await reserve(connection, 900, at=NOON, caps=CAPS, stage="a", model="m", signal_id="s")
        other = asyncio.create_task(promise(SpendLedger(beside, ReplayClock(NOON), CAPS), 900))
        finished, _ = await asyncio.wait({other}, timeout=0.2)
        assert not finished
    assert await other is None
    assert await today(store) == 900
    await beside.close()


async def test_room_comes_back_with_a_new_day_and_month(store: Store) -> None:
    """Yesterday's spending counts against the month only, last month's not at all."""
    clock = ReplayClock(datetime(2026, 3, 30, 23, tzinfo=UTC))
    ledger = SpendLedger(store, clock, CAPS)
    assert await promise(ledger, 1_000)
    assert await promise(ledger, 1) is None
    clock.advance(datetime(2026, 3, 31, 0, tzinfo=UTC))
    assert await promise(ledger, 1_000)
    clock.advance(datetime(2026, 4, 1, 0, tzinfo=UTC))
    assert await promise(ledger, 1_000)


async def test_settling_returns_the_difference(store: Store) -> None:
    """What a call did not need is free again, and a second settlement changes nothing."""
    ledger = SpendLedger(store, ReplayClock(NOON), CAPS)
    reservation = await promise(ledger, 900)
    assert reservation
    await ledger.settle(reservation, 300, {"output_tokens": 7}, outcome="end_turn")
    await ledger.settle(reservation, 0, {}, outcome="end_turn")
    assert await today(store) == 300
    row: Any = await only_row(store)
    assert (row.signal_id, row.usage["output_tokens"], row.outcome) == ("s", 7, "end_turn")


@pytest.mark.parametrize("micros", [-5, 0])
async def test_a_free_call_is_granted_without_making_room(store: Store, micros: int) -> None:
    """A reserve of nothing, or less, promises nothing."""
    assert await promise(SpendLedger(store, ReplayClock(NOON), CAPS), micros)
    assert await today(store) == 0


async def test_the_providers_cap_pauses_every_call_until_the_next_day(store: Store) -> None:
    """Once the provider's cap is reached nothing is promised that day, not even after a restart."""
    clock = ReplayClock(NOON)
    await SpendLedger(store, clock, CAPS).pause()
    await SpendLedger(store, clock, CAPS).pause()
    with pytest.raises(BudgetError) as caught:
        await SpendLedger(store, clock, CAPS).reserve(1, stage="plan", model="m", signal_id="s")
    assert caught.value.reason == "provider-cap"
    clock.advance(day_start(NOON) + timedelta(days=1))
    assert await promise(SpendLedger(store, clock, CAPS), 1)
