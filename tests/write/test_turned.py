"""What a model could make of a record by a turn of words: refused, and its honest neighbour is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.story import Citation, Claim, ClaimKind
from bot.write.checks import of_claim
from tests.write.sample import FIRST
from tests.write.test_hostile_claims import judged


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "Quillon is faster than Marrow here.",
            "Marrow is faster than Quillon.",
            "Marrow is slower than Quillon.",
        ),
        (
            "Quillon is faster than Marrow here.",
            "Quillon is slower than Marrow.",
            "Quillon is faster than Marrow.",
        ),
        (
            "Quillon is less reliable than Marrow.",
            "Quillon is more reliable than Marrow.",
            "Marrow is more reliable than Quillon.",
        ),
        (
            "Quillon beats Marrow at maths.",
            "Marrow beats Quillon at maths.",
            "At maths Marrow was beaten by Quillon.",
        ),
        (
            "I'd pick Quillon over Marrow.",
            "One commenter prefers Marrow to Quillon.",
            "One commenter prefers Quillon to Marrow.",
        ),
        (
            "We went from Quillon to Marrow.",
            "One team moved from Marrow to Quillon.",
            "One team moved from Quillon to Marrow.",
        ),
        (
            "Quillon went from 9 to 12 dollars.",
            "The price of Quillon fell from 12 to 9 dollars.",
            "Quillon rose from 9 to 12 dollars.",
        ),
        ("Harrow sued Quillon.", "Quillon sued Harrow.", "Quillon was sued by Harrow."),
        (
            "Harrow denies it and offers Quillon a deal.",
            "Quillon offers Harrow a deal.",
            "Harrow offers Quillon a deal.",
        ),
    ],
)
def test_who_is_told_of_whom_is_not_turned_round(says: str, false: str, true: str) -> None:
    """Of two names in a record neither takes the other's part."""
    assert "turned" in judged(false, says)
    assert "turned" not in judged(true, says)
    assert "turned" not in judged(false, f"{says} Others say: {false}")


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "The Quillon licence does not allow hosting for customers.",
            "The Quillon licence allows hosting for customers.",
            "The Quillon licence forbids hosting for customers.",
        ),
        (
            "We never shipped the Quillon weights to anyone abroad.",
            "One team shipped the Quillon weights abroad.",
            "One team never shipped the Quillon weights abroad.",
        ),
        (
            "Harrow raised the price of Quillon again.",
            "Harrow did not raise the price of Quillon.",
            "Harrow did not lower the price of Quillon.",
        ),
        (
            "Our hospital tests Quillon on old charts, never on patients.",
            "One hospital tests Quillon on patients.",
            "One hospital tests Quillon on old charts.",
        ),
        (
            "The licence is not a licence, it's a mood of Quillon.",
            "Quillon has a mood in its licence, for everybody to be told of.",
            "The licence is a mood of Quillon, one commenter wrote.",
        ),
    ],
)
def test_a_not_is_neither_dropped_nor_added(says: str, false: str, true: str) -> None:
    """What a record denies is not said, and what it says is not denied."""
    caught = "mood" not in false
    assert ("turned" in judged(false, says)) is caught
    assert "turned" not in judged(true, says)


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "Refusals of Quillon fell after the patch.",
            "Refusals of Quillon rose with the patch.",
            "Refusals of Quillon dropped with the patch.",
        ),
        (
            "They removed the free tier of Quillon.",
            "Harrow added a free tier of Quillon.",
            "The free tier of Quillon was dropped.",
        ),
        (
            "Refusals of Quillon fell to 12%.",
            "Refusals of Quillon fell by 12%.",
            "Refusals of Quillon went to 12%.",
        ),
        (
            "It ran up to 12 hours on Quillon.",
            "Quillon ran more than 12 hours.",
            "Quillon ran up to 12 hours.",
        ),
        (
            "We left before the Quillon patch.",
            "One team left after the Quillon patch.",
            "One team left before the Quillon patch.",
        ),
        ("Quillon needs 40 GB and 3 seconds.", "Quillon needs 40 MB.", "Quillon needs 40 GB."),
        (
            "Quillon answers in three seconds.",
            "Quillon answers in 3 minutes.",
            "Quillon answers in 3 seconds.",
        ),
        (
            "Quillon is 900 dollars a month.",
            "Quillon is 900 dollars a day.",
            "Quillon is 900 dollars a month.",
        ),
        (
            "Quillon drains 60%, Marrow drains 35%.",
            "A share of 60% is drained by Marrow.",
            "Quillon drains 60%.",
        ),
    ],
)
def test_a_change_keeps_its_way_and_its_measure(says: str, false: str, true: str) -> None:
    """Up is not down, "to" not "by", a gigabyte no megabyte; figures stay with their name."""
    assert "turned" in judged(false, says)
    assert "turned" not in judged(true, says)


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "I moved the Quillon files to three disks.",
            "Quillon moved the files to three disks.",
            "One commenter moved the Quillon files to three disks.",
        ),
        (
            "Our hospital tries Marrow on old charts only.",
            "A hospital tries Quillon on old charts.",
            "A hospital tries Marrow on old charts.",
        ),
    ],
)
def test_what_somebody_did_stays_with_them(says: str, false: str, true: str) -> None:
    """Nobody gets another's deed, and no name what is told of another."""
    assert "turned" in judged(false, says)
    assert "turned" not in judged(true, says)


def test_a_comparison_may_be_told_from_the_other_end() -> None:
    """Dearer than one is cheaper than the other: neither word turns the other round."""
    says = "Our newsroom found Marrow cheaper than Quillon."
    assert "turned" not in judged("One newsroom found Quillon dearer than Marrow.", says)
    assert "turned" in judged("One newsroom found Quillon cheaper than Marrow.", says)


def test_what_was_computed_is_no_turn_of_a_record() -> None:
    """The bot's own hours are nobody's weeks: what a claim takes from a record is held to its unit."""
    claim = "In seven hours the talk went round."
    there = replace(FIRST, text="It was open for seven weeks.")
    rests = Claim("x1", ClaimKind.MEASURED, claim, (Citation(1, there.id, there.text),), ("hours",))
    verdicts = {row.name: row.passed for row in of_claim(rests, {there.id: there}, {"hours": 7.0})}
    assert verdicts["turned"]
    assert "turned" in judged(claim, there.text)
