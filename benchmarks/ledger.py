"""Does spending stay within the caps, whatever happens in which order? 10,000 random days of a ledger.

Each interleaving starts empty and runs a dozen steps: calls are promised one by one and at once, settled,
settled twice, lost in a crash, and days pass. After every step what is counted is added up from the rows,
apart from the ledger's own sums.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.measure import Measure, say
from bot.domain.budget import Caps, day_start, month_start
from bot.domain.clock import ReplayClock
from bot.domain.errors import BudgetError
from bot.store.engine import open_store, sqlite_url
from bot.store.schema import spend
from bot.store.spend import SpendLedger

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from bot.store.engine import Store

INTERLEAVINGS, STEPS = 10_000, 12
_CAPS = Caps(daily=1_000, monthly=2_500)
_KINDS = ("reserve", "reserve", "parallel", "settle", "settle", "twice", "crash", "hours")
_AT_ONCE = 4
_SAY_EVERY = 1_000
# Memory rather than a disk: it is the order of things that is tried here.
_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of our own is made in it
_HOME = _MEMORY if _MEMORY.is_dir() else None


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield how often a cap was passed, how often a sum was negative, and how long a promise takes."""
    over, below, promises, seconds = asyncio.run(_try())
    yield Measure("ledger/over-cap", over, f"of {INTERLEAVINGS:,} interleavings", 0, least=False)
    yield Measure("ledger/negative", below, f"of {INTERLEAVINGS:,} interleavings", 0, least=False)
    yield Measure("ledger/promise", round(1000 * seconds / max(1, promises), 3), "ms", 50, least=False)


async def _try() -> tuple[int, int, int, float]:
    lot = random.Random(20261124)
    over = below = promises = 0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-", dir=_HOME) as folder:
        store = await open_store(sqlite_url(Path(folder)))
        try:
            for number in range(INTERLEAVINGS):
                async with store.write() as connection:
                    await connection.execute(spend.delete())
                run = _Run(store, lot)
                await run.play()
                over, below, promises = over + run.over, below + run.below, promises + run.promises
                if (number + 1) % _SAY_EVERY == 0:
                    say(f"  {number + 1:,} interleavings, {promises:,} promises")
        finally:
            await store.close()
    return over, below, promises, time.monotonic() - begun


class _Run:
    """One interleaving, and what went wrong in it."""

    def __init__(self, store: Store, lot: random.Random) -> None:
        self._store = store
        self._lot = lot
        self._clock = ReplayClock(datetime(2026, 3, 30, tzinfo=UTC))
        self._out: list[tuple[str, int]] = []
        self.over = self.below = False
        self.promises = 0

    async def play(self) -> None:
        for _ in range(STEPS):
            await self._step(self._lot.choice(_KINDS))
            await self._look()

    async def _step(self, kind: str) -> None:
        # After a crash a new process has nothing but the rows.
        ledger = SpendLedger(self._store, self._clock, _CAPS)
        if kind == "hours":
            self._clock.advance(self._clock.now() + timedelta(hours=self._lot.randrange(30)))
        elif kind in {"reserve", "parallel"}:
            calls = _AT_ONCE if kind == "parallel" else 1
            await asyncio.gather(*(self._reserve(ledger, self._lot.randrange(1_200)) for _ in range(calls)))
        elif self._out:
            reservation, promised = self._out.pop(self._lot.randrange(len(self._out)))
            used = self._lot.randrange(-100, promised + 1)
            if kind != "crash":
                await ledger.settle(reservation, used, {}, outcome="end_turn")
            if kind == "twice":
                await ledger.settle(reservation, -promised, {}, outcome="end_turn")

    async def _reserve(self, ledger: SpendLedger, micros: int) -> None:
        self.promises += 1
        try:
            made = await ledger.reserve(micros, stage="narrative", model="m", signal_id="s")
        except BudgetError:
            return
        self._out.append((made, micros))

    async def _look(self) -> None:
        async with self._store.read() as connection:
            rows = (await connection.execute(sa.select(spend.c.at, spend.c.reserved, spend.c.settled))).all()
        now = self._clock.now()
        counted = [(row.at, row.reserved if row.settled is None else row.settled) for row in rows]
        today = sum(micros for at, micros in counted if at >= day_start(now))
        month = sum(micros for at, micros in counted if at >= month_start(now))
        self.over |= today > _CAPS.daily or month > _CAPS.monthly
        self.below |= any(micros < 0 for _, micros in counted)
