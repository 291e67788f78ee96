"""Bursts in five series of tweet counts (NAB realTweets): the bot's baseline, beside two other detectors.

Scored by NAB's standard profile: in each labelled window the first alarm counts, the earlier the more; every
alarm elsewhere costs 0.11, less just after a window; a missed window costs 1; 0 is saying nothing, 100 is
perfect. Every detector is quiet for 12 hours after an alarm, as the bot is, and has its settings chosen on
two series (AAPL, CRM); the figure is that on the other three.
"""

from __future__ import annotations

import csv
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import SHARED, MissingDataError
from benchmarks.measure import Measure, say
from bot.detect import baseline, rhythm

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    _Make = Callable[..., Callable[["Series"], Iterator[int]]]

_HOME = SHARED / "eval" / "nab"
_CHOSEN_ON, _REPORTED_ON = ("AAPL", "CRM"), ("CVS", "FB", "KO")
_FALSE_ALARM, _LONGEST_PROBATION, _PROBATION = 0.11, 750, 0.15
_FADED = 3.0
_HOUR, _DAY = 12, 288
_QUIET = 12 * _HOUR
_RHYTHM_OVER = timedelta(days=28)
_TARGET = 75.0


@dataclass(frozen=True, slots=True)
class Series:
    """Counts every five minutes, and the windows (first and last index) in which something happened."""

    name: str
    times: tuple[datetime, ...]
    counts: NDArray[np.int64]
    windows: tuple[tuple[int, int], ...]

    def hourly(self) -> NDArray[np.int64]:
        """Return the counts of whole hours, by the series' own clock."""
        whole = len(self.counts) // _HOUR * _HOUR
        hours: NDArray[np.int64] = self.counts[:whole].reshape(-1, _HOUR).sum(axis=1)
        return hours


def measures(options: argparse.Namespace) -> Iterator[Measure]:  # noqa: ARG001 - it needs none
    """Yield the score on the series that no setting was chosen on, beside those of the other detectors."""
    series = {name: read(name) for name in (*_CHOSEN_ON, *_REPORTED_ON)}
    held, every = {}, {}
    for who, make, grid in _CONTENDERS:
        chosen = max(grid, key=lambda setting: _total([series[n] for n in _CHOSEN_ON], make(*setting)))
        held[who] = _total([series[name] for name in _REPORTED_ON], make(*chosen))
        every[who] = _total(list(series.values()), make(*chosen))
        say(f"{who} {chosen}: {held[who]:.1f} on {', '.join(_REPORTED_ON)}; {every[who]:.1f} on all five")
    hindsight = _total(list(series.values()), _seasonal(14, 2, hindsight=True))
    say(f"seasonal hybrid ESD, if it knew each day's end in advance: {hindsight:.1f} on all five")
    ours = held.pop("groundswell")
    target = max(_TARGET, *held.values())
    yield Measure("nab/held-out", round(ours, 1), "of 100", round(target, 1), beside=_rounded(held))
    ours = every.pop("groundswell")
    target = max(_TARGET, *every.values())
    yield Measure("nab/all-five", round(ours, 1), "of 100", round(target, 1), beside=_rounded(every))


def read(name: str) -> Series:
    """Return one of the series.

    Raises MissingDataError.
    """
    path = _HOME / f"Twitter_volume_{name}.csv"
    if not path.exists():
        msg = f"there is no {path}: the series of NAB realTweets belong there"
        raise MissingDataError(msg)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    times = tuple(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC) for row in rows)
    marked = json.loads((_HOME / "windows.json").read_text(encoding="utf-8"))[f"realTweets/{path.name}"]
    moments = [[datetime.fromisoformat(end).replace(tzinfo=UTC) for end in window] for window in marked]
    windows = tuple(
        (sum(at < start for at in times), sum(at <= end for at in times) - 1) for start, end in moments
    )
    return Series(name, times, np.array([int(float(row["value"])) for row in rows]), windows)


def score(series: Series, alarms: Sequence[int]) -> float:
    """Return the raw score of alarms: at best one for each window, at worst less one, less false alarms."""
    start = min(int(_PROBATION * len(series.counts)), _LONGEST_PROBATION)
    found: set[tuple[int, int]] = set()
    total = 0.0
    for at in sorted(at for at in alarms if at >= start):
        inside = next((window for window in series.windows if window[0] <= at <= window[1]), None)
        if inside is None:
            total -= _FALSE_ALARM * _blame(series, at)
        elif inside not in found:
            found.add(inside)
            first, last = inside
            total += _sigmoid(-(last - at + 1) / (last - first + 1)) / _sigmoid(-1.0)
    return total - (len(series.windows) - len(found))


