"""A sentence that cites nothing may join the others; what it tells of the world falls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.story import Claim, ClaimKind, Paragraph
from bot.write.checks import check, standing
from bot.write.uncited import asserts
from tests.write.sample import BRIEF, DRAFT, FIRST, RECORDS, cite, failed, verdicts

_CONNECTS = """
The two groups were not arguing about the same thing.
What one side called a licence, the other called a contract.
Neither question has an answer yet.
That is where the agreement ended.
Underneath lay a disagreement about who a licence is for.
The talk turned practical quickly.
Elsewhere the concern was narrower.
Both camps read the same clause and came away with different worries.
So it goes.
On Hacker News the argument was about contract law.
The question of who pays was left open.
Between them they describe different licences.
Disagreement over the output clause ran through all of it.
What is missing is a reason.
The rest of the thread circled that point.
It is a narrower question than it looks.
Each side took the other's premise for granted.
Neither camp needed the other.
What happened next is the open question.
Scepticism ran through the thread.
The mood was cautious.
The exchange was short.
The worst fear is left unspoken.
Not everyone agreed.
The tone was different on Bluesky.
Part of what was said in this time was not heard, so the places are not compared.
Not everything said in this time was heard; the places are therefore not compared.
""".strip().splitlines()

_TELLS = """
Quillon stole its weights.
quillon stole its weights.
The founders were arrested for fraud.
The founders were arrested for fraud, the argument goes.
The laboratory is bankrupt.
Marlow Tench has left.
On Wikipedia the argument was about contract law.
A court struck down the licence.
The hub deleted the old revision.
Hospitals switched the model off.
The weights leak private data.
Regulators opened an investigation.
It is malware.
The licence is void.
The commenters were paid.
The laboratory behind it paid the commenters, the argument goes.
The licence is a contract.
The reason is a breach of the repository.
The answer is that the torrent of the repository is a breach of the licence.
The founders closed hospitals, the argument goes.
Tamarack is one side of the argument.
Quillon is one side of the argument.
The two commenters were one person.
It is.
it was the question.
""".strip().splitlines()


def _reading(text: str) -> Claim:
    return Claim("x1", ClaimKind.ANALYSIS, text)


@pytest.mark.parametrize("text", _CONNECTS)
def test_a_sentence_that_connects_needs_no_record(text: str) -> None:
    """Turns of the talk, in words that join or that the story's records hold, may stand by themselves."""
    assert failed(text, kind=ClaimKind.ANALYSIS) == set()


@pytest.mark.parametrize("text", _TELLS)
def test_what_is_told_of_the_world_needs_a_record(text: str) -> None:
    """Neither news nor a name nor an event is the narrator's own reading, whoever speaks beside it."""
    assert {"connects", "figures"} & failed(text, kind=ClaimKind.ANALYSIS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Speed is one side of the argument.", "For me it is speed alone."),
        ("The disagreement over quantized models ran deeper.", "I run quantized models."),
        ("The argument was about closed models.", "A closed model is no good."),
    ],
)
def test_a_word_in_ed_before_a_thing_is_no_event(text: str, says: str) -> None:
    """Speed is nothing that happened, and quantized models are a sort of models."""
    assert asserts(text, [replace(FIRST, text=says)]) == ""
    assert asserts(text, [replace(FIRST, text="I wait.")]) != ""


def test_the_facts_of_a_turn_stand_in_one_sentence() -> None:
    """Words that two people use of two things are no fact together."""
    text = "The question is the breach of the repository."
    assert asserts(text, [replace(FIRST, text="The breach of the repository is theirs.")]) == ""
    assert asserts(text, [replace(FIRST, text="A breach. My repository.")]) != ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("The licence is the question.", "Look: the licence is the question."),
        (
            "The argument was about a clause that nobody reads.",
            "The argument was about a clause that nobody reads.",
        ),
    ],
)
def test_what_a_record_says_needs_that_record(text: str, says: str) -> None:
    """A sentence of somebody's own is no turn of the talk: it is theirs, and cites them."""
    assert asserts(text, [replace(FIRST, text=says)]) == "what a record says"
    assert asserts(text, [replace(FIRST, text="The licence. A clause that nobody reads is.")]) == ""


def test_what_cites_nothing_copies_nothing() -> None:
    """Many words in a row of a record are no turn of the talk, wherever the story cites it."""
    text = "The talk changed overnight and nobody wrote a line about it."
    assert "own-words" in failed(text, kind=ClaimKind.ANALYSIS)


def test_only_what_cites_nothing_is_asked_to_connect() -> None:
    """A sentence with a record is held against that record, by the other checks."""
    assert "connects" not in verdicts(Claim("x1", ClaimKind.NAMED, "Quillon changed.", (cite(1),)))


def test_what_connects_falls_with_what_it_connected() -> None:
    """A turn whose words stood in one sentence beside it goes when that sentence goes; the rest stands."""
    law = "The argument was about covenants."
    beside = Claim("x2", ClaimKind.NAMED, "Quillon was given 77 covenants.", (cite(_covenant()),))
    draft = replace(DRAFT, paragraphs=(*DRAFT.paragraphs, Paragraph((beside, _reading(law)))))
    fallen = {row.claim_id for row in check(draft, RECORDS, BRIEF.numbers).failed}
    assert "x2" in fallen
    assert "x1" not in fallen
    left = standing(draft, RECORDS, BRIEF.numbers)
    assert left is not None
    assert left[0].paragraphs == DRAFT.paragraphs
    assert left[1].failed == ()


def _covenant() -> int:
    return next(n for n in range(len(RECORDS)) if "covenant" in cite(n).quote)
