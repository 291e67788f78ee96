"""What a name stands for, told once where somebody says so."""

from __future__ import annotations

import pytest

from bot.write.extractive import assemble
from tests.write.factory import brief, prose, record
from tests.write.test_one_place import thread

TITLE = "Quillon 2 drops support for every old card"
SAYS = "Quillon is an open model that a small lab trains for people who write."
ANSWERS = (
    "The cards of Quillon users are mostly old, so nobody here can follow.",
    "My shop sells old cards for Quillon, and we have sold none since the morning.",
    "Nobody at home has the power for a new card, because Quillon needs twice of that.",
)


def test_what_a_name_stands_for_is_told_first() -> None:
    """A reader who has never heard of the thing learns what it is before what people say of it, once."""
    body = prose(assemble(brief(thread(TITLE, "It is gone from the code.", *ANSWERS, SAYS))))
    assert body.index(SAYS.rstrip(".")) < min(body.index(text[:20]) for text in ANSWERS if text[:20] in body)
    assert body.count(SAYS[:30]) == 1


@pytest.mark.parametrize(
    "title",
    ["The open model Quillon drops every old card", "Quillon, a model for writers, drops every old card"],
)
def test_what_the_title_says_is_not_explained(title: str) -> None:
    """Where the headline introduces the thing, nobody explains it again."""
    body = prose(assemble(brief(thread(title, "It is gone from the code.", *ANSWERS, SAYS))))
    assert "explains" not in body
    assert "What it is" not in body


def test_a_figure_of_speech_explains_nothing() -> None:
    """That something is a blessing does not say what it is."""
    said = record("m1", "Quillon is a blessing for everyone who writes at night.", parent="o0", root="o0")
    body = prose(assemble(brief([*thread(TITLE, "It is gone from the code.", *ANSWERS), said])))
    assert "explains" not in body
    assert "What it is" not in body
