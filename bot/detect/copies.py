"""Near-copies: texts that are the same but for a few words form a family, and a family counts once.

MinHash over word pairs with locality-sensitive hashing (Broder 1997). Links, mentions and hashtags are left
out first: copies differ in those. So are lines that quote somebody: a reply is its own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from rensa import RMinHash, RMinHashLSH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_PERMUTATIONS = 128
_BANDS = 32
_ALIKE = 0.45
# Shorter texts ("this is the way") are said independently by many.
_FEWEST_WORDS = 8
_SEED = 7
_QUOTED_LINE = re.compile(r"^[^\S\n]*(?:>|&gt;).*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Original:
    record_id: str
    said_at: datetime
    drawn: RMinHash


def own(text: str) -> str:
    """Return `text` without the lines that quote somebody ("> ..."); whole if it says nothing else."""
    if ">" not in text and "&gt;" not in text:
        return text
    left = _QUOTED_LINE.sub("", text)
    return left if left.strip() else text


def sketch(said: Sequence[str]) -> RMinHash | None:
    """Return what near-copies of a text share, None if it is too short to be one.

    `said` are the words (`bot.detect.tokens.words`) of what is `own` in it.
    """
    if len(said) < _FEWEST_WORDS:
        return None
    drawn = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    drawn.update([f"{first} {second}" for first, second in pairwise(said)])
    return drawn


class Copies:
    """The families of near-copies among the texts it has seen."""

    def __init__(self) -> None:
        self._index = RMinHashLSH(threshold=_ALIKE, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        self._seen: dict[int, _Original] = {}
        self._next = 0

    def family(self, record_id: str, said_at: datetime, drawn: RMinHash | None) -> str:
        """Return the id of the first record that says nearly the same (its own if none does); remember it.

        `drawn` is its `sketch`.
        """
        if drawn is None:
            return record_id
        near = (self._seen[int(key)] for key in self._index.query(drawn))
        for original in sorted(near, key=lambda original: (original.said_at, original.record_id)):
            if drawn.jaccard(original.drawn) >= _ALIKE:
                return original.record_id
        self._index.insert(self._next, drawn)
        self._seen[self._next] = _Original(record_id, said_at, drawn)
        self._next += 1
        return record_id

    def forget(self, before: datetime) -> None:
        """Let go of what was said before `before`."""
        for key in [key for key, original in self._seen.items() if original.said_at < before]:
            self._index.remove(key)
            del self._seen[key]
