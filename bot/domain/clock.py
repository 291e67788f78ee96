"""The one source of time. Everything asks a Clock, so a replayed week runs in seconds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol


def hour_of(moment: datetime) -> datetime:
    """Return when the hour began that `moment` is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


class Clock(Protocol):
    """Tells the current time in UTC."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware, in UTC."""
        ...

    async def wait_until(self, moment: datetime) -> None:
        """Return once it is `moment`, at once if that has passed; other tasks get their turn meanwhile."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)

    async def wait_until(self, moment: datetime) -> None:
        """Sleep until the machine's time is `moment`."""
        await asyncio.sleep(max(0.0, (moment - self.now()).total_seconds()))


class ReplayClock:
    """A clock that stands still until it is moved; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time the clock was last moved to."""
        return self._now

    def advance(self, to: datetime) -> None:
        """Move the clock forward to `to`; an earlier time leaves it where it is."""
        self._now = max(self._now, to.astimezone(UTC))

    async def wait_until(self, moment: datetime) -> None:
        """Move the clock to `moment`; nobody waits for real."""
        self.advance(moment)
        await asyncio.sleep(0)
