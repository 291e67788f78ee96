"""Baselines, held against an independent implementation of the negative binomial."""

from __future__ import annotations

import math

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.baseline import expect, surprise

_RATES = st.floats(0.01, 200)
_COUNTS = st.integers(0, 2_000)
_DAYS = st.floats(0, 7)
_CASES = [(3.0, 0, 0.0), (3.0, 0, 7.0), (12.5, 40, 6.5), (0.1, 2, 1.0), (80.0, 900, 7.0)]


def _reference(beat_rate: float, own_count: int, own_days: float) -> scipy.stats.rv_frozen:
    # A Gamma(1, 1/rate) prior on the daily rate, updated by own_count in own_days.
    days = 1.0 / max(beat_rate, 0.5) + own_days
    return scipy.stats.nbinom(1 + own_count, days / (days + 1.0))


@pytest.mark.parametrize(("beat_rate", "own_count", "own_days"), _CASES)
def test_the_baseline_is_the_predictive_negative_binomial(
    beat_rate: float, own_count: int, own_days: float
) -> None:
    """Mean and 90 % interval are those of the Gamma-Poisson predictive distribution."""
    found = expect(beat_rate=beat_rate, own_count=own_count, own_days=own_days, about="posts")
    reference = _reference(beat_rate, own_count, own_days)
    assert found.expected == pytest.approx(reference.mean(), abs=0.051)
    assert (found.low, found.high) == (reference.ppf(0.05), reference.ppf(0.95))
    assert found.about == "posts"


@pytest.mark.parametrize(("beat_rate", "own_count", "own_days"), _CASES)
@pytest.mark.parametrize("observed", [1, 4, 15, 60])
def test_surprise_is_the_tail_of_that_distribution(
    beat_rate: float, own_count: int, own_days: float, observed: int
) -> None:
    """Surprise is -log10 of the chance of at least as many."""
    found = surprise(observed, beat_rate=beat_rate, own_count=own_count, own_days=own_days)
    tail = _reference(beat_rate, own_count, own_days).sf(observed - 1)
    assert found == pytest.approx(-math.log10(tail), rel=1e-6, abs=1e-9)


def test_a_new_matter_is_expected_to_draw_what_its_beat_draws() -> None:
    """Without a history of its own, the beat's usual rate is the expectation."""
    assert expect(beat_rate=7.0, own_count=0, own_days=0.0, about="").expected == pytest.approx(7.0)


def test_nothing_is_never_surprising() -> None:
    """No records are no surprise, and an impossible count is still a finite number."""
    assert surprise(0, beat_rate=50.0, own_count=500, own_days=7.0) == 0.0
    assert surprise(1_000_000, beat_rate=0.5, own_count=0, own_days=7.0) <= 300


@given(observed=_COUNTS, more=st.integers(1, 500), beat_rate=_RATES, own=_COUNTS, days=_DAYS)
def test_surprise_grows_with_what_is_observed(
    observed: int, more: int, beat_rate: float, own: int, days: float
) -> None:
    """More talk is never less surprising."""
    less = surprise(observed, beat_rate=beat_rate, own_count=own, own_days=days)
    assert surprise(observed + more, beat_rate=beat_rate, own_count=own, own_days=days) >= less - 1e-9


@given(observed=_COUNTS, more=st.integers(1, 500), beat_rate=_RATES, own=_COUNTS, days=_DAYS)
def test_surprise_falls_with_history(
    observed: int, more: int, beat_rate: float, own: int, days: float
) -> None:
    """The same count is never more surprising for a matter that was talked of more."""
    before = surprise(observed, beat_rate=beat_rate, own_count=own, own_days=days)
    assert surprise(observed, beat_rate=beat_rate, own_count=own + more, own_days=days) <= before + 1e-9


@given(beat_rate=_RATES, own=_COUNTS, days=_DAYS)
def test_the_interval_is_in_order(beat_rate: float, own: int, days: float) -> None:
    """The interval never starts below nothing, and never ends before it starts."""
    found = expect(beat_rate=beat_rate, own_count=own, own_days=days, about="")
    assert 0 <= found.low <= found.high
    assert found.expected >= 0
