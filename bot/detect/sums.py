"""Bucket counts summed over the talk of each storyline: thousands of rows, nearly all of them nearly empty.

What was touched lately lies open as dense rows; the rest is pressed into one sparse matrix. So a look at all
rows costs what they hold, not rows times buckets, and a row can still be added to at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from bot.detect.vectors import BUCKETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

# So many dense rows weigh as much as the sparse rows of a day's talk.
_OPEN = 256
_FIRST = 256


class BucketSums:
    """Sums by row and bucket; rows are numbered from 0."""

    def __init__(self, idf: NDArray[np.float32]) -> None:
        self._idf = idf
        self._pressed: list[tuple[NDArray[np.uint16], NDArray[np.float32]]] = []
        self._matrix = csr_array((0, BUCKETS), dtype=np.float32)
        self._open = np.zeros((_OPEN, BUCKETS), dtype=np.float32)
        self._place: dict[int, int] = {}
        self._lengths = np.zeros(_FIRST, dtype=np.float32)
        self._moved: set[int] = set()
        self._unpressed = False

    def append(self, buckets: NDArray[np.uint16], sums: NDArray[np.float32]) -> None:
        """Add a row that holds `sums` in `buckets`."""
        row = len(self._pressed)
        if row == len(self._lengths):
            self._lengths = np.concatenate([self._lengths, np.zeros_like(self._lengths)])
        self._pressed.append((buckets, sums))
        self._unpressed = self._unpressed or len(buckets) > 0
        self._lengths[row] = np.linalg.norm(sums * self._idf[buckets])

    def add(self, row: int, buckets: NDArray[np.intp], sizes: NDArray[np.float32]) -> None:
        """Add `sizes` to the `buckets` of a row."""
        np.add.at(self._opened(row), buckets, sizes)
        self._moved.add(row)

    def put(self, row: int, sums: NDArray[np.float32]) -> None:
        """Set all buckets of a row."""
        self._opened(row)[:] = sums
        self._moved.add(row)

    def row(self, row: int) -> NDArray[np.float32]:
        """Return a row with all its buckets."""
        place = self._place.get(row)
        if place is not None:
            opened: NDArray[np.float32] = self._open[place].copy()
            return opened
        dense = np.zeros(BUCKETS, dtype=np.float32)
        buckets, sums = self._pressed[row]
        dense[buckets] = sums
        return dense

    def nearness(self, weighted: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the dot product of each row, weighted by idf and brought to length one, with `weighted`.

        Good to about six digits: how a row happens to lie decides on the last one.
        """
        self._settle()
        probe = weighted * self._idf
        found = np.zeros(len(self._pressed), dtype=np.float32)
        found[: self._matrix.shape[0]] = self._matrix @ probe
        if self._place:
            found[list(self._place)] = self._open[: len(self._place)] @ probe
        lengths = self._lengths[: len(found)]
        return np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)

    def _opened(self, row: int) -> NDArray[np.float32]:
        place = self._place.get(row)
        if place is None:
            if len(self._place) == _OPEN:
                self._settle()
                self._press()
            place = self._place[row] = len(self._place)
            self._open[place] = 0.0
            buckets, sums = self._pressed[row]
            self._open[place][buckets] = sums
        opened: NDArray[np.float32] = self._open[place]
        return opened

    def _settle(self) -> None:
        for row in self._moved:
            self._lengths[row] = np.linalg.norm(self._open[self._place[row]] * self._idf)
        self._moved.clear()
        if self._unpressed:
            self._press()

    def _press(self) -> None:
        for row, place in self._place.items():
            buckets = np.flatnonzero(self._open[place])
            self._pressed[row] = (buckets.astype(np.uint16), self._open[place][buckets])
        self._place.clear()
        self._unpressed = False
        starts = np.cumsum([0, *(len(buckets) for buckets, _ in self._pressed)])
        self._matrix = csr_array(
            (
                np.concatenate([np.zeros(0, dtype=np.float32), *(sums for _, sums in self._pressed)]),
                np.concatenate([np.zeros(0, dtype=np.int32), *(buckets for buckets, _ in self._pressed)]),
                starts,
            ),
            shape=(len(self._pressed), BUCKETS),
        )
