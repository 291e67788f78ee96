"""The rhythm of talk: how much is said at an hour of the day and on a day of the week, against the mean.

A factor of 1 is the mean. Each is drawn towards 1, as if weeks without any rhythm had been heard before,
so that little listening says little about the time (a Gamma prior on the factor, of mean 1).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.clock import hour_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_HOUR = timedelta(hours=1)
_HOURS, _DAYS = 24, 7
# So many days lend each hour of the day, so many weeks each day of the week.
_DAYS_LENT, _WEEKS_LENT = 7, 2


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Factors by hour of the day (UTC) and by day of the week (Monday first)."""

    hours: tuple[float, ...] = (1.0,) * _HOURS
    days: tuple[float, ...] = (1.0,) * _DAYS

    def factor(self, at: datetime) -> float:
        """Return how much is said in the hour of `at`, against the mean hour."""
        return self.hours[at.hour] * self.days[at.weekday()]

    def usual_days(self, start: datetime, end: datetime) -> float:
        """Return to how many mean days of talk the time from `start` to `end` comes."""
        total, at = 0.0, start
        while at < end:
            then = min(end, hour_of(at) + _HOUR)
            total += self.factor(at) * ((then - at) / _HOUR)
            at = then
        return total / _HOURS


def learn(counts: Mapping[datetime, float]) -> Rhythm:
    """Return the rhythm in what was said by the hour; hours that were heard without a word count as 0."""
    total = sum(counts.values())
    if not total:
        return Rhythm()
    mean = total / len(counts)
    hourly: defaultdict[int, list[float]] = defaultdict(list)
    daily: defaultdict[int, list[float]] = defaultdict(list)
    for at, said in counts.items():
        hourly[at.hour].append(said / mean)
        daily[at.weekday()].append(said / mean)
    hours = [_drawn(hourly[hour], _DAYS_LENT) for hour in range(_HOURS)]
    days = [_drawn(daily[day], _WEEKS_LENT * _HOURS) for day in range(_DAYS)]
    return Rhythm(_to_mean_one(hours), _to_mean_one(days))


def _drawn(ratios: list[float], lent: int) -> float:
    return (sum(ratios) + lent) / (len(ratios) + lent)


def _to_mean_one(factors: list[float]) -> tuple[float, ...]:
    mean = sum(factors) / len(factors)
    return tuple(factor / mean for factor in factors)
