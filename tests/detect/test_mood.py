"""Mood: stance is read towards the matter, and not off single words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.mood import read
from bot.domain.mood import Mood, Register

_HERON = frozenset({"heron"})


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Heron is great and I recommend it.", 1),
        ("Heron is not good.", -1),
        ("Heron is not bad at all.", 1),
        ("Heron is fast, but it comes with a terrible licence.", -1),
        ("The licence is terrible, but Heron is great.", 1),
        ("Is Heron any good?", 0),
        ("It might be useful.", 0),
        ("Heron runs on my laptop since Tuesday.", 0),
        ("Osprey is better than Heron.", -1),
        ("> Heron is awful\nThanks, works well here.", 1),
        ("I never had a problem with it.", 1),
        ("", 0),
    ],
)
def test_a_stance_is_read_with_what_turns_it(text: str, stance: int) -> None:
    """Negation, contrast, doubt, question, comparison and quotation decide which way a word counts."""
    assert read(text, _HERON).stance == stance


@pytest.mark.parametrize(
    ("text", "register"),
    [
        ("I love this, thank you all!", Register.JOY),
        ("They betrayed us and I am furious.", Register.ANGER),
        ("I cried. She is gone and I am heartbroken.", Register.SORROW),
        ("This is dangerous and I'm worried.", Register.WORRY),
        ("What a clown show, the whole thing is a joke.", Register.MOCKERY),
        ("It does not work.", Register.PLAIN),
    ],
)
def test_a_register_is_what_most_words_are_written_in(text: str, register: Register) -> None:
    """The feeling is that of the words that weigh most, plain words included."""
    assert read(text).register is register


def test_what_is_said_of_somebody_else_weighs_less() -> None:
    """A clause about another name, or a scolding of a person, is not enough for a side on the matter."""
    assert read("I hear that Osprey is broken.", _HERON).stance == 0
    assert read("You are wrong.", _HERON).stance == 0


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    """Whatever the network brings has a mood, and the same one each time."""
    mood = read(text, _HERON)
    assert isinstance(mood, Mood)
    assert mood == read(text, _HERON)
