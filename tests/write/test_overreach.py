"""Words that say more than any record does are refused, unless one says so."""

from __future__ import annotations

import pytest

from bot.domain.story import ClaimKind
from bot.write.evidence import private_persons
from tests.write.sample import FIRST, cite, failed
from tests.write.test_hostile_claims import judged

PLAIN = "Our office tried the Quillon update on an old machine, and it lost a file."


@pytest.mark.parametrize(
    ("false", "bears"),
    [
        ("Quillon is the first to lose a file.", "Quillon is the first to lose a file."),
        ("Quillon has never before lost a file.", "That never before happened with Quillon."),
        ("The losses of Quillon are at a record high.", "Quillon sets a record for losses."),
        ("Quillon is the worst update.", "Quillon is the worst update there is."),
        ("Quillon is the fastest update.", "Quillon is faster than any other update."),
        ("Quillon always loses a file.", "Quillon loses a file each day."),
        ("Quillon lost all files.", "Quillon lost the whole disk."),
        ("Experts tried the Quillon update.", "The experts tried the Quillon update."),
        ("Sources say that Quillon lost a file.", "Two sources say that Quillon lost it."),
        ("Quillon is widely tried in the office.", "There is a consensus on Quillon."),
        ("People in the office are furious with Quillon.", "I hate Quillon, it is awful!"),
        ("Offices tried the Quillon update.", "Many offices tried the Quillon update."),
    ],
)
def test_a_strong_word_is_a_records(false: str, bears: str) -> None:
    """First, worst, always, all, experts, furious, and one office told as offices: a record has to say so."""
    assert "reach" in judged(false, PLAIN)
    assert "reach" not in judged(false, bears)


def test_an_exception_is_not_left_out() -> None:
    """All but some are not all."""
    says = "Quillon passed all tests except the ones on dates."
    assert "reach" in judged("Quillon passed all tests.", says)
    assert "reach" not in judged("Quillon passed all tests but those on dates.", says)
    assert "reach" not in judged("Quillon passed all tests.", "Quillon passed all our tests.")


@pytest.mark.parametrize(
    "text",
    [
        "A handful of people kept Quillon.",
        "A couple of commenters kept Quillon.",
        "A small minority kept Quillon.",
        "Few people kept Quillon.",
        "Half of them kept Quillon.",
        "The bulk of commenters kept Quillon.",
    ],
)
def test_a_vague_count_needs_as_many(text: str) -> None:
    """A handful is three to six who are cited, a couple two; a minority has to be counted or told of."""
    assert "comparisons" in failed(text, cite(1))
    assert "comparisons" not in judged(text, f"I think {text}")


def test_as_many_as_are_cited_may_be_counted() -> None:
    """Three cited people are three, and a handful; four are not "three people"."""
    kind = ClaimKind.COHORT
    for text in ("Three people spoke of Quillon.", "A handful of people spoke of Quillon."):
        assert not {"comparisons", "figures", "computed"} & failed(text, cite(1), cite(2), cite(3), kind=kind)
    assert "figures" in failed(
        "Three people spoke of Quillon.", cite(1), cite(2), cite(3), cite(4), kind=kind
    )


def test_twice_as_much_is_not_two() -> None:
    """A two in a record bears no "twice"; "2x" does, and "both" bears a two."""
    assert "figures" in judged("Quillon takes twice as long.", "Quillon takes two hours.")
    assert "figures" not in judged("Quillon takes twice as long.", "Quillon takes 2x the time.")
    assert "figures" not in judged("Quillon broke two machines.", "Quillon broke both machines.")


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("john from the forum kept Quillon.", True),
        ("Quillon stayed, and kevin wrote a script.", True),
        ("A commenter called marlowe kept Quillon.", True),
        ("A librarian named pemberlo kept Quillon.", True),
        ("A user who goes by ottermax kept Quillon.", True),
        ("A commenter called Quillon dead.", False),
        ("One user called it a day, and creative people left.", False),
        ("Meanwhile agency staff wrote a script.", False),
    ],
)
def test_a_small_letter_hides_nobody(text: str, person: bool) -> None:  # noqa: FBT001 - a table's column
    """A first name in small letters, or what somebody is called, names a person."""
    assert bool(private_persons(text, [FIRST], [FIRST])) is person


def test_a_platform_is_a_name_in_small_letters() -> None:
    """Where nobody cited was heard is not told of."""
    assert "known-names" in judged("One commenter on twitter lost a file to Quillon.", PLAIN)
    assert "known-names" not in judged("One commenter on twitter lost a file.", f"{PLAIN} Seen on Twitter.")


def test_a_quote_keeps_the_but_behind_it() -> None:
    """A quotation does not end before what takes it back."""
    says = "Quillon passed all our unit tests, but lost the file in the end."
    assert "context" in judged("One commenter wrote: “Quillon passed all our unit tests”.", says)
    assert "context" not in judged(f"One commenter wrote: “{says}”", says)
