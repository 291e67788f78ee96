"""What was named within the last days, in an amount of memory that never grows.

One byte for each of a fixed number of places: an id's place is its hash, the byte is the day it was last
named. Ids that share a place are taken for one another, so that "yes" is a maybe and "no" is certain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

# With as many ids as half of these, four of ten strangers are taken for one of them.
PLACES = 1 << 25
# Days are counted around; a place that is 0 is empty.
_DAYS = 255
_PIECE = 1 << 20


class Lately:
    """The ids that were named today or on the `days` days before.

    Days are ordinals, `places` is a power of two.
    """

    def __init__(self, days: int, places: int = PLACES) -> None:
        self._days = days
        self._seen = np.zeros(places, np.uint8)
        self._today = 0

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        return self._seen.nbytes

    def turn(self, today: int) -> None:
        """Let go of what was last named too long before `today`, which never goes back."""
        if today == self._today:
            return
        kept = np.zeros(_DAYS + 1, np.uint8)
        days = [_mark(today - ago) for ago in range(self._days + 1)]
        kept[days] = days
        for start in range(0, len(self._seen), _PIECE):
            piece = self._seen[start : start + _PIECE]
            piece[:] = kept[piece]
        self._today = today

    def note(self, ids: Collection[str], day: int) -> None:
        """Remember that these were named on `day`, which is no earlier than any noted before."""
        self._seen[self._places(ids)] = _mark(day)

    def among(self, ids: Collection[str]) -> list[str]:
        """Return those of `ids` that may have been named lately."""
        named = list(ids)
        return [named[number] for number in np.flatnonzero(self._seen[self._places(named)])]

    def _places(self, ids: Collection[str]) -> NDArray[np.int64]:
        hashes = np.fromiter(map(hash, ids), np.int64, len(ids))
        return hashes & (len(self._seen) - 1)


def _mark(day: int) -> int:
    return day % _DAYS + 1
