"""A claim is no surer than what it cites, and speaks of what that speaks of."""

from __future__ import annotations

import pytest

from tests.write.test_hostile_claims import judged


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "Quillon may close its hub in June.",
            "Quillon will close its hub in June.",
            "Quillon might close its hub in June.",
        ),
        (
            "Quillon may close its hub in June.",
            "Quillon closed its hub in June.",
            "One commenter thinks that Quillon closes its hub.",
        ),
        (
            "Harrow plans to open the Quillon weights.",
            "Harrow opened the Quillon weights.",
            "Harrow will open the Quillon weights.",
        ),
        (
            "Quillon will probably be bought.",
            "Quillon was bought.",
            "Quillon will be sold or bought, one commenter expects.",
        ),
    ],
)
def test_a_guess_is_no_fact_and_a_plan_no_deed(says: str, false: str, true: str) -> None:
    """What may be or is to be is not told as if it were; where a record says both, it stands."""
    assert "certainty" in judged(false, says)
    assert "certainty" not in judged(true, says)
    assert "certainty" not in judged(false, f"{says} Update: {false}")


def test_the_word_behind_a_may_is_what_may_be() -> None:
    """Of "want to put adverts into Quillon" the adverts are no verb."""
    says = "They want to put adverts into Quillon, says a memo."
    assert "certainty" not in judged("A memo speaks of adverts in Quillon.", says)


def test_whoever_was_chosen_to_do_it_has_not_done_it() -> None:
    """What somebody is "to do" is told as lying ahead, and a view is somebody's."""
    says = "Harrow will open the Quillon weights in a ceremony."
    assert "certainty" not in judged("Harrow was chosen to open the Quillon weights.", says)
    assert "certainty" in judged("Harrow is going to open Quillon.", "Harrow may open Quillon.")
    assert "certainty" not in judged("One commenter argued that Quillon should open.", "Quillon, open up.")


@pytest.mark.parametrize(
    ("says", "false", "true"),
    [
        (
            "Did Harrow sell the Quillon logs?",
            "Harrow sold the Quillon logs.",
            "One commenter asked if Harrow had sold the Quillon logs.",
        ),
        (
            "Harrow deleted the Quillon logs by accident, sure. /s",
            "Harrow deleted the Quillon logs by accident.",
            "One commenter mocked that Harrow deleted the Quillon logs by accident.",
        ),
        (
            "I love how Quillon forgets my files. Just kidding.",
            "One commenter loves how Quillon forgets files.",
            "A commenter joked about loving how Quillon forgets files.",
        ),
    ],
)
def test_questions_and_jests_are_told_as_such(says: str, false: str, true: str) -> None:
    """A question is not its answer, and irony is not meant."""
    assert "certainty" in judged(false, says)
    assert "certainty" not in judged(true, says)


@pytest.mark.parametrize(
    ("false", "bears"),
    [
        ("Quillon will lose its users.", "Quillon is going to lose its users."),
        ("Quillon is doomed to lose its users.", "I bet Quillon loses its users."),
        ("Clinics should leave Quillon.", "Everybody in the clinics ought to leave Quillon."),
        ("Clinics should leave Quillon.", "Leave Quillon if you run one of the clinics."),
    ],
)
def test_the_narrator_neither_foretells_nor_advises(false: str, bears: str) -> None:
    """What will be or should be is somebody's word."""
    assert "certainty" in judged(false, "The users of Quillon in our clinics are many.")
    assert "certainty" not in judged(false, bears)


@pytest.mark.parametrize(
    ("false", "true"),
    [
        ("Quillon was trained on stolen books.", "Quillon changed overnight."),
        ("Quillon was fined by a regulator in spring.", "The change of Quillon drew criticism."),
        (
            "Quillon changed its licence overnight because of a lawsuit.",
            "Speakers weigh what it means for them.",
        ),
        (
            "The licence of Quillon changed overnight to please a bank.",
            "Quillon changed its licence overnight.",
        ),
    ],
)
def test_a_name_in_a_record_bears_nothing_else(false: str, true: str) -> None:
    """Of a name that a record holds nothing is said of which no cited record speaks, and no cause made up."""
    says = "The Quillon licence changed overnight, I only saw the commit."
    assert "subject" in judged(false, says)
    assert "subject" not in judged(true, says)
