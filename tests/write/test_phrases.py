"""The writer's own sentences: whichever is picked, and whatever was counted, the checks accept it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.story import ClaimKind
from bot.write.checks import of_claim
from bot.write.desk import Desk
from bot.write.phrases import BANK
from tests.write.factory import brief, given_records

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZE = {
    "records": "records",
    "hours": "hours",
    "times": "ratio",
    "expected": "expected",
    "authors": "authors",
    "by": "authors",
    "threads": "threads",
    "age": "lag:now",
}
_FIELDS = {
    "places": "r/LocalModels",
    "topic": "the Quillon licence",
    "Topic": "The Quillon licence",
    "on": "on r/LocalModels",
    "name": "r/LocalModels",
    "Name": "r/LocalModels",
    "bare": "r/LocalModels",
}


@pytest.mark.parametrize(
    "counts",
    [
        {"records": 93, "authors": 74, "hours": 5, "ratio": 12, "expected": 8},
        {"records": 12, "authors": 12, "hours": 12, "ratio": 2.4, "expected": 0.3},
        {"records": 1204, "authors": 300, "hours": 1, "ratio": 150, "expected": 1},
    ],
)
@pytest.mark.parametrize("turn", [turn for turn in BANK if turn.startswith(("size", "deck-size", "people"))])
def test_every_sentence_about_size_passes(turn: str, counts: Mapping[str, float]) -> None:
    """A matter is not killed for the sentence that a lot chose: "in five hours 74 people wrote 93 posts"."""
    made = brief()
    further = {"lag:now": counts["hours"] * 60, "threads": 3}
    made = replace(made, numbers={**made.numbers, **counts, **further})
    desk = Desk(made)
    for _ in BANK[turn]:
        claim = desk.say(turn, ClaimKind.MEASURED, desk.cite_some(desk.talk), _FIELDS, keys=_SIZE)
        failed = [row for row in of_claim(claim, given_records(made), made.numbers) if not row.passed]
        assert failed == [], claim.text


@pytest.mark.parametrize("turn", [turn for turn in BANK if not turn.startswith("head-")])
def test_no_sentence_opens_with_digits(turn: str) -> None:
    """What is counted stands in words at the head of a sentence: "Fifty votes went to", not "50 votes"."""
    counted = "|".join(
        {*_SIZE, "votes", "copies", "farm", "here", "there", "early", "late", "x", "y", "m", "n"}
    )
    for sentence in BANK[turn]:
        assert not re.search(rf"(?:^|[.!?] )\{{(?:{counted})\}}", str(sentence)), sentence
