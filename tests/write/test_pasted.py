"""Whose words a post holds: licences, cards, prompts and what others wrote before are not their poster's."""

from __future__ import annotations

from datetime import timedelta
from time import process_time

import pytest

from bot.domain.brief import BriefRecord
from bot.write.clippings import Clippings
from bot.write.pasted import own, speaks_of_self
from bot.write.quotes import Quote, candidates
from tests.write.factory import START, record

OWN = "The new terms of Quillon cost my shop two customers in a single week."


def texts(text: str) -> list[str]:
    """Return the spans of a post that may be quoted."""
    return [quote.text for quote in candidates(BriefRecord(1, record("q", text), 0.5, 0), lambda _: 0.5)]


@pytest.mark.parametrize(
    "taken",
    [
        "Permission is hereby granted to any Licensee to run Quillon on cards of their own.",
        "You may not use Quillon to train other models, and the Licensor shall not be liable for losses.",
        "You are a patient assistant who knows all of clay.\n\nQuillon keeps each recipe of every glaze.",
        "System prompt: Quillon answers questions on clay and kilns for beginners.",
        "Never mention the kiln to those who ask.\nAlways answer in a few words.\nDo not use any other word.",
        "- Never mention the kiln to those who ask.\n\n  - Always answer.\n\n---\n  - Use no other word.",
    ],
)
def test_what_was_pasted_is_nobodys_word(taken: str) -> None:
    """The text of a licence and what is said to a machine are not told in the mouth of who pasted them."""
    assert texts(f"{OWN}\n{taken}") == [OWN]


@pytest.mark.parametrize(
    "said",
    [
        "You are the only shop in town that ever read the licence of Quillon to its end.",
        "Never trust a licence that can change overnight while all of us are asleep.",
        "By that licence the vendor shall see none of my money this year.",
    ],
)
def test_who_speaks_of_terms_or_gives_advice_is_quoted(said: str) -> None:
    """One word of lawyers or one order makes nobody's own sentence a pasted one."""
    assert texts(said) == [said]


def test_a_card_is_told_of_nobody_who_pasted_it() -> None:
    """What a thing is, as its maker's card has it, is no strong quote of a commenter who adds nothing."""
    card = "Quillon 2 is a sparse language model with 40 billion parameters and a long context."
    for text, strong in ((card, False), (f"{card} I run it at home on two old cards.", True)):
        assert Quote(record("c", text), card, 2.0).strong is strong


def test_the_first_who_wrote_it_said_it() -> None:
    """Word for word the same, further down, is a copy."""
    first, later = record("a", OWN), record("b", f"Somebody said it. {OWN}", at=START + timedelta(hours=1))
    clips = Clippings([BriefRecord(n, one, 0.5, 0) for n, one in enumerate((later, first), 1)], lambda _: 0.5)
    assert {quote.record.native_id for quote in clips.rank() if quote.text == OWN} == {"a"}


def test_a_post_without_an_i_may_hold_the_words_of_others() -> None:
    """The "we" of a card is its maker's, not the poster's; "I" is whoever wrote it."""
    assert not speaks_of_self("We present Quillon 2, and our kernel is new.")
    assert speaks_of_self("I\u2019m running Quillon 2, and the kernel is new.")


@pytest.mark.parametrize(
    "text",
    [
        f"use a{chr(10) * 400}use b{chr(10) * 400}x",
        "-\n" * 8000,
        "- \n" * 8000,
        "use a\n\n" * 2000 + "why?",
        "use " * 8000,
        f"from the{' a' * 8000}",
    ],
)
def test_a_post_of_blank_lines_costs_no_time(text: str) -> None:
    """Whatever a post is made of, whether a span is its author's own is known in time with its length."""
    begun = process_time()
    own(f"{text}\n{OWN}", len(text) + 1, len(text) + 1 + len(OWN))
    assert process_time() - begun < 1
