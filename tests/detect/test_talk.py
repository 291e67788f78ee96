"""How alike what people say in two storylines is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.detect.talk import likeness
from bot.detect.vectors import Text, Weights, count
from tests.factory import make_record

if TYPE_CHECKING:
    from bot.domain.record import Record

_LATE = ("the weights are late again", "safety is why the weights are late", "late, and no date")
_AGAIN = ("late once more, for safety", "again no weights", "what safety, say the weights are weak")
_CARDS = ("two cards fit the board", "the board takes four cards", "a fan for each of the cards")


def _said(*texts: str, author: str | None = None) -> list[Record]:
    return [make_record(text=text, author=author or f"person-{number}") for number, text in enumerate(texts)]


def test_talk_of_one_thing_is_more_alike_than_talk_of_two() -> None:
    """What several people say in both makes them alike, whatever opened them."""
    late, again, cards = _said(*_LATE), _said(*_AGAIN), _said(*_CARDS)
    assert likeness(late, again, Weights()) > 2 * likeness(late, cards, Weights())
    assert likeness(late, late, Weights()) == pytest.approx(1.0)
    assert likeness(late, [], Weights()) == 0.0


def test_who_says_a_word_again_and_again_says_it_once() -> None:
    """Words of one person make no talk alike, however often that person says them."""
    assert likeness(_said(*_LATE), _said(*_AGAIN, author="mira"), Weights()) == 0.0


def test_a_word_that_all_openers_say_tells_little() -> None:
    """What two storylines share counts by how rare it is."""
    here = _said("late weights", "late weights")
    there = _said("late boards", "late boards")
    usual = Weights([count(Text("late"))] * 500)
    assert likeness(here, there, usual) < 0.2 < likeness(here, there, Weights())


def test_what_they_share_by_name_can_be_left_out() -> None:
    """Two storylines that only say one name are not alike beside it, nor by its pairs."""
    here = _said("heron weights late", "heron weights late")
    there = _said("heron boards fit", "heron boards fit")
    assert likeness(here, there, Weights()) > likeness(here, there, Weights(), {"heron"}) == 0.0
