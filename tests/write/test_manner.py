"""In which manner a quote is told: a frame says no more than the words of the quote."""

from __future__ import annotations

import pytest

from bot.write.manner import manner, ways
from bot.write.quotes import Quote
from tests.write.factory import record


def quote(text: str) -> Quote:
    """Return a quote of all of `text`."""
    return Quote(record("w", text), text, 2.0)


@pytest.mark.parametrize(
    "text",
    [
        "I run a small bakery and nobody here has heard of Quillon.",
        "The day I use Quillon at work is the day I quit.",
        "I ran out of patience with the kernel on the second day.",
        "I ran into the same error on all of my cards.",
        "I switched from Vantor ten years ago.",
        "I built my first computer in 1994 and never threw it away.",
        "I suspect the new kernel is faster on a card of this year.",
        "It is hard to believe how fast Quillon runs on it.",
        "I don't buy that many cards in a year.",
        "I expect better from a laboratory of that size.",
        "I bet nobody read the licence to its end.",
        "My guess is that nobody read the licence.",
        "The kernel has been slow since the first release.",
        "Nobody knows the reason for the outage.",
        "The next kernel is due to land on Monday.",
    ],
)
def test_what_a_quote_does_not_show_is_not_said_of_it(text: str) -> None:
    """Who runs a shop uses nothing, who suspects has no doubts, and "since" is a time."""
    assert ways(quote(text)) == []


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("I use Quillon 2 for all of my classes.", "uses"),
        ("It is slow, but I use it on every card of mine.", "uses"),
        ("I ran Quillon 2 on the exams of my class.", "tried"),
        ("I expect that the next kernel will need a new card.", "expects"),
        ("I find it hard to believe that the kernel is theirs.", "doubts"),
    ],
)
def test_what_a_quote_shows_is_said_of_it(text: str, way: str) -> None:
    """A use, a trial, a forecast and a doubt in plain words are told as such."""
    assert ways(quote(text)) == [way]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Use cases for Quillon are thin on old cards.", "says"),
        ("Run times doubled with the new kernel.", "says"),
        ("Try as I might, the kernel never starts.", "says"),
        ("Tell me one thing that Quillon does better.", "says"),
        ("Use the old kernel on a single card.", "advice"),
        ("Run it on two cards for a week.", "advice"),
        ("Tell them that the old card is enough.", "advice"),
    ],
)
def test_advice_is_what_tells_a_reader_what_to_do(text: str, told: str) -> None:
    """A noun that looks like an order, and a word to whoever knows, advise nobody."""
    assert manner(quote(text)) == told
