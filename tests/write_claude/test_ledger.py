"""The ledger: spending never passes the cap, whatever happens in which order."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.budget import day_start, month_start
from bot.domain.clock import ReplayClock
from bot.store.engine import open_store, sqlite_url
from bot.store.spend import SpendLedger
from tests.examples import examples
from tests.store.test_spend import CAPS, promise, today
from tests.write_claude.conftest import NOW, ledger_rows

if TYPE_CHECKING:
    from bot.store.engine import Store


@dataclass(frozen=True)
class Step:
    """One thing that happens: a call is reserved, settled (`share` of its reserve used), or time passes."""

    kind: str
    amount: int
    share: int


_STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(
            ["reserve", "reserve", "parallel", "settle", "settle twice", "crash", "hours", "reopen"]
        ),
        st.integers(0, 1_200),
        st.integers(0, 100),
    ),
    max_size=30,
)


@settings(max_examples=examples(80), deadline=None)
@given(steps=_STEPS)
async def test_spending_never_passes_the_cap(migrated: Path, steps: list[Step]) -> None:
    """Over any interleaving of reserve, settle, crash, parallel calls and reopening, no cap is passed."""
    with TemporaryDirectory() as directory:
        copytree(migrated, directory, dirs_exist_ok=True)
        url = sqlite_url(Path(directory))
        store = await open_store(url)
        clock = ReplayClock(datetime(2026, 3, 30, tzinfo=UTC))
        waiting: dict[str, int] = {}
        try:
            for step in steps:
                ledger = SpendLedger(store, clock, CAPS)
                if step.kind == "reopen":
                    await store.close()
                    store = await open_store(url)
                elif step.kind == "hours":
                    clock.advance(clock.now() + timedelta(hours=step.share % 30))
                elif step.kind in {"reserve", "parallel"}:
                    calls = 4 if step.kind == "parallel" else 1
                    made = await asyncio.gather(*(promise(ledger, step.amount) for _ in range(calls)))
                    waiting |= {item: step.amount for item in made if item}
                elif waiting:
                    reservation, most = waiting.popitem()
                    if step.kind != "crash":
                        await ledger.settle(reservation, most * step.share // 100, {}, outcome="end_turn")
                    if step.kind == "settle twice":
                        await ledger.settle(reservation, 0, {}, outcome="end_turn")
                await _assert_within(store, clock.now())
        finally:
            await store.close()


async def _assert_within(store: Store, now: datetime) -> None:
    rows = await ledger_rows(store)
    days: dict[datetime, int] = {}
    months: dict[datetime, int] = {}
    for row in rows:
        counted = row.reserved if row.settled is None else row.settled
        assert 0 <= counted <= row.reserved
        days[day_start(row.at)] = days.get(day_start(row.at), 0) + counted
        months[month_start(row.at)] = months.get(month_start(row.at), 0) + counted
    assert all(amount <= CAPS.daily for amount in days.values())
    assert all(amount <= CAPS.monthly for amount in months.values())
    assert await today(store, now) == days.get(day_start(now), 0)


@settings(max_examples=40, deadline=None)
@given(bills=st.lists(st.integers(-(10**30), 10**30), min_size=1, max_size=8))
async def test_lying_bills_never_make_room(migrated: Path, bills: list[int]) -> None:
    """Whatever a bill says, it counts in full and never below zero; past the cap nothing is granted."""
    with TemporaryDirectory() as directory:
        copytree(migrated, directory, dirs_exist_ok=True)
        store = await open_store(sqlite_url(Path(directory)))
        try:
            ledger = SpendLedger(store, ReplayClock(NOW), CAPS)
            truth = 0
            for bill in bills:
                reservation = await promise(ledger, 100)
                assert (reservation is None) == (truth + 100 > CAPS.daily)
                if reservation is None:
                    break
                await ledger.settle(reservation, bill, {}, outcome="end_turn")
                truth += min(max(bill, 0), 10**15)
                assert await today(store) == truth
        finally:
            await store.close()
