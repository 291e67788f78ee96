"""What the checks refuse of `benchmarks/hostile.toml`, and that they let its true claims pass."""

from __future__ import annotations

import pytest

from benchmarks.hostile import Verdict, verdicts

_LEAST_REFUSED = {"dev": 0.9, "second": 0.85, "held": 0.8, "unseen": 0.65}
# Nearly a record's own sentence: it has to be quoted, however true it is.
_COPIED = {
    "One library blocked Tessel after a pupil had copied an essay.",
    "Tamber Press ended its contract with Harrow Labs after Tessel had reprinted a whole novel.",
    "According to Harrow Labs a filter had been turned off by mistake.",
}
# A comparison that the post makes in other words.
_COMPARED = {
    "For one commenter battery life matters more than speed: an hour with Marrow costs a third of a charge."
}


@pytest.fixture(scope="module")
def judged() -> list[Verdict]:
    """Return the verdict on each claim of the file."""
    return list(verdicts())


def test_true_claims_pass(judged: list[Verdict]) -> None:
    """A fair paraphrase is no victim of the checks, of whatever part that they were held against."""
    true = [one for one in judged if not one.sort and one.part in _LEAST_REFUSED]
    assert len(true) > 110
    assert {one.text for one in true if one.failed} == _COPIED | _COMPARED


@pytest.mark.parametrize("part", _LEAST_REFUSED)
def test_most_false_claims_are_refused(judged: list[Verdict], part: str) -> None:
    """What a part of the file has of false claims is refused by code alone, all but a few."""
    false = [one for one in judged if one.sort and one.part == part]
    assert len(false) > 30
    assert sum(not one.passed for one in false) >= _LEAST_REFUSED[part] * len(false)