def _blame(series: Series, at: int) -> float:
    """Return how false an alarm is: little just after a window, wholly long after it or before any."""
    before = [window for window in series.windows if window[1] < at]
    if not before:
        return 1.0
    first, last = before[-1]
    late = (at - last) / (last - first)
    return 1.0 if late > _FADED else -_sigmoid(late)


def _sigmoid(position: float) -> float:
    return 2 / (1 + math.exp(5 * position)) - 1


def _total(series: Sequence[Series], detect: Callable[[Series], Iterator[int]]) -> float:
    windows = sum(len(one.windows) for one in series)
    raw = sum(score(one, _spaced(detect(one))) for one in series)
    return 100 * (raw + windows) / (2 * windows)


def _spaced(alarms: Iterator[int]) -> list[int]:
    kept: list[int] = []
    for at in alarms:
        if not kept or at - kept[-1] >= _QUIET:
            kept.append(at)
    return kept


def _ours(days: int, least: float) -> Callable[[Series], Iterator[int]]:
    """Return the bot's baseline: the last hour against the days before it, by the rhythm of the week."""

    def detect(series: Series) -> Iterator[int]:
        hourly, over = series.hourly(), np.concatenate([[0], np.cumsum(series.counts)])
        stamps = [series.times[hour * _HOUR] for hour in range(len(hourly))]
        learnt, exposure, spread, rate = rhythm.Rhythm(), np.zeros(0), 0.0, 0.0
        for at in range(_DAY, len(series.counts)):
            hour = (at - _HOUR + 1) // _HOUR
            past = slice(max(0, hour - 24 * days), hour)
            if at % _HOUR == 0 or not len(exposure):
                if at % _DAY == 0 or not len(exposure):
                    learnt = _learnt(stamps[:hour], hourly[:hour])
                exposure = np.array([learnt.factor(stamp) for stamp in stamps[past]]) / 24
                rate = float(hourly[past].sum() / exposure.sum())
                spread = baseline.spread(hourly[past].tolist(), (rate * exposure).tolist())
            surprise = baseline.surprise(
                int(over[at + 1] - over[at + 1 - _HOUR]),
                beat_rate=rate,
                own_count=int(hourly[past].sum()),
                own_days=float(exposure.sum()),
                spread=spread,
                window=learnt.factor(series.times[at]) / 24,
            )
            if surprise >= least:
                yield at

    return detect


def _learnt(stamps: Sequence[datetime], hourly: NDArray[np.int64]) -> rhythm.Rhythm:
    since = stamps[-1] - _RHYTHM_OVER
    counts: Mapping[datetime, float] = {
        stamp: float(said) for stamp, said in zip(stamps, hourly, strict=True) if stamp > since
    }
    return rhythm.learn(counts)


def _gaussian(days: int, least: float) -> Callable[[Series], Iterator[int]]:
    """Return a windowed Gaussian: a count so many deviations above the mean of the days before."""

    def detect(series: Series) -> Iterator[int]:
        counts = series.counts.astype(np.float64)
        sums, squares = (np.concatenate([[0], np.cumsum(row)]) for row in (counts, counts**2))
        for at in range(_DAY, len(counts)):
            start = max(0, at - days * _DAY)
            mean = (sums[at] - sums[start]) / (at - start)
            variance = (squares[at] - squares[start]) / (at - start) - mean**2
            if counts[at] > mean + least * math.sqrt(max(variance, 1e-9)):
                yield at

    return detect


def _seasonal(days: int, most: int, *, hindsight: bool = False) -> Callable[[Series], Iterator[int]]:
    """Return a seasonal hybrid ESD, as Twitter ADVec: each day, on the hourly counts up to its end.

    With `hindsight` an alarm counts as raised in its own hour, although only the day's end can find it.
    """
    from sesd import seasonal_esd  # noqa: PLC0415 - statsmodels takes a second to load

    def detect(series: Series) -> Iterator[int]:
        hourly = series.hourly()
        mean = hourly.mean()
        for end in range(72, len(hourly) + 1, 24):
            start = max(0, end - 24 * days)
            found = seasonal_esd(hourly[start:end], periodicity=24, hybrid=True, max_anomalies=most)
            last = sorted(int(hour) + start for hour in found)
            for hour in last:
                if hour >= end - 24 and hourly[hour] > mean:
                    yield ((hour + 1 if hindsight else end) * _HOUR) - 1

    return detect


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {who: round(value, 1) for who, value in scores.items()}


_CONTENDERS: tuple[tuple[str, _Make, list[tuple[int, float]]], ...] = (
    ("groundswell", _ours, list(product((7, 14), (3.0, 4.0, 5.0)))),
    ("windowed Gaussian", _gaussian, list(product((7, 14, 22), (4.0, 5.0, 6.0, 8.0, 10.0, 12.0)))),
    ("seasonal hybrid ESD (sesd)", _seasonal, list(product((14,), (1, 2, 5, 10)))),
)
