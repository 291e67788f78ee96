"""Near-copies: texts that are the same but for a few words form a family, and a family counts once.

MinHash over word pairs with locality-sensitive hashing (Broder 1997). Links, mentions and hashtags are left
out first: copies differ in those.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from rensa import RMinHash, RMinHashLSH

from bot.detect.tokens import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PERMUTATIONS = 128
_BANDS = 32
_ALIKE = 0.45
# Shorter texts ("this is the way") are said independently by many.
_FEWEST_WORDS = 8
_SEED = 7


class Copies:
    """The families of near-copies among the texts it has seen."""

    def __init__(self) -> None:
        self._index = RMinHashLSH(threshold=_ALIKE, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        self._seen: list[tuple[str, NDArray[np.uint32]]] = []

    def family(self, record_id: str, text: str) -> str:
        """Return the id of the first record that says nearly the same (its own if none does); remember it."""
        said = words(text)
        if len(said) < _FEWEST_WORDS:
            return record_id
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        sketch.update([f"{first} {second}" for first, second in pairwise(said)])
        digest = np.asarray(sketch.digest(), dtype=np.uint32)
        for candidate in sorted(self._index.query(sketch)):
            family, other = self._seen[int(candidate)]
            if float(np.mean(digest == other)) >= _ALIKE:
                return family
        self._index.insert(len(self._seen), sketch)
        self._seen.append((record_id, digest))
        return record_id
