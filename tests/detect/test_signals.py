"""Signals: thin talk is never news, and what is news says so in numbers that agree with one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect import baseline
from bot.detect.exposure import Exposure
from bot.detect.signals import FEWEST_AUTHORS, HISTORY, WINDOW, Activity, judge
from bot.domain.signal import SignalKind
from tests.factory import NOON

_BURST = Activity(
    storyline_id="m1",
    beat="law",
    until=NOON,
    first_at=NOON - timedelta(hours=20),
    records=49,
    authors=31,
    copies=4,
    places={"r/LocalModels": 20, "Hacker News": 25, "Bluesky": 4},
    evidence=tuple(f"fictional:{number}" for number in range(49)),
    before=0,
    heard_days=6.0,
    beat_rate=3.0,
    lately=0,
)


def _old(**changes: Any) -> Activity:
    return replace(_BURST, first_at=NOON - timedelta(days=6), **changes)


def test_a_burst_is_a_signal_with_all_its_evidence() -> None:
    """A burst becomes one signal that carries window, counts, evidence and baseline as they were measured."""
    signal = judge(_BURST)
    assert signal is not None
    assert (signal.storyline_id, signal.beat) == ("m1", "law")
    assert (signal.window_start, signal.window_end, signal.detected_at) == (NOON - WINDOW, NOON, NOON)
    assert (signal.observed, signal.authors, signal.evidence) == (49, 31, _BURST.evidence)
    assert signal.surprise >= 3.0


@pytest.mark.parametrize(
    "thin",
    [
        {"authors": FEWEST_AUTHORS - 1},
        {"records": 14, "authors": 14},
        {"records": 500, "authors": 1},
        {"records": 3, "authors": 3, "copies": 400},
    ],
)
def test_thin_talk_is_never_a_signal(thin: dict[str, Any]) -> None:
    """Few people, few posts, or many copies of few posts are no signal, whatever the growth."""
    assert judge(replace(_BURST, **thin, beat_rate=0.1)) is None


@given(
    records=st.integers(0, 10_000),
    authors=st.integers(0, FEWEST_AUTHORS - 1),
    copies=st.integers(0, 10_000),
    before=st.integers(0, 50),
    rate=st.floats(0.0, 50.0),
)
def test_an_account_farm_is_never_a_signal(
    records: int, authors: int, copies: int, before: int, rate: float
) -> None:
    """However much a handful of accounts post or copy, it is no signal."""
    farm = replace(_BURST, records=records, authors=authors, copies=copies, before=before, beat_rate=rate)
    assert judge(farm) is None


def test_what_is_usual_is_no_signal() -> None:
    """As many posts as the matter has drawn on each day of its week are not news."""
    assert judge(_old(before=49 * 5, lately=70)) is None


def test_a_new_matter_is_a_newcomer() -> None:
    """A matter that began a day ago is a newcomer, measured against its beat alone."""
    signal = judge(_BURST)
    assert signal is not None
    assert signal.kind is SignalKind.NEWCOMER
    assert "beat usually draws" in signal.baseline.about
    assert "nobody spoke of" in signal.why


def test_a_known_matter_that_grows_is_a_surge() -> None:
    """A matter that was talked of all week and grows is a surge, measured against its own week."""
    signal = judge(_old(before=30, lately=8))
    assert signal is not None
    assert signal.kind is SignalKind.SURGE
    assert "own past week" in signal.baseline.about


def test_a_matter_that_was_quiet_and_is_back_is_a_return() -> None:
    """A matter with a past that was silent for a day and a half and comes back is a return."""
    signal = judge(_old(before=30, lately=1))
    assert signal is not None
    assert signal.kind is SignalKind.RETURN
    assert "had gone quiet" in signal.why


@pytest.mark.parametrize(
    ("long_ago", "heard_days", "kind"),
    [(20, 6.0, SignalKind.RETURN), (19, 6.0, SignalKind.NEWCOMER), (20, 1.0, SignalKind.NEWCOMER)],
)
def test_a_matter_of_weeks_ago_is_no_newcomer(long_ago: int, heard_days: float, kind: SignalKind) -> None:
    """What was spoken of before the week of silence is back, unless nobody was listening meanwhile."""
    past = replace(
        _BURST, first_at=NOON - timedelta(days=20), long_ago=long_ago, heard_days=heard_days, before=0
    )
    signal = judge(past)
    assert signal is not None
    assert signal.kind is kind


def test_a_trickle_that_stopped_is_no_past() -> None:
    """A few early posts do not make a comeback of the first real talk."""
    signal = judge(_old(before=3, lately=0))
    assert signal is not None
    assert signal.kind is SignalKind.SURGE


def test_the_numbers_and_the_sentence_agree() -> None:
    """Every number in `why` stands in `numbers`, under the value of the signal's own fields."""
    signal = judge(_BURST)
    assert signal is not None
    assert signal.numbers == {
        "records": 49,
        "authors": 31,
        "copies": 4,
        "farm": 0,
        "expected": signal.baseline.expected,
        "hours": 24,
    }
    assert "49 posts by 31 people in 24 hours" in signal.why
    assert "Hacker News and r/LocalModels" in signal.why
    assert f"about {signal.baseline.expected:g} were" in signal.why


def test_only_days_that_were_heard_count_as_history() -> None:
    """Silence from before the bot listened is no evidence of quiet."""
    fresh, long = replace(_old(before=10), heard_days=0.5), _old(before=10)
    one, other = judge(fresh), judge(long)
    assert one is not None
    assert other is not None
    assert one.surprise < other.surprise
    assert one.baseline.expected > other.baseline.expected
    days = min(6.0, HISTORY / timedelta(days=1), 5.0)
    expected = baseline.surprise(49, beat_rate=3.0, own_count=10, own_days=days)
    assert other.surprise == pytest.approx(expected, abs=0.051)


def test_a_slow_rise_is_no_excuse_for_itself() -> None:
    """A matter that grows for days from nothing is held against its beat; once raised, against its past."""
    growing = replace(_BURST, records=26, authors=26, first_at=NOON - timedelta(days=3), before=28, lately=15)
    signal = judge(growing)
    assert signal is not None
    assert signal.baseline.expected == pytest.approx(3.0)
    assert "beat usually draws" in signal.baseline.about
    assert judge(replace(growing, raised=True)) is None
    settled = judge(replace(growing, first_at=NOON - timedelta(days=5)))
    assert settled is not None
    assert "own past week" in settled.baseline.about


def test_a_quiet_start_counts_as_past() -> None:
    """What a young matter drew before lowers what is to be expected of it when that was little."""
    signal = judge(replace(_BURST, first_at=NOON - timedelta(days=3), before=2, lately=2))
    assert signal is not None
    assert signal.baseline.expected < 2.0


def test_a_signal_is_named_after_matter_and_hour() -> None:
    """The id is the same for the same matter at the same hour, whoever computes it."""
    one, other = judge(_BURST), judge(replace(_BURST, until=NOON + timedelta(hours=1)))
    assert one is not None
    assert other is not None
    assert one.id == "m1-2026030212" != other.id


def test_little_of_a_window_is_not_stretched_over_it() -> None:
    """However little of the day was heard, half a day is expected; what was heard is said as it is."""
    half, hour = (judge(replace(_BURST, exposure=Exposure(window=share))) for share in (0.5, 0.04))
    assert half is not None
    assert hour is not None
    assert hour.baseline == half.baseline
    assert "4% of these hours" in hour.why
