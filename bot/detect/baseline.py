"""What was to be expected, and how surprising the observed count is.

Counts of talk are small and bursty, so z-scores mislead. A rate gets a Gamma prior and is updated by what was
counted; the predictive distribution of the next count is then negative binomial (Gelman et al., Bayesian Data
Analysis, 3rd ed., section 2.6). How much counts scatter about their own rate widens it further. Time is
measured in usual days of talk (`bot.detect.rhythm`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.special import betainc, nbdtrik

from bot.domain.signal import Baseline

if TYPE_CHECKING:
    from collections.abc import Sequence

# A prior worth one storyline-day: the beat's typical rate counts as much as one day of the storyline's own.
_PRIOR_SHAPE = 1
_LEAST_RATE = 0.5
_FLOOR = 1e-300
# Counts are taken to be Poisson until so many of them say otherwise.
_SPREAD_LENT = 5


def expect(
    *,
    beat_rate: float,
    own_count: int,
    own_days: float,
    about: str,
    spread: float = 0.0,
    window: float = 1.0,
) -> Baseline:
    """Return what to expect in a window of so many days.

    `beat_rate` is the mean count a storyline of the beat gets on a day it is spoken of; `own_count` is what
    this storyline got in the `own_days` before the window; `spread` is how its counts scatter (see `spread`).
    """
    shape, chance = _predictive(beat_rate, own_count, own_days, spread, window)
    return Baseline(
        expected=round(shape * (1 - chance) / chance, 1),
        low=_quantile(0.05, shape, chance),
        high=_quantile(0.95, shape, chance),
        about=about,
    )


def surprise(
    observed: int,
    *,
    beat_rate: float,
    own_count: int,
    own_days: float,
    spread: float = 0.0,
    window: float = 1.0,
) -> float:
    """Return -log10 of the chance of at least `observed` in the window under the baseline."""
    if observed <= 0:
        return 0.0
    shape, chance = _predictive(beat_rate, own_count, own_days, spread, window)
    return -math.log10(max(float(betainc(observed, shape, 1 - chance)), _FLOOR))


def spread(counts: Sequence[int], expected: Sequence[float]) -> float:
    """Return the squared variation of counts about what was expected, beyond that of a Poisson count.

    A moment estimate, drawn towards none: with E[y^2] = m + m^2 (1 + spread) for an expected count m.
    """
    squares = sum(m * m for m in expected)
    if not counts or not squares:
        return 0.0
    found = (sum(y * y for y in counts) - sum(expected)) / squares - 1
    return max(0.0, found) * len(counts) / (len(counts) + _SPREAD_LENT)


def _predictive(
    beat_rate: float, own_count: int, own_days: float, spread: float, window: float
) -> tuple[float, float]:
    shape = _PRIOR_SHAPE + own_count
    days = _PRIOR_SHAPE / max(beat_rate, _LEAST_RATE) + max(own_days, 0.0)
    # Rate and scatter vary independently, so their squared variations add up (and multiply).
    size = 1 / (1 / shape + spread * (1 + 1 / shape))
    return size, size / (size + shape * window / days)


def _quantile(q: float, shape: float, chance: float) -> float:
    return float(max(0, math.ceil(float(nbdtrik(q, shape, chance)))))
