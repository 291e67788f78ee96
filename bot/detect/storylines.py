"""Storylines: records about one developing matter, found one at a time as they are heard.

A thread opener joins the nearest live storyline if it is near enough, else it begins one; replies follow
their thread and lend the storyline their words. Nearness fades with the time since the storyline was last
heard of, so that the same words a week later need more in common. How near is near enough depends on how
alike unrelated conversations are where the bot listens, so it is measured there each day and not set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.embedding import DIMENSIONS
from bot.detect.sums import BucketSums
from bot.detect.vectors import BUCKETS, DENSE_PULL, SPARSE_PULL, Counts, Vector, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from numpy.typing import NDArray

# A storyline that nobody has spoken of for this long is closed to new threads.
LIVE = timedelta(days=5)
_FADE = timedelta(days=12)
# What is left of the nearness of a storyline when it closes.
LEFT_AT_CLOSING = math.exp(-(LIVE / _FADE))
# Near enough is this many times what nine in ten random pairs stay below.
_NEAR_FACTOR = 2.6
_NEAR_BOUNDS = (0.15, 0.45)
_NEAR_UNKNOWN = 0.3
FEWEST_TO_MEASURE = 40
_UNRELATED = 0.9
_REPLY_SHARE = 0.3
_GROW = 256
# What is looked at all at once is good to six digits; what comes so near to the best is compared exactly.
_CLOSE = 1e-4


def near_enough(vectors: NDArray[np.float32]) -> float:
    """Return how near two conversations must be to be about one matter, given unit vectors of random ones."""
    if len(vectors) < FEWEST_TO_MEASURE:
        return _NEAR_UNKNOWN
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    low, high = _NEAR_BOUNDS
    return float(np.clip(_NEAR_FACTOR * np.quantile(pairs, _UNRELATED), low, high))


def recentred(packed: bytes, dense: NDArray[np.float32], before: int) -> bytes:
    """Return a packed storyline with other dense sums; those it has are `before` numbers."""
    return dense.astype("<f4").tobytes() + packed[4 * before :]


@dataclass(slots=True)
class _Live:
    id: str
    row: int
    last_at: datetime
    size: int


class StorylineIndex:
    """The live storylines and where they lie."""

    def __init__(self, weights: Weights, near: float = _NEAR_UNKNOWN) -> None:
        self.weights = weights
        self.near = near
        self._live: dict[str, _Live] = {}
        self._ids: list[str] = []
        self._dense = np.zeros((_GROW, DIMENSIONS), dtype=np.float32)
        self._lengths = np.zeros(_GROW, dtype=np.float32)
        self._spreads = np.zeros(_GROW, dtype=np.float32)
        self._last = np.zeros(_GROW, dtype=np.float64)
        self._sums = BucketSums(weights.idf)

    def __contains__(self, storyline_id: str) -> bool:
        return storyline_id in self._live

    def load(self, storyline_id: str, packed: bytes, last_at: datetime, size: int) -> None:
        """Bring back a storyline as `packed` kept it."""
        number = (len(packed) - 4 * DIMENSIONS) // 6
        dense = np.frombuffer(packed, dtype="<f4", count=DIMENSIONS)
        buckets = np.frombuffer(packed, dtype="<u2", count=number, offset=4 * DIMENSIONS)
        sums = np.frombuffer(packed, dtype="<f4", count=number, offset=4 * DIMENSIONS + 2 * number)
        row = self._claim(storyline_id, last_at, size, buckets, sums)
        self._put(row, dense)

    def centre_on(self, storyline_id: str, openers: Iterable[Vector], last_at: datetime, size: int) -> None:
        """Put a storyline, new or not, where its `openers` are; `size` counts its records."""
        dense, sums = np.zeros(DIMENSIONS, dtype=np.float32), np.zeros(BUCKETS, dtype=np.float32)
        for vector in openers:
            dense += vector.dense
            sums += vector.counts.row()
        live = self._live.get(storyline_id)
        if live is None:
            self.begin(storyline_id, last_at)
            live = self._live[storyline_id]
        live.size, live.last_at = size, last_at
        self._last[live.row] = last_at.timestamp()
        self._put(live.row, dense)
        self._sums.put(live.row, sums)

    def drop(self, storyline_id: str) -> None:
        """Let go of a storyline."""
        row = self._live.pop(storyline_id).row
        self._put(row, np.zeros(DIMENSIONS, dtype=np.float32))
        self._sums.put(row, np.zeros(BUCKETS, dtype=np.float32))

    def packed(self, storyline_id: str) -> bytes:
        """Return what has to be kept of a storyline so that `load` brings back the very same.

        The dense sums, then the numbers of the buckets that are not empty, then their sums.
        """
        row = self._live[storyline_id].row
        sums = self._sums.row(row)
        buckets = np.flatnonzero(sums)
        return b"".join(
            (self._dense[row].astype("<f4").tobytes(), buckets.astype("<u2").tobytes(),
             sums[buckets].astype("<f4").tobytes())
        )  # fmt: skip

    def nearest(self, vector: Vector, at: datetime) -> tuple[str, float] | None:
        """Return the nearest live storyline and its nearness after fading, if it is near enough."""
        if not self._ids:
            return None
        probe = self.weights.stack(vector.dense[None, :], vector.counts.row()[None, :])[0]
        fading = self._fading(at)
        nearness = self._nearness(probe) * fading
        bar = max(float(np.max(nearness)), self.near) - _CLOSE
        found = [
            (float(self._centre(row) @ probe) * float(fading[row]), self._ids[row])
            for row in np.flatnonzero(nearness >= bar).tolist()
            if self._ids[row] in self._live
        ]
        best = max(found, key=lambda pair: (pair[0], pair[1]), default=None)
        return (best[1], best[0]) if best is not None and best[0] >= self.near else None

    def begin(self, storyline_id: str, at: datetime) -> None:
        """Open a new storyline, empty until something is added."""
        self._claim(storyline_id, at, 0, np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=np.float32))

    def add(self, storyline_id: str, vector: Vector, at: datetime) -> None:
        """Move a storyline towards a record that joined it."""
        live = self._live[storyline_id]
        self._put(live.row, self._dense[live.row] + vector.dense)
        self._sums.add(live.row, *vector.counts.buckets())
        live.size += 1
        self._touch(live, at)

    def reply(self, storyline_id: str, counts: Counts, at: datetime) -> None:
        """Lend a storyline the words of a reply in one of its threads."""
        live = self._live[storyline_id]
        buckets, sizes = counts.buckets()
        self._sums.add(live.row, buckets, np.float32(_REPLY_SHARE) * sizes)
        live.size += 1
        self._touch(live, at)

    def unit(self, storyline_id: str) -> NDArray[np.float32]:
        """Return the storyline's centre as a unit stacked vector."""
        return self._centre(self._live[storyline_id].row)

    def last_at(self, storyline_id: str) -> datetime:
        """Return when a storyline was last spoken of."""
        return self._live[storyline_id].last_at

    def size(self, storyline_id: str) -> int:
        """Return how many records joined a storyline."""
        return self._live[storyline_id].size

    def _claim(
        self,
        storyline_id: str,
        at: datetime,
        size: int,
        buckets: NDArray[np.uint16],
        sums: NDArray[np.float32],
    ) -> int:
        row = len(self._ids)
        if row == len(self._last):
            self._dense = np.vstack([self._dense, np.zeros_like(self._dense)])
            self._lengths = np.concatenate([self._lengths, np.zeros_like(self._lengths)])
            self._spreads = np.concatenate([self._spreads, np.zeros_like(self._spreads)])
            self._last = np.concatenate([self._last, np.zeros_like(self._last)])
        self._ids.append(storyline_id)
        self._sums.append(buckets, sums)
        self._live[storyline_id] = _Live(storyline_id, row, at, size)
        self._last[row] = at.timestamp()
        return row

    def _put(self, row: int, dense: NDArray[np.float32]) -> None:
        """Set the dense sums of a row, and what `_nearness` needs to know of them."""
        self._dense[row] = dense
        self._lengths[row] = length = np.linalg.norm(dense)
        self._spreads[row] = np.linalg.norm(dense / length - self.weights.centre) if length else 0.0

    def _centre(self, row: int) -> NDArray[np.float32]:
        stacked: NDArray[np.float32] = self.weights.stack(
            self._dense[row][None, :], self._sums.row(row)[None, :]
        )[0]
        return stacked

    def _fading(self, at: datetime) -> NDArray[np.float64]:
        age = np.maximum(at.timestamp() - self._last[: len(self._ids)], 0.0)
        faded: NDArray[np.float64] = np.exp(-age / _FADE.total_seconds())
        return faded

    def _nearness(self, probe: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how near each row lies to a unit stacked vector, good to about six digits."""
        size = len(self._ids)
        common = self.weights.centre @ probe[:DIMENSIONS]
        apart = self._dense[:size] @ probe[:DIMENSIONS] - self._lengths[:size] * common
        lengths = self._lengths[:size] * self._spreads[:size]
        meaning = np.divide(apart, lengths, out=np.zeros_like(apart), where=lengths > 0)
        near: NDArray[np.float32] = np.float32(DENSE_PULL) * meaning
        return near + np.float32(SPARSE_PULL) * self._sums.nearness(probe[DIMENSIONS:])

    def _touch(self, live: _Live, at: datetime) -> None:
        live.last_at = max(live.last_at, at)
        self._last[live.row] = live.last_at.timestamp()
