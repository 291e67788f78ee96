"""The checks of meaning on their limits: what else must not pass, and what is true and must."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.domain.story import ClaimKind
from bot.write.around import is_corrected, is_taken_back
from bot.write.certainty import surer
from bot.write.comparison import uncounted
from bot.write.numbers import figures, unexplained, without_people
from bot.write.overreach import overreaches
from bot.write.titles import to_break
from bot.write.turned import turned
from tests.write.sample import FIRST, cite, failed
from tests.write.test_hostile_claims import judged

MEANING = {"turned", "certainty", "reach"}


@pytest.mark.parametrize("scale", ["million", "thousand", "hundred", "dozen"])
def test_a_scale_behind_a_count_is_no_count_of_the_cited(scale: str) -> None:
    """Three cited people are three users, not three million."""
    assert "figures" in failed(
        f"Three {scale} users left Quillon.", cite(1), cite(2), cite(3), kind=ClaimKind.COHORT
    )
    assert figures(without_people(f"Three {scale} users", 3))
    assert not figures(without_people("Three angry users", 3))


@pytest.mark.parametrize(
    ("says", "true"),
    [
        ("With Marrow I can read whole folders of contracts.", "Marrow can read whole folders of contracts."),
        ("The price rises to 30 dollars.", "Prices rise to 30 dollars."),
        ("Quillon was put out without a licence.", "Quillon has no licence."),
        ("There isn't a benchmark of Quillon.", "There is no benchmark of Quillon."),
        ("Quillon only supports English.", "Quillon does not support any language but English."),
        ("The open Quillon weights match Marrow.", "Quillon comes close to the weights of Marrow."),
        (
            "Quillon is $20/mo for 20 tokens per second.",
            "Quillon costs 20 dollars a month.",
        ),
        ("The Quillon sync took 3 hrs on 3 disks.", "The Quillon sync took 3 hours."),
        (
            "Quillon works without new hardware and opens files.",
            "Quillon works with new files.",
        ),
        ("I am not being sarcastic: Quillon doubles the window.", "Quillon doubles the window."),
        ("I don't get why Quillon deletes old transcripts.", "Quillon deletes old transcripts."),
        ("Quillon keeps no more than fifty chats open.", "Quillon keeps fifty chats open."),
        ("Quillon does not load on Windows.", "Quillon won't load on Windows."),
        ("Quillon took the request.", "The matter was the latest request of Quillon."),
    ],
)
def test_true_claims_in_other_words_pass(says: str, true: str) -> None:
    """What a record says in other words is neither turned, nor surer, nor more than it."""
    assert not MEANING & judged(true, says)


def test_why_it_was_done_takes_it_for_done() -> None:
    """Only a question that leaves a matter open bears no statement of it."""
    claim = "Quillon removed the voice mode."
    assert "certainty" not in judged(claim, "Why did Quillon remove the voice mode?")
    assert "certainty" in judged(claim, "Did Quillon remove the voice mode?")
    assert "certainty" in judged(claim, "Why would Quillon remove the voice mode?")


def test_so_many_times_is_a_multiple() -> None:
    """Two times as fast and twice as fast bear each other; two users are not twice anything."""
    assert not unexplained("It is twice as fast.", {}, ["It is two times as fast."])
    assert not unexplained("It is two times as fast.", {}, ["It is twice as fast."])
    assert unexplained("It is twice as fast.", {}, ["Two users say so."])
    assert unexplained("Two users say so.", {}, ["It is twice as fast."])


def test_a_vague_count_rests_on_a_count_of_people() -> None:
    """Four hours are no handful of users."""
    text = "A handful of users left."
    assert uncounted(text, [FIRST], {"hours": 4.0})
    assert not uncounted(text, [FIRST], {"authors": 4.0})


def test_an_update_in_a_sentence_corrects_nothing() -> None:
    """A mark of an edit takes back a post; a word on an update does not."""
    assert not is_corrected("After the update the answers are wrong.")
    assert not is_taken_back("It ran well. After the update the answers are wrong.", len("It ran well."))
    assert is_corrected("It ran well.\nEdit: this was wrong.")
    assert is_corrected("It ran well. **EDIT 2:** I was mistaken, that is false.")
    for mark in (
        "EDIT, that was",
        "UPDATE (2pm): the figure was",
        "Edit\nThis is",
        "Edited to say that this is",
    ):
        assert is_corrected(f"It ran well.\n{mark} wrong.")
    assert not is_corrected("It ran well.\nEdit your prompt or the model gets it wrong.")


def test_the_first_part_of_a_title_may_open_small() -> None:
    """A name in small letters opens a title; what goes on behind a bar has lost its beginning."""
    title = "vllm adds Blackwell support in 0.9"
    assert to_break(f"{title} | Release notes") == title


@pytest.mark.parametrize(
    "hostile", [" ", "not ", "all ", "may solace ", "edit ", "edit: ", "may not all edit "]
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    """Ten thousand characters of anything are judged in a moment: no rule is quadratic in them."""
    text = f"Quillon {hostile * (10_000 // len(hostile))}moved."
    record = replace(FIRST, text=text)
    begun = time.process_time()
    turned("Quillon moved all files.", [record])
    surer("Quillon moved all files.", [record])
    overreaches("Quillon moved all files.", [record])
    is_taken_back(text, 0)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize(
    ("says", "false", "check"),
    [
        ("Öko beats Élan.", "Élan beats Öko.", "turned"),
        (
            "The Quillon thing is a dirty trick.",
            "Neighbours of Quillon gathered outside the hall with torches: “a dirty trick”.",
            "subject",
        ),
        (
            "Why did Quillon remove the voice mode? Was it the cost?",
            "Quillon removed the voice mode because of the cost.",
            "certainty",
        ),
    ],
)
def test_false_claims_do_not_pass_by_a_detail(says: str, false: str, check: str) -> None:
    """Letters with marks, a quotation at the end, a cause that was only asked for: all are refused."""
    assert check in judged(false, says)
