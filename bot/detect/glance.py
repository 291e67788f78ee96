"""A glance at a text: can it be on topic at all? For streams of which next to nothing is.

A text is cut into runs of ASCII letters and digits. A text that lacks a run of a term cannot hold the term,
and that is known in two microseconds.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.detect.sieve import sieve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.detect.beats import BeatBook

# Ambiguous words ("agent", "model") count only in company: of one another, or of words of a beat.
COMPANY = 2

# Bytes of a run stay, in lower case; all else parts runs, so that a word may come in several pieces.
_TO_RUNS = bytes(
    byte if (char := chr(byte)).isascii() and char.isalnum() else ord(" ") for byte in range(256)
).lower()
_SHORTEST_RUN = 2


class Glance:
    """Knows the terms of a book of beats by their runs, each found by its longest."""

    def __init__(self, book: BeatBook) -> None:
        ambiguous = set(book.topic.ambiguous)
        company = ambiguous | {term.lower() for beat in book.beats for term in beat.terms}
        self._sure = _by_longest(set(book.topic.terms))
        self._doubtful = _by_longest(ambiguous)
        self._company = _by_longest(company)
        # Each word of the topic, as the runs it is made of.
        self._looked_for = sorted(
            {tuple(_runs(term)) for term in {*book.topic.terms, *ambiguous} if _longest(term)}
        )
        self._known = frozenset(self._sure) | frozenset(self._company)
        # Terms without a run long enough to be rare ("a.i.") are looked for as they are written.
        self._written = tuple(
            sorted(term.lower() for term in {*book.topic.terms, *company} if not _longest(term))
        )

    def may_be_on_topic(self, text: str) -> bool:
        """Tell whether a look at the whole text can find that it is on topic."""
        found = _runs(text)
        if not self._known.isdisjoint(found):
            runs = frozenset(found)
            hits = self._known & runs
            if _held(self._sure, hits, runs):
                return True
            if _held(self._doubtful, hits, runs) and _held(self._company, hits, runs) >= COMPANY:
                return True
        if not self._written:
            return False
        lowered = text.lower()
        return any(term in lowered for term in self._written)

    def sieve(self, marks: Sequence[bytes]) -> Callable[[bytes], Sequence[Sequence[int]]]:
        """Return what finds where in raw JSON a text may be on topic, and `marks` (`bot.detect.sieve`)."""
        return sieve(self._looked_for, self._written, marks)


def _held(
    terms: Mapping[bytes, Sequence[frozenset[bytes]]], hits: Iterable[bytes], runs: frozenset[bytes]
) -> int:
    """Count the terms of which all runs are there."""
    return sum(needed <= runs for hit in hits for needed in terms.get(hit, ()))


def _runs(text: str) -> list[bytes]:
    return text.encode("utf-8", "replace").translate(_TO_RUNS).split()


def _longest(term: str) -> bytes:
    """Return the longest run of a term; b"" if that is a single letter, which too many texts hold."""
    longest = max(_runs(term), key=len, default=b"")
    return longest if len(longest) >= _SHORTEST_RUN else b""


def _by_longest(terms: Iterable[str]) -> dict[bytes, list[frozenset[bytes]]]:
    found: dict[bytes, list[frozenset[bytes]]] = defaultdict(list)
    for term in terms:
        if longest := _longest(term):
            found[longest].append(frozenset(_runs(term)))
    return dict(found)
