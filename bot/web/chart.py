"""The geometry of the pictures: numbers in, coordinates out. The templates draw them as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.signal import Baseline, Signal, Storyline

WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 4, 8, 22
_WINDOWS = 14
_PARTS, _YOUNG_WINDOWS = 8, 3
_AFTER = _DATE_EVERY = 4
SPARK_WIDTH, SPARK_HEIGHT = 132, 30


@dataclass(frozen=True, slots=True)
class Span:
    """What a chart covers: `bins` intervals of length `step` from `start`; `window` are the signal's bins."""

    start: datetime
    step: timedelta
    bins: int
    window: range


@dataclass(frozen=True, slots=True)
class Bar:
    """One interval. `inside` says that it belongs to the window of the signal."""

    x: float
    y: float
    width: float
    height: float
    value: int
    inside: bool
    start: datetime | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A piece of text in the picture."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart of a storyline's volume, with what was to be expected per bar."""

    bars: tuple[Bar, ...]
    grid: tuple[Label, ...]
    dates: tuple[Label, ...]
    expected: float
    expected_y: float
    band: tuple[float, float] | None
    unit: str
    peak: Bar

    @property
    def left(self) -> float:
        """Where the plot begins."""
        return _LEFT

    @property
    def right(self) -> float:
        """Where the plot ends."""
        return WIDTH - _RIGHT


@dataclass(frozen=True, slots=True)
class Gauge:
    """Observed against expected on one line; every value is a percentage of the line's length."""

    low: float
    high: float
    expected: float
    observed: float


def span(signal: Signal, storyline: Storyline, now: datetime) -> Span:
    """Choose what to show of a storyline around its signal.

    A bar is as long as the signal's window, so that it can be held against the baseline; a storyline younger
    than three windows is shown in eighths of one.
    """
    window = signal.window_end - signal.window_start
    young = storyline.first_at > signal.window_end - _YOUNG_WINDOWS * window
    step = window / _PARTS if young else window
    before = _YOUNG_WINDOWS * _PARTS if young else _WINDOWS
    size = _PARTS if young else 1
    after = min(_PARTS if young else _AFTER, max(0, (now - signal.window_end) // step))
    return Span(signal.window_end - before * step, step, before + after, range(before - size, before))


def chart(counts: Sequence[int], over: Span, baseline: Baseline) -> Chart:
    """Lay out `counts`, one for each bin of `over`."""
    share = 1 / len(over.window)
    whole = len(over.window) == 1
    top = _nice(max(*counts, baseline.high if whole else baseline.expected * share, 1))
    floor = HEIGHT - _BOTTOM

    def y(value: float) -> float:
        return round(floor - (floor - _TOP) * value / top, 1)

    slot = (WIDTH - _LEFT - _RIGHT) / over.bins
    bars = tuple(
        Bar(
            x=round(_LEFT + index * slot + slot * 0.1, 1),
            y=y(value),
            width=round(slot * 0.8, 1),
            height=round(floor - y(value), 1),
            value=value,
            inside=index in over.window,
            start=over.start + index * over.step,
        )
        for index, value in enumerate(counts)
    )
    return Chart(
        bars=bars,
        grid=tuple(Label(_LEFT - 6, y(value), f"{value:,}") for value in _grid(top)),
        dates=_dates(bars, over),
        expected=baseline.expected * share,
        expected_y=y(baseline.expected * share),
        band=(y(baseline.high), round(y(baseline.low) - y(baseline.high), 1)) if whole else None,
        unit=_unit(over.step),
        peak=max(bars, key=lambda bar: bar.value),
    )


def spark(counts: Sequence[int], *, inside: range) -> tuple[Bar, ...]:
    """Lay out a small picture without axes."""
    top = max(*counts, 1)
    slot = SPARK_WIDTH / len(counts)
    return tuple(
        Bar(
            x=round(index * slot + slot * 0.12, 1),
            y=round(SPARK_HEIGHT - max(1.0, SPARK_HEIGHT * value / top), 1),
            width=round(slot * 0.76, 1),
            height=round(max(1.0, SPARK_HEIGHT * value / top), 1),
            value=value,
            inside=index in inside,
        )
        for index, value in enumerate(counts)
    )


def gauge(observed: int, baseline: Baseline) -> Gauge:
    """Lay out observed against expected."""
    top = max(observed, baseline.high, 1) * 1.02
    share = 100 / top
    return Gauge(*(round(max(value, 0) * share, 1) for value in (
        baseline.low, baseline.high, baseline.expected, observed,
    )))  # fmt: skip


def _dates(bars: Sequence[Bar], over: Span) -> tuple[Label, ...]:
    days = [over.start + index * over.step for index in range(over.bins)]
    if over.step < timedelta(days=1):
        marked = [index for index in range(1, over.bins) if days[index].date() != days[index - 1].date()]
    else:
        marked = [index for index in range(over.bins) if (index - over.window[0]) % _DATE_EVERY == 0]
    return tuple(
        Label(
            round(bars[index].x + bars[index].width / 2, 1), HEIGHT - 6, f"{days[index].day} {days[index]:%b}"
        )
        for index in marked
    )


def _nice(value: float) -> int:
    scale = 10.0 ** math.floor(math.log10(value))
    return max(2, math.ceil(next(step * scale for step in (1, 2, 4, 5, 6, 8, 10) if step * scale >= value)))


def _grid(top: int) -> tuple[int, ...]:
    return (0, top // 2, top) if top % 2 == 0 else (0, top)


def _unit(step: timedelta) -> str:
    hours = round(step / timedelta(hours=1))
    if step < timedelta(hours=1):
        return f"{round(step / timedelta(minutes=1))} minutes"
    if hours == 1:
        return "hour"
    days = round(step / timedelta(days=1))
    if days * 24 != hours:
        return f"{hours} hours"
    return "day" if days == 1 else f"{days} days"
