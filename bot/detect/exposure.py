"""Exposure: how much was heard of what is usually said where a matter comes from.

A count is held against a rate per heard time: unheard time is no silence. Time goes in hours, the newest
first, each weighed by how much is usual in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from bot.domain.gap import Gap
    from bot.domain.place import Place

    Hours = NDArray[np.float64]

_HOUR = timedelta(hours=1)
_HOURS_A_DAY = 24
# A place counts as if so much more had been heard there without a word: an hour says little of its rate.
_HOURS_LENT = 24


@dataclass(frozen=True, slots=True)
class Exposure:
    """What was heard of a matter's places, as shares from 0 to 1 of what is usually said there.

    `window` is that of the last day, `quiet` of the time just ahead of it, `before` of the days before it
    since the matter began, and `days` of each day before it, newest first (empty if all was heard). `stray`
    and `stray_before` are how many records came, in the window and before, from hours that were not heard.
    """

    window: float = 1.0
    quiet: float = 1.0
    before: float = 1.0
    days: tuple[float, ...] = ()
    stray: int = 0
    stray_before: int = 0


ALL_HEARD = Exposure()


@dataclass(frozen=True, slots=True)
class Spans:
    """How many hours the window has, the quiet time ahead of it, and all the time since the matter began."""

    window: int
    quiet: int
    begun: int


def heard_hours(now: datetime, hours: int, targets: Sequence[Iterable[Gap]]) -> Hours:
    """Return the share of each of the last `hours` that was heard at a place, of the `targets` it comes from.

    For each target there are the stretches that were not heard.
    """
    return np.asarray(np.mean([1 - _lost(now, hours, gaps) for gaps in targets], axis=0))


def _lost(now: datetime, hours: int, gaps: Iterable[Gap]) -> Hours:
    first, known = np.arange(hours, dtype=np.float64), 0.0
    lost = np.zeros(hours)
    for newest, oldest in sorted(((now - gap.end) / _HOUR, (now - gap.start) / _HOUR) for gap in gaps):
        lost += np.clip(np.minimum(oldest, first + 1) - np.maximum(max(newest, known), first), 0.0, 1.0)
        known = max(known, oldest)
    return lost


def measure(
    said: Mapping[Place, Hours], heard: Mapping[Place, Hours], usual: Hours, spans: Spans
) -> Exposure:
    """Return how much was heard of a matter of which so much was `said` in each hour, by place.

    A place weighs by what came from there before the window (in it, where nothing did) in an hour that was
    heard: one that was heard half of the time weighs twice what it brought.
    """
    past, window = slice(spans.window, None), slice(spans.window)
    exposed = {place: heard[place] * usual for place in said}
    counted = {place: np.where(heard[place] > 0, counts, 0.0) for place, counts in said.items()}
    stray = sum((counts - counted[place] for place, counts in said.items()), np.zeros(len(usual)))
    rates = _rates(counted, exposed, past) or _rates(counted, exposed, window) or dict.fromkeys(said, 1.0)

    def share(span: slice) -> float:
        whole = sum(rates.values()) * float(usual[span].sum())
        got = sum(rate * float(exposed[place][span].sum()) for place, rate in rates.items())
        return min(1.0, got / whole) if whole else 1.0

    ends = range(spans.window, len(usual), _HOURS_A_DAY)
    return Exposure(
        window=share(window),
        quiet=share(slice(spans.window, spans.window + spans.quiet)),
        before=share(slice(spans.window, spans.begun)),
        days=tuple(share(slice(end, end + _HOURS_A_DAY)) for end in ends),
        stray=int(stray[window].sum()),
        stray_before=int(stray[past].sum()),
    )


def _rates(counted: Mapping[Place, Hours], exposed: Mapping[Place, Hours], span: slice) -> dict[Place, float]:
    """Return what came from each place in an hour that was heard; who brought nothing is left out."""
    return {
        place: said / (float(exposed[place][span].sum()) + _HOURS_LENT)
        for place, counts in counted.items()
        if (said := float(counts[span].sum()))
    }
