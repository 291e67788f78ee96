"""Exposure: each place weighs by what comes from there, and counts for the time in which it was heard."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.detect.exposure import ALL_HEARD, Spans, heard_hours, measure
from bot.domain.gap import Gap
from tests.factory import NOON

if TYPE_CHECKING:
    from bot.detect.exposure import Exposure, Hours

_HOUR = timedelta(hours=1)
_ALL = 8 * 24
_HERE, _THERE = ("reddit", "r/here"), ("hackernews", "hackernews")
_SPANS = Spans(window=24, quiet=36, begun=_ALL)


def _hours(window: float, before: float) -> Hours:
    return np.array([window] * 24 + [before] * (_ALL - 24), dtype=np.float64)


def _measured(said: tuple[Hours, Hours], heard: tuple[Hours, Hours], spans: Spans = _SPANS) -> Exposure:
    places = (_HERE, _THERE)
    return measure(
        dict(zip(places, said, strict=True)), dict(zip(places, heard, strict=True)), np.ones(_ALL), spans
    )


def _lost(start: float, end: float) -> Gap:
    return Gap(NOON - start * _HOUR, NOON - end * _HOUR, "it was down")


def test_an_hour_counts_by_what_of_it_was_heard() -> None:
    """Gaps that overlap count once; of two targets of a place one that is missed is half of what is heard."""
    one = heard_hours(NOON, 4, [[_lost(2.5, 1.25), _lost(2.5, 2)]])
    assert one == pytest.approx([1, 0.25, 0.5, 1])
    assert heard_hours(NOON, 4, [[_lost(2.5, 1.25)], []]) == pytest.approx([1, 0.625, 0.75, 1])
    assert heard_hours(NOON, 4, [[]]) == pytest.approx([1, 1, 1, 1])


def test_where_all_was_heard_nothing_is_taken_off() -> None:
    """Without a gap a matter is held against all of its time."""
    found = _measured((_hours(5, 1), _hours(1, 1)), (_hours(1, 1), _hours(1, 1)))
    assert (found.window, found.quiet, found.before, found.stray) == (1, 1, 1, 0)
    assert found.days == (1,) * 7
    assert ALL_HEARD.window == ALL_HEARD.before == 1


def test_a_place_that_was_missed_weighs_by_what_it_brings_while_it_is_heard() -> None:
    """A place that was heard half of the days weighs as if it had spoken in the other half, too."""
    half = np.array([1.0] * 24 + [0.0] * 84 + [1.0] * 84)
    found = _measured((_hours(1, 1), half), (_hours(1, 1), half))
    assert found.window == 1
    assert found.quiet == pytest.approx(0.5, abs=0.05)
    assert found.before == pytest.approx(0.75, abs=0.03)
    assert found.days[0] == pytest.approx(0.5, abs=0.05)
    assert found.days[-1] == 1


def test_a_matter_that_began_behind_a_gap_is_held_against_its_own_time() -> None:
    """Time before the matter began is no part of what it is held against."""
    half = np.array([1.0] * 108 + [0.0] * 84)
    found = _measured((_hours(1, 1), _hours(0, 0)), (half, half), Spans(24, 36, 108))
    assert found.before == 1


def test_an_hour_says_little_of_how_much_a_place_brings() -> None:
    """A place that was heard for an hour and had a lot to say does not outweigh one that was always heard."""
    hour = np.array([1.0] + [0.0] * (_ALL - 1))
    found = _measured((_hours(3, 0), 5 * hour), (_hours(1, 1), hour))
    assert found.window > 0.8


def test_records_of_hours_that_were_not_heard_are_set_aside() -> None:
    """What is known from them is no measure of a rate; it is counted apart, in the window and before."""
    found = _measured((_hours(2, 1), _hours(1, 1)), (_hours(0, 0), _hours(1, 1)))
    assert (found.stray, found.stray_before) == (48, 168)
