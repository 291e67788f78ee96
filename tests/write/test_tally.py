"""A sentence that says how much was said tells nothing else, unless a record does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.story import Claim, ClaimKind
from bot.write.checks import of_claim
from bot.write.numbers import states
from bot.write.phrases import BANK
from bot.write.tally import beside_the_count
from tests.write.sample import BRIEF, FIRST, RECORDS, cite

OTHERS = {"ratio": 4.0, "threads": 19.0, "copies": 19.0, "votes:3": 120.0, "share:hackernews": 33.0}
NUMBERS = {**BRIEF.numbers, **OTHERS}


def _failed(text: str) -> set[str]:
    """Return what a claim fails that states whatever it can, on a sample of the records that were counted."""
    keys = tuple(key for key in NUMBERS if key != "gaps" and states(text, key, NUMBERS[key]))
    claim = Claim("x1", ClaimKind.MEASURED, text, (cite(1), cite(4), cite(7)), keys)
    beside = list(RECORDS.values())
    return {row.name for row in of_claim(claim, RECORDS, NUMBERS, beside=beside) if not row.passed}


@pytest.mark.parametrize(
    "text",
    [
        "Quillon sued 19 in one week, the posts say.",
        "The posts say that Quillon sued 19.",
        "Quillon deleted 19 posts.",
        "The laboratory deleted 19 posts.",
        "Quillon banned 19 users over the licence.",
        "Quillon cut 19 people.",
        "Quillon left 19 people out.",
        "Quillon was down for 10 hours.",
        "Quillon was down for 10 hours, the posts say.",
        "Quillon came back 10 hours later.",
        "The share of staff that Quillon cut was 47%.",
        "Quillon held 33% of it.",
        "Quillon ran for 10 hours, the posts say.",
        "The licence cost Quillon 19 users.",
        "Nineteen people were arrested over Quillon.",
    ],
)
def test_a_count_bears_nothing_besides(text: str) -> None:
    """What is done to as many posts or people as were counted is news, and needs a record that tells it."""
    assert _failed(text)


@pytest.mark.parametrize(
    "text",
    [
        "Quillon drew 19 posts in ten hours.",
        "Quillon was named in 19 posts.",
        "Quillon came up in 19 posts.",
        "The licence of Quillon drew 19 posts by 19 people within 10 hours.",
        "The talk spread over three platforms.",
        "There were 19 separate discussions.",
        "Only 19 wrote them.",
        "19 near-copies were left out.",
        "One answer had a score of 120.",
        "It drew four times the norm.",
        "The peak hour brought six.",
        "Hacker News held 33% of it.",
        "Bluesky followed two hours later.",
        "The talk about Quillon ran over three communities in ten hours.",
        "Posts on the licence came at four times the usual rate.",
        "The matter went to 19 posts in a single day.",
        "Within ten hours 19 people had weighed in.",
    ],
)
def test_what_was_counted_is_told_in_many_words(text: str) -> None:
    """Drawing, holding, following and being named are what talk does."""
    assert _failed(text) <= {"right-place"}


def test_a_record_bears_what_is_told_with_a_count() -> None:
    """The deed stands in one sentence with the name, or with what else is told."""
    text = "Quillon deleted some posts over the licence."
    assert beside_the_count(text, [replace(FIRST, text="Quillon deletes posts. The licence!")]) == ""
    assert beside_the_count(text, [replace(FIRST, text="I deleted mine. Quillon, the licence.")]) == "deleted"


@pytest.mark.parametrize("frame", [frame for name in ("near", "since") for frame in BANK[name]])
def test_what_a_story_says_of_itself_is_no_news(frame: str) -> None:
    """What the bot says of its own stories needs no record."""
    assert not beside_the_count(frame.replace("{told}", "Tuesday, 3 March"), ())
