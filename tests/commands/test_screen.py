"""What a terminal shows is what was written, whatever it looks like."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from bot import screen
from bot.domain.signal import Baseline, SignalKind, SignalState
from bot.domain.story import StoryState
from bot.domain.volume import Volume
from bot.playback import Summary
from bot.store.pages import Card, WireEntry
from tests.factory import NOON

_HOSTILE = [
    "[bold]loud[/bold]",
    "[/]",
    "[link=https://x.example]x",
    "no end [red",
    "back\\",
    "\\[b]",
    "{0} %s :smile:",
]


@pytest.mark.parametrize("words", _HOSTILE)
def test_markup_in_a_headline_is_shown(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A headline that looks like the terminal library's markup is shown letter by letter."""
    card = Card(
        id="a-story", version=1, state=StoryState.PUBLISHED, beat="safety", headline=words, deck="",
        published_at=NOON, updated_at=NOON, storyline_id="m1", volume=Volume(9, 9, 24, NOON, NOON),
        window_start=NOON, window_end=NOON, expected=1.0,
    )  # fmt: skip
    screen.cards([card])
    assert words in capsys.readouterr().out


def _entry(words: str, state: SignalState, reason: str, **story: Any) -> WireEntry:
    fields: dict[str, Any] = {"story_id": None, "story_state": None, "story_reason": None} | story
    return WireEntry(
        id="s1", storyline_id="m1", label=words, kind=SignalKind.SURGE, beat="safety", detected_at=NOON,
        window_start=NOON - timedelta(days=1), window_end=NOON, observed=9, authors=9,
        baseline=Baseline(1.0, 0.0, 3.0, "posts a day"), why=words, state=state, reason=reason, **fields,
    )  # fmt: skip


@pytest.mark.parametrize("words", _HOSTILE)
def test_markup_on_the_wire_is_shown(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A label, a reason and an explanation that look like markup are shown letter by letter."""
    screen.wire([_entry(words, SignalState.PASSED, words)])
    assert capsys.readouterr().out.count(words) == 3


@pytest.mark.parametrize(
    ("state", "reason", "shown"),
    [
        (None, "the beat is muted", "not told yet: the beat is muted"),
        (StoryState.PUBLISHED, "told as an update", "told in m1-story as an update"),
        (StoryState.HELD, "told", "held as m1-story: mode is review"),
        (StoryState.APPROVED, "told", "approved as m1-story, not out yet"),
        (StoryState.KILLED, "told", "killed as m1-story: mode is review"),
        (StoryState.RETRACTED, "told", "told in m1-story, retracted since"),
    ],
)
def test_what_became_of_a_signal_is_said_as_it_is(state: StoryState | None, reason: str, shown: str) -> None:
    """Only what readers were told was told; what waits, is held or was killed says so, and why."""
    story = {"story_id": "m1-story", "story_state": state, "story_reason": "mode is review"} if state else {}
    of_signal = SignalState.ASSIGNED if state else SignalState.OPEN
    assert screen.became(_entry("a label", of_signal, reason, **story)) == shown


@pytest.mark.parametrize("words", _HOSTILE)
def test_markup_in_an_answer_and_an_outcome_is_shown(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer and the outcome of a source are shown letter by letter."""
    screen.say(f"  [1] {words}\n      https://x.example/{words}")
    screen.outcomes({words: f"failed: {words}"})
    assert capsys.readouterr().out.count(words) == 4


@pytest.mark.parametrize("words", _HOSTILE)
def test_markup_in_a_bad_line_is_shown(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The first bad lines are shown letter by letter under the numbers, with how many there are besides."""
    found = Summary(7, 6, 9, 5, 4, 3, 2, 1, 0.5, stories=(), bad_lines=(f"week.jsonl:3: {words}",))
    screen.summary(Console(), found)
    shown = capsys.readouterr().out
    assert f"week.jsonl:3: {words}" in shown
    assert "and 8 more" in shown


def test_a_long_answer_is_wrapped_under_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words go on below the words, not below the number; wide letters count as two; links stay whole."""
    monkeypatch.setenv("COLUMNS", "30")
    link = f"https://x.example/{'a' * 40}"
    screen.say(f"  [12] one two three four five six seven\n      {link}\n  [3] {'語' * 20}")
    assert capsys.readouterr().out.splitlines() == [
        "  [12] one two three four five",
        "       six seven",
        f"      {link}",
        f"  [3] {'語' * 12}",
        f"      {'語' * 8}",
    ]
