"""The spending caps: how much money may still be promised. Money is counted in whole micro-dollars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

MICROS_PER_DOLLAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be spent in a day and in a month (UTC), in micro-dollars."""

    daily: int
    monthly: int

    @classmethod
    def from_dollars(cls, *, daily: float, monthly: float) -> Caps:
        """Return the caps an operator set in dollars, rounded down."""
        return cls(int(daily * MICROS_PER_DOLLAR), int(monthly * MICROS_PER_DOLLAR))

    def room(self, *, today: int, this_month: int) -> int:
        """Return what may still be promised, given what is spent or promised already; never below zero."""
        return max(0, min(self.daily - today, self.monthly - this_month))


def day_start(now: datetime) -> datetime:
    """Return the first instant of the UTC day of `now`."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def month_start(now: datetime) -> datetime:
    """Return the first instant of the UTC month of `now`."""
    return day_start(now).replace(day=1)


def dollars(micros: int) -> str:
    """Return `micros` as people write it, as in "$0.1250"."""
    return f"${micros / MICROS_PER_DOLLAR:.4f}"
