"""What a quote points at: it has to have been told, or the quote is not understood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.write.anchor import lacks_its_people, looseness, rests_on_a_part, speaks_for_many, stems, unmet
from bot.write.desk import Desk
from tests.write.factory import brief, record


def names(text: str, told: str = "", *, titled: bool = False) -> list[str]:
    """Return what `text` speaks of as known and `told` did not say."""
    return [f"{found.pointer} {found.head}" for found in unmet(text, stems(told), titled=titled)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The output clause is the one that I would like to see tested.", ["the clause"]),
        ("I plugged three of those cards into an old board.", ["those card"]),
        ("My agent says that the readme was wrong.", ["the readme"]),
        ("A licence has an output clause, and the clause is short.", []),
        ("The clause that forbids training is new.", []),
        ("The Quillon clause is new.", []),
        ("The best card costs twice as much as the price of a car.", []),
        ("I ran the test twice and saw nothing.", ["the test"]),
        ("The request header is what broke it for me.", ["the header"]),
        ("The largest card of mine is slower than the smallest one.", []),
        ("People say that training costs too much in the end.", []),
        ("Does this match with any other findings of yours?", []),
    ],
)
def test_what_is_spoken_of_as_known_has_to_be_known(text: str, found: list[str]) -> None:
    """A noun behind "the" or "those" needs to have been said, named, said which, or known to everybody."""
    assert names(text) == found


def test_what_was_told_is_met() -> None:
    """A title or an earlier quote that has the noun, in the one number or the other, introduces it."""
    text = "The output clause is the one that I would like to see tested."
    assert names(text, "Northern Labs adds two output clauses") == []


def test_under_a_title_a_model_is_this_model() -> None:
    """An answer to a title may say "this model" of what it names, but not "that range"."""
    assert names("I had hoped for more from this model.", titled=True) == []
    assert names("I had hoped for more from this model.") == ["this model"]
    assert names("It is better than others in that parameter range.", titled=True) == ["that range"]


@pytest.mark.parametrize(
    ("text", "unnamed"),
    [
        ("We returned nine of them in January because customers were furious.", True),
        ("Our standup lasted four minutes today.", True),
        ("I run a small shop. We sell old cards to students.", False),
        ("We need more lawyers who read licences.", False),
        ("When can we expect cards that run it?", False),
        ("We're a hospital that builds its own system.", False),
    ],
)
def test_we_needs_somebody(text: str, unnamed: bool) -> None:  # noqa: FBT001 - a row of the table
    """Without anybody named "we" are people whom nobody knows; of everybody it may be said."""
    assert speaks_for_many(text) is unnamed


def test_a_table_that_is_not_shown_is_no_evidence() -> None:
    """A figure of a paper that the quote does not name cannot be looked up; in brackets it does no harm."""
    assert rests_on_a_part("The range in figure 2 looks familiar.")
    assert rests_on_a_part("Section 5.3, half a line: success drops by 1.8 points.")
    assert not rests_on_a_part("The range in figure 2 of the paper looks familiar.")
    assert not rests_on_a_part("They run 2.4 times longer (table 3).")


def test_they_need_somebody() -> None:
    """Before anything that there is more than one of, "them" points out of the quote."""
    assert lacks_its_people("I sorted them by hand on Sunday.")
    assert lacks_its_people("They have removed the clause.")
    assert lacks_its_people("They")
    assert lacks_its_people("Doubt and caution make you slow. Sorting by length would take them a day.")
    assert not lacks_its_people("Caution makes you slow. Quillon has a day, and they know it.")
    assert not lacks_its_people("The pupils wrote essays and nobody read them.")
    assert not lacks_its_people("Quillon is late, and they know it.")


def test_a_laptop_of_ones_own_is_no_riddle() -> None:
    """In somebody's own story a thing costs less than in a statement; a table not shown costs, too."""
    mine, other = "I read the news and closed the laptop.", "Nobody has ruled on the laptop."
    assert looseness(mine, (), titled=False) < looseness(other, (), titled=False)
    assert looseness("It is 4.6% in table 6.", (), titled=True) > looseness("It is 4.6%.", (), titled=True)


def test_shorthand_of_the_talk_is_no_quote() -> None:
    """What several people speak of as known and the story has not told leaves a quote unread."""
    shorthand = [
        "Quillon 2 is fine for me, but a lawyer has to read the output clause first.",
        "I signed the output clause, and only then did I read it.",
    ]
    said = [record(f"s{n}", text) for n, text in enumerate(shorthand)]
    clips = Desk(brief(said)).clips
    assert not any("output clause first" in quote.text for quote in clips.rank())
    clips.told("Quillon has a new output clause.")
    assert any("output clause first" in quote.text for quote in clips.rank())


def test_an_answer_in_another_thread_names_the_matter() -> None:
    """Under a title that was not told an answer is had only if it says itself what it is about."""
    vague = record("v1", "Four old boards will do the job better than one new one.", parent="x9", root="x9")
    named = replace(vague, native_id="v2", text="Quillon 2 and Quillon 3 run better on four old boards.")
    said = [record("o0", "Quillon 2 is out.", title="Quillon 2 is out"), vague, named]
    heard = {quote.record.native_id for quote in Desk(brief(said)).clips.rank()}
    assert "v1" not in heard
    assert "v2" in heard
