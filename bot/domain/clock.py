"""The one source of time. Everything asks a Clock, so a replayed week runs in seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the current time in UTC."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


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
