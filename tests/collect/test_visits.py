"""When a target is visited again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.visits import next_visit, rate_of
from tests.collect.loopback import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("rate", "wait"),
    [
        (None, 20 * MINUTE),  # nothing is known yet
        (60.0, 20 * MINUTE),  # more than one in twenty minutes
        (1.0, HOUR),  # one is to be expected in an hour
        (0.001, 4 * HOUR),  # twelve times more rarely, at most
        (0.0, 4 * HOUR),
    ],
)
def test_a_target_is_visited_as_often_as_it_has_news(rate: float | None, wait: timedelta) -> None:
    """The wait is until the next record is to be expected, between the interval and twelve times that."""
    assert next_visit(NOW, 20 * MINUTE, rate, None, 0.0) == NOW + wait


def test_a_slow_source_keeps_its_interval() -> None:
    """The six hours that nothing waits longer than do not shorten a longer interval."""
    assert next_visit(NOW, 3 * HOUR, 0.0, None, 0.0) == NOW + 6 * HOUR
    assert next_visit(NOW, 8 * HOUR, 0.0, None, 0.0) == NOW + 8 * HOUR


@given(
    st.floats(0, 1e6) | st.none(),
    st.timedeltas(timedelta(), 2 * DAY) | st.none(),
    st.timedeltas(MINUTE, DAY),
    st.floats(0, 1),
)
def test_what_the_server_wishes_is_never_undercut(
    rate: float | None, wish: timedelta | None, interval: timedelta, chance: float
) -> None:
    """A later visit is never made earlier, more that waits is fetched at once, and no wait is endless."""
    due = next_visit(NOW, interval, rate, None if wish is None else NOW + wish, chance)
    if wish is not None and wish <= interval:
        assert due == NOW + wish
    else:
        assert due >= NOW + max(interval, wish or interval)
        assert due <= NOW + 1.2 * max(interval, 6 * HOUR, wish or interval)


def test_chance_spreads_the_visits() -> None:
    """Up to a tenth of the wait is added."""
    assert next_visit(NOW, 20 * MINUTE, None, None, 0.5) == NOW + 21 * MINUTE


def test_the_rate_follows_what_came() -> None:
    """The first visit says nothing; then records an hour; after a day the old rate counts half."""
    assert rate_of(None, 50, None) is None
    assert rate_of(None, 6, 2 * HOUR) == 3.0
    assert rate_of(3.0, 24, DAY) == pytest.approx(2.0)
    assert rate_of(3.0, 5, timedelta()) == 3.0
