"""The rhythm of talk: learnt from what was heard, slowly, and spent as usual days."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect import baseline
from bot.detect.rhythm import Rhythm, learn
from tests.factory import NOON

_HOUR = timedelta(hours=1)
_MONDAY = NOON.replace(hour=0)


def _weeks(number: int) -> dict[datetime, float]:
    """Return weeks in which nights are quiet and Sundays half as busy."""
    hours = [_MONDAY + n * _HOUR for n in range(number * 7 * 24)]
    return {at: (1.0 if at.hour < 8 else 10.0) * (0.5 if at.weekday() == 6 else 1.0) for at in hours}


def test_a_rhythm_is_learnt_the_longer_the_surer() -> None:
    """After many weeks a Sunday is worth half a Monday; after one week the difference is only suspected."""
    one, many = learn(_weeks(1)), learn(_weeks(40))
    assert many.days[6] / many.days[0] == pytest.approx(0.5, abs=0.03)
    assert 0.75 < one.days[6] / one.days[0] < 0.95
    assert many.hours[3] / many.hours[12] == pytest.approx(0.1, abs=0.04)


def test_a_usual_week_has_seven_usual_days() -> None:
    """Whatever the rhythm, a week comes to seven days, and parts add up."""
    learnt = learn(_weeks(4))
    week = timedelta(days=7)
    assert learnt.usual_days(NOON, NOON + week) == pytest.approx(7, rel=0.01)
    middle = NOON + timedelta(hours=31, minutes=12)
    parts = learnt.usual_days(NOON, middle) + learnt.usual_days(middle, NOON + week)
    assert parts == pytest.approx(learnt.usual_days(NOON, NOON + week))


def test_nothing_heard_has_no_rhythm() -> None:
    """Without a word heard every hour is like the mean."""
    assert learn({}) == learn({NOON: 0.0}) == Rhythm()


def test_a_busy_sunday_is_more_surprising() -> None:
    """The same count is less expected in a window in which less is usual."""
    usual = baseline.surprise(30, beat_rate=3, own_count=70, own_days=7)
    sunday = baseline.surprise(30, beat_rate=3, own_count=70, own_days=7, window=0.5)
    assert sunday > usual > baseline.surprise(30, beat_rate=3, own_count=70, own_days=7, spread=0.3)


@given(st.lists(st.integers(0, 200), max_size=14))
def test_scatter_is_never_negative(counts: list[int]) -> None:
    """Counts that vary no more than Poisson ones have no spread beyond it; wild ones have."""
    mean = sum(counts) / len(counts) if counts else 0
    assert baseline.spread(counts, [mean] * len(counts)) >= 0
    assert baseline.spread([10] * 7, [10.0] * 7) == 0
    assert baseline.spread([0, 0, 0, 70, 0, 0, 0], [10.0] * 7) > 1
