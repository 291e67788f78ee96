"""What was to be expected, and how surprising the observed count is.

Counts of talk are small and bursty, so z-scores mislead. A storyline's daily rate gets a Gamma prior from
the storylines of its beat and is updated by its own history; the predictive distribution of the next count is
then negative binomial (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6).
"""

from __future__ import annotations

import math

from scipy.special import nbdtrc, nbdtrik

from bot.domain.signal import Baseline

# A prior worth one storyline-day: the beat's typical rate counts as much as one day of the storyline's own.
_PRIOR_SHAPE = 1
_LEAST_RATE = 0.5
_FLOOR = 1e-300


def expect(*, beat_rate: float, own_count: int, own_days: float, about: str) -> Baseline:
    """Return what to expect in one day.

    `beat_rate` is the mean count a storyline of the beat gets on a day it is spoken of; `own_count` is what
    this storyline got in the `own_days` before the window.
    """
    shape, chance = _predictive(beat_rate, own_count, own_days)
    return Baseline(
        expected=round(shape * (1 - chance) / chance, 1),
        low=_quantile(0.05, shape, chance),
        high=_quantile(0.95, shape, chance),
        about=about,
    )


def surprise(observed: int, *, beat_rate: float, own_count: int, own_days: float) -> float:
    """Return -log10 of the chance of at least `observed` in one day under the baseline."""
    if observed <= 0:
        return 0.0
    shape, chance = _predictive(beat_rate, own_count, own_days)
    return -math.log10(max(float(nbdtrc(observed - 1, shape, chance)), _FLOOR))


def _predictive(beat_rate: float, own_count: int, own_days: float) -> tuple[int, float]:
    prior_days = _PRIOR_SHAPE / max(beat_rate, _LEAST_RATE)
    days = prior_days + max(own_days, 0.0)
    return _PRIOR_SHAPE + own_count, days / (days + 1.0)


def _quantile(q: float, shape: int, chance: float) -> float:
    return float(max(0, math.ceil(float(nbdtrik(q, shape, chance)))))
