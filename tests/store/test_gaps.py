"""Gaps: later stages can ask what was heard, and silence is not taken for an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.gap import Gap
from bot.store import gaps, sources
from tests.factory import NOON
from tests.store.house import HOUR

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store

_DAY = 24 * HOUR


async def _visit(connection: AsyncConnection, target: str = "feed", **fields: Any) -> None:
    at = fields.pop("at", NOON)
    until = fields.pop("until", at)
    await sources.succeeded(connection, "rss", target, cursor={}, at=at, heard_until=until, **fields)


async def test_what_was_visited_in_time_is_heard(store: Store) -> None:
    """From the first visit until the next one is overdue, all of it counts as heard."""
    async with store.write() as connection:
        await _visit(connection, at=NOON - _DAY)
        await _visit(connection, next_check_at=NOON + HOUR)
        assert await gaps.heard(connection, "rss", NOON - _DAY, NOON)
        assert await gaps.heard(connection, "rss", NOON - _DAY, NOON + HOUR)
        (late,) = await gaps.unheard(connection, "rss", NOON - _DAY, NOON + 3 * HOUR)
        assert (late.gap.start, late.gap.end) == (NOON + HOUR + gaps.LATE, NOON + 3 * HOUR)
        (early,) = await gaps.unheard(connection, "rss", NOON - 2 * _DAY, NOON)
        assert (early.gap.start, early.gap.end) == (NOON - 2 * _DAY, NOON - _DAY)


async def test_a_recorded_gap_is_not_heard(store: Store) -> None:
    """A gap counts where it overlaps, for its own target only, and is kept once with its times."""
    gap = Gap(NOON - 5 * HOUR, NOON - 3 * HOUR, "the list was cut")
    async with store.write() as connection:
        for target in ("feed", "other"):
            await _visit(connection, target, at=NOON - _DAY)
            await _visit(connection, target, next_check_at=NOON + HOUR)
        for _ in range(2):
            await gaps.add(connection, "rss", "feed", [gap, Gap(NOON, NOON, "nothing")])
    async with store.read() as connection:
        told = gaps.Unheard("rss", "feed", gap)
        assert await gaps.unheard(connection, "rss", NOON - 4 * HOUR, NOON) == [told]
        assert await gaps.heard(connection, "rss", NOON - 3 * HOUR, NOON)
        assert await gaps.heard(connection, "rss", NOON - _DAY, NOON, targets=["other"])
        assert await gaps.heard(connection, "never", NOON - _DAY, NOON)
        assert await gaps.since(connection, NOON - _DAY) == [told]
        assert await gaps.since(connection, NOON) == []


async def test_a_source_that_fails_or_lags_is_not_heard(store: Store) -> None:
    """After a failure, and while a stream catches up, what came after the last that was heard is missing."""
    async with store.write() as connection:
        await _visit(connection, at=NOON - _DAY)
        state = await sources.get(connection, "rss", "feed")
        await sources.failed(connection, state, error="status 503", cooldown_until=NOON)
        (failed,) = await gaps.unheard(connection, "rss", NOON - 2 * HOUR, NOON)
        assert failed.gap == Gap(NOON - 2 * HOUR, NOON, "status 503")
        await _visit(connection, at=NOON, until=NOON - 5 * HOUR)
        (lags,) = await gaps.unheard(connection, "rss", NOON - _DAY, NOON)
        assert (lags.gap.start, lags.gap.end) == (NOON - 5 * HOUR, NOON)
        await _visit(connection, at=NOON, until=NOON - timedelta(seconds=2))
        assert await gaps.heard(connection, "rss", NOON - _DAY, NOON)
