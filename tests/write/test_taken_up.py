"""The fact that people argue about: what of a report or a post they take up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.brief import BriefRecord
from bot.domain.record import RecordKind
from bot.write.checks import check
from bot.write.extractive import assemble
from bot.write.taken_up import taken_up
from tests.write.factory import START, brief, given_records, prose, record, talk

_LEAD = "The laboratory behind Quillon on Wednesday replaced the open licence of its model with its own."
_TERMS = "The output clause forbids people to sell what the model writes without a contract of their own."
_ASIDE = "The founders met in a bakery near the harbour and opened the office above it."


def test_what_many_take_up_is_told() -> None:
    """Of a report the sentence is taken that most people use words of, and nothing that nobody takes up."""
    report = BriefRecord(1, record("a", f"{_LEAD} {_ASIDE} {_TERMS}", kind=RecordKind.ARTICLE), 0.5, 0)
    said = (
        "The output clause binds nobody.",
        "An output clause is a contract.",
        "Who reads a contract clause?",
    )
    heard = [BriefRecord(n, record(f"c{n}", text), 0.5, 0) for n, text in enumerate(said, 2)]
    assert taken_up(report, heard, _LEAD, lambda _: 0.5) == _TERMS
    assert taken_up(report, heard[:2], _LEAD, lambda _: 0.5) is None


def test_what_new_terms_forbid_stands_in_the_story() -> None:
    """A story on new terms says not only that they are new, and names who says so."""
    records = [
        replace(one, text=f"{_LEAD} It gave no reason. {_TERMS} {_ASIDE}")
        if one.kind is RecordKind.ARTICLE
        else one
        for one in talk()
    ]
    made = brief(records)
    draft = assemble(made)
    (told,) = (claim for claim in draft.claims() if _TERMS[:-1] in claim.text)
    assert "techcourant.example" in told.text
    assert _ASIDE[:-1] not in prose(draft)
    assert check(draft, given_records(made), made.numbers).failed == ()


def test_a_report_goes_on_behind_what_was_told_of_it() -> None:
    """It goes on with nothing that stands above what was told, says that again, or leans on it."""
    under = _TERMS.replace("The output", "Under it the output")
    again = _TERMS.replace("The output", "It has an output").replace("forbids", "that forbids")
    cases = (
        (f"{_LEAD} {_ASIDE} {_TERMS}", True),
        (f"{under} {_LEAD} {_ASIDE}", False),
        (f"{_LEAD} {_ASIDE} {under}", False),
        (f"{_LEAD} {_ASIDE} {again}", False),
    )
    for text, found in cases:
        records = [replace(one, text=text) if one.kind is RecordKind.ARTICLE else one for one in talk()]
        told = prose(assemble(brief(records)))
        assert "own. The founders" in told
        assert ("people to sell" in told) is found


def test_a_report_goes_on_with_its_very_next_sentence() -> None:
    """Figures right behind the lead come before what people take up, and only that is "added"."""
    lead = _LEAD.replace(
        "with its own", "with a licence of its own that nobody outside of it had heard of before"
    )
    figures = (
        "The terms ask 40 dollars a month of every host with more than 5 million users in all the world."
    )
    for text, told, adds in (
        (f"{lead} {figures} {_TERMS} {_ASIDE}", figures, True),
        (f"{lead} {_ASIDE} {_ASIDE.replace('founders', 'heirs')} {_TERMS}", _TERMS, False),
    ):
        records = [replace(one, text=text) if one.kind is RecordKind.ARTICLE else one for one in talk()]
        _, claim = (one for one in assemble(brief(records)).claims() if "techcourant" in one.text)
        assert told[:-1] in claim.text
        assert ("adds" in claim.text or "goes on" in claim.text) is adds


def test_whoever_only_repeats_the_report_is_not_quoted() -> None:
    """What the report has said is no voice of its own."""
    again = "The laboratory behind Quillon replaced the open licence of the model on Wednesday."
    copied = record("z", again, place="hackernews", kind=RecordKind.POST, at=START + timedelta(hours=5))
    assert again[:-1] not in prose(assemble(brief([*talk(), copied])))
