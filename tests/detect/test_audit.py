"""The audit joins what is one matter, parts what is not, and changes nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bot.detect.audit import Opener, grouped, repaired
from bot.detect.embedding import DIMENSIONS
from bot.detect.vectors import Counts, Vector, Weights, term_hash
from tests.factory import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAR = 0.3


def _vector(words: str) -> Vector:
    """Return a vector whose meaning and terms are both made of `words`, and of nothing else."""
    said = words.split()
    hashes = np.array([term_hash(word) for word in said], dtype=np.uint32)
    sizes = np.full(len(said), len(said) ** -0.5, dtype=np.float32)
    dense = np.zeros(DIMENSIONS, dtype=np.float32)
    for word in said:
        dense += np.random.default_rng(term_hash(word)).normal(size=DIMENSIONS).astype(np.float32)
    return Vector(dense, Counts(hashes, sizes))


def _openers(said: Sequence[tuple[str, str]]) -> list[Opener]:
    return [Opener(f"r{number}", line, _vector(words)) for number, (line, words) in enumerate(said)]


def _chain(line: str) -> list[tuple[str, str]]:
    """One matter told in three wordings; the first and the last share no word."""
    return [
        (line, "heron licence resale"),
        (line, "licence resale clause"),
        (line, "resale clause lawyers"),
        (line, "clause lawyers weights"),
    ]


_OTHER = [("b", "clinnote visit notes"), ("b", "visit notes hospital"), ("b", "notes hospital clinnote")]


def test_wordings_that_share_neighbours_are_one_group() -> None:
    """Two texts that share no word are one matter if others lead from one to the other."""
    groups = grouped([_vector(words) for _, words in _chain("a") + _OTHER], Weights(), _NEAR)
    assert len(set(groups[:4])) == 1
    assert len(set(groups[4:])) == 1
    assert groups[0] != groups[4]


def test_what_has_no_neighbour_stays_alone() -> None:
    """Unrelated texts are never grouped, however few there are."""
    alone = ["guitar strings", "tax return", "sourdough starter", "bicycle chain"]
    assert len(set(grouped([_vector(words) for words in alone], Weights(), _NEAR))) == len(alone)


@pytest.mark.parametrize("size", [0, 1])
def test_a_few_are_no_problem(size: int) -> None:
    """Nothing, and one text alone, can be grouped."""
    assert len(grouped([_vector("a b")] * size, Weights(), _NEAR)) == size


def test_storylines_of_one_matter_become_one() -> None:
    """A matter that is spread goes to the storyline that has most of it; among equals the first by id."""
    said = [("big", w) if n < 3 else ("small", w) for n, (_, w) in enumerate(_chain("a"))]
    assert set(repaired(_openers(said), Weights(), _NEAR, NOON)) == {"big"}
    said = [("x", w) if n % 2 else ("y", w) for n, (_, w) in enumerate(_chain("a"))]
    assert set(repaired(_openers(said), Weights(), _NEAR, NOON)) == {"x"}


def test_a_storyline_of_two_matters_is_parted() -> None:
    """The larger part keeps the id; the other gets a new one, the same in every process at that time only."""
    openers = _openers(_chain("mixed") + [("mixed", words) for _, words in _OTHER])
    found = repaired(openers, Weights(), _NEAR, NOON)
    assert found[:4] == ["mixed"] * 4
    assert len(set(found[4:])) == 1
    assert found[4] != "mixed"
    assert repaired(openers, Weights(), _NEAR, NOON) == found
    assert repaired(openers, Weights(), _NEAR, NOON + timedelta(hours=1))[4] != found[4]


def test_an_audit_of_what_was_audited_changes_nothing() -> None:
    """Once repaired, storylines stay as they are, whatever the hour."""
    openers = _openers(_chain("a") + [("a", words) for _, words in _OTHER] + [("c", "guitar strings")])
    found = repaired(openers, Weights(), _NEAR, NOON)
    again = [Opener(o.id, line, o.vector) for o, line in zip(openers, found, strict=True)]
    assert repaired(again, Weights(), _NEAR, NOON + timedelta(hours=1)) == found
