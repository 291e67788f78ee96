"""Signals of mood: a turn or a parting is told only if enough people surely differ, and more than usual."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.moods import diverged, shifted, tally
from bot.detect.shares import Share, chance_larger
from bot.domain.mood import Mood, Register, Voiced
from bot.domain.signal import SignalKind
from tests.factory import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLINIC, _NEWS, _FORUM = "r/AskClinicians", "hackernews", "forum.modelworks.example"
_ids = count(1)


def _say(
    people: int, stance: int = 0, register: Register = Register.PLAIN, *, place: str = _CLINIC, who: str = ""
) -> list[Voiced]:
    """Return one utterance by each of so many people (or all by `who`)."""
    numbers = [next(_ids) for _ in range(people)]
    return [
        Voiced(
            record_id=f"fictional:{number}",
            source="discourse" if place == _FORUM else "fictional",
            place=place,
            author_key=who or f"fictional:person-{number}",
            said_at=NOON + timedelta(seconds=number),
            mood=Mood(stance, register),
        )
        for number in numbers
    ]


def test_a_person_counts_once() -> None:
    """Who speaks often takes one side: the one they take more often."""
    voices = [*_say(9, -1, who="loud"), *_say(1, 1, who="loud"), *_say(2, 1), *_say(1)]
    mood = tally(voices)
    assert (mood.against, mood.favour, mood.neither, mood.people, mood.sides) == (1, 2, 1, 4, 3)


def test_faded_records_count_one_each() -> None:
    """When nobody can tell any more whose a record was, it counts for itself."""
    faded = [*_say(2, -1), *_say(3, -1)]
    assert tally([Voiced(v.record_id, v.source, v.place, "", v.said_at, v.mood) for v in faded]).against == 5


def test_a_turn_of_mood_is_found_with_its_figures() -> None:
    """Most were for it, most are against it: that is a shift, and figures, reason and evidence agree."""
    before = [*_say(20, 1), *_say(5, -1), *_say(30)]
    now = [*_say(5, 1), *_say(20, -1), *_say(30)]
    found = shifted(before, now)
    assert found is not None
    assert found.kind is SignalKind.MOOD_SHIFT
    assert found.surprise >= 3
    assert found.numbers == {
        "against-before": 20, "against-now": 80, "people-against-before": 5, "people-against-now": 20,
        "heard-against-before": 25, "heard-against-now": 25,
    }  # fmt: skip
    assert "of 25 people who take a side earlier, 20% were against it" in found.why
    assert set(found.evidence) == {voice.record_id for voice in now if voice.mood.stance}


def test_a_change_of_register_is_a_turn_too() -> None:
    """Where joy gives way to sorrow the mood has turned, even if nobody takes a side in so many words."""
    found = shifted(_say(20, 0, Register.JOY), [*_say(2, 0, Register.JOY), *_say(18, 0, Register.SORROW)])
    assert found is not None
    assert (found.numbers["joy-before"], found.numbers["joy-now"]) == (100, 10)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([*_say(7, 1)], [*_say(60, -1)]),
        ([*_say(60, 1)], [*_say(7, -1)]),
        ([*_say(10, 1), *_say(10, -1)], [*_say(7, 1), *_say(13, -1)]),
        ([*_say(600, 1), *_say(400, -1)], [*_say(400, 1), *_say(500, -1)]),
        ([*_say(60, 1)], [*_say(500, -1, who="one loud person")]),
    ],
)
def test_no_turn_is_told_on_thin_or_slight_evidence(before: Sequence[Voiced], now: Sequence[Voiced]) -> None:
    """Few people, a difference that may be chance, one that is slight, one loud person: no shift."""
    assert shifted(before, now) is None


def test_communities_that_stand_apart_are_found() -> None:
    """One community is against it, the other for it: a divergence, with both figures."""
    now = [*_say(20, -1), *_say(4, 1), *_say(3, -1, place=_NEWS), *_say(15, 1, place=_NEWS)]
    found = diverged(now, {_CLINIC, _NEWS}, {})
    assert found is not None
    assert found.kind is SignalKind.DIVERGENCE
    assert found.numbers[f"against:{_CLINIC}"] == pytest.approx(83.3, abs=0.1)
    assert found.numbers[f"sides:{_NEWS}"] == 18
    assert len(found.evidence) == 42


def test_a_community_is_called_what_people_call_it() -> None:
    """The reason names a forum as readers know it, not by its host."""
    found = diverged([*_say(20, -1, place=_FORUM), *_say(20, 1)], {_CLINIC, _FORUM}, {})
    assert found is not None
    assert "on the Modelworks forum 100% of 20 people" in found.why
    assert f"sides:{_FORUM}" in found.numbers


def test_a_community_that_was_not_heard_is_not_compared() -> None:
    """Where something was not heard no divergence is found, however far apart the voices are."""
    now = [*_say(30, -1), *_say(30, 1, place=_NEWS)]
    assert diverged(now, {_CLINIC}, {}) is None


def test_a_community_that_always_complains_does_not_diverge() -> None:
    """If one is against everything and the other for everything, they are no further apart than usual."""
    now = [*_say(24, -1), *_say(6, 1), *_say(6, -1, place=_NEWS), *_say(24, 1, place=_NEWS)]
    assert diverged(now, {_CLINIC, _NEWS}, {_CLINIC: (100, 100), _NEWS: (100, 100)}) is not None
    assert diverged(now, {_CLINIC, _NEWS}, {_CLINIC: (40, 160), _NEWS: (160, 40)}) is None


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_chances_of_a_share_add_up(a: int, b: int, c: int, d: int) -> None:
    """One share is larger or the other is; more people for the same share make it surer."""
    one, other = Share(a, a + b), Share(c, c + d)
    assert chance_larger(one, other) + chance_larger(other, one) == pytest.approx(1, abs=1e-9)
    low, high = one.interval()
    assert 0 <= low <= 100 * one.expected <= high <= 100
