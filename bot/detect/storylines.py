"""Storylines: records about one developing matter, found one at a time as they are heard.

A thread opener joins the nearest live storyline if it is near enough, else it begins one; replies follow
their thread and lend the storyline their words. Nearness fades with the time since the storyline was last
heard of, so that the same words a week later need more in common. How near is near enough depends on how
alike unrelated conversations are where the bot listens, so it is measured there each day and not set.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.embedding import DIMENSIONS
from bot.detect.vectors import BUCKETS, WIDTH, Weights

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

# A storyline that nobody has spoken of for this long is closed to new threads.
LIVE = timedelta(days=5)
_FADE = timedelta(days=12)
# Near enough is this many times what nine in ten random pairs stay below; two storylines are one at more.
_NEAR_FACTOR = 3.0
_SAME_FACTOR = 1.7
_NEAR_BOUNDS = (0.15, 0.45)
_NEAR_UNKNOWN = 0.3
FEWEST_TO_MEASURE = 40
_UNRELATED = 0.9
_REPLY_SHARE = 0.3
_FEWEST_TO_MERGE = 3
_GROW = 256


def near_enough(vectors: NDArray[np.float32]) -> float:
    """Return how near two conversations must be to be about one matter, given unit vectors of random ones."""
    if len(vectors) < FEWEST_TO_MEASURE:
        return _NEAR_UNKNOWN
    pairs = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    low, high = _NEAR_BOUNDS
    return float(np.clip(_NEAR_FACTOR * np.quantile(pairs, _UNRELATED), low, high))


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
        self._stale: set[int] = set()
        # Only what has moved can have come near to another since it was last compared.
        self._moved: set[str] = set()
        self._live: dict[str, _Live] = {}
        self._ids: list[str] = []
        self._sums = np.zeros((_GROW, DIMENSIONS + BUCKETS), dtype=np.float32)
        self._unit = np.zeros((_GROW, WIDTH), dtype=np.float32)
        self._last = np.zeros(_GROW, dtype=np.float64)

    def __contains__(self, storyline_id: str) -> bool:
        return storyline_id in self._live

    def load(self, storyline_id: str, packed: bytes, last_at: datetime, size: int) -> None:
        """Bring back a storyline as `packed` kept it."""
        row = self._claim(storyline_id, last_at, size)
        self._sums[row] = np.frombuffer(zlib.decompress(packed), dtype="<f4")
        self._stale.add(row)

    def nearest(
        self, dense: NDArray[np.float32], counts: NDArray[np.float32], at: datetime
    ) -> tuple[str, float] | None:
        """Return the nearest live storyline and its nearness after fading, if it is near enough."""
        size = len(self._ids)
        if not size:
            return None
        self._refresh()
        vector = self.weights.stack(dense[None, :], counts[None, :])[0]
        age = np.maximum(at.timestamp() - self._last[:size], 0.0)
        nearness = (self._unit[:size] @ vector) * np.exp(-age / _FADE.total_seconds())
        best = int(np.argmax(nearness))
        return (self._ids[best], float(nearness[best])) if nearness[best] >= self.near else None

    def begin(self, storyline_id: str, at: datetime) -> None:
        """Open a new storyline, empty until something is added."""
        self._claim(storyline_id, at, 0)

    def add(
        self, storyline_id: str, dense: NDArray[np.float32], counts: NDArray[np.float32], at: datetime
    ) -> None:
        """Move a storyline towards a record that joined it."""
        live = self._live[storyline_id]
        self._sums[live.row, :DIMENSIONS] += dense
        self._sums[live.row, DIMENSIONS:] += counts
        live.size += 1
        self._touch(live, at)
        self._stale.add(live.row)

    def reply(self, storyline_id: str, counts: NDArray[np.float32], at: datetime) -> None:
        """Lend a storyline the words of a reply in one of its threads."""
        live = self._live[storyline_id]
        self._sums[live.row, DIMENSIONS:] += _REPLY_SHARE * counts
        live.size += 1
        self._touch(live, at)
        self._stale.add(live.row)

    def packed(self, storyline_id: str) -> bytes:
        """Return what has to be kept of a storyline so that `load` brings back the very same."""
        # Nearly all buckets are empty, so the fastest level shrinks it tenfold.
        return zlib.compress(self._sums[self._live[storyline_id].row].astype("<f4").tobytes(), level=1)

    def unit(self, storyline_id: str) -> NDArray[np.float32]:
        """Return the storyline's centre as a unit stacked vector."""
        self._refresh()
        centre: NDArray[np.float32] = self._unit[self._live[storyline_id].row]
        return centre

    def last_at(self, storyline_id: str) -> datetime:
        """Return when a storyline was last spoken of."""
        return self._live[storyline_id].last_at

    def size(self, storyline_id: str) -> int:
        """Return how many records joined a storyline."""
        return self._live[storyline_id].size

    def same(self, since: datetime) -> list[tuple[str, str]]:
        """Return pairs (stay, go) of storylines, spoken of since `since`, that have grown into one matter.

        The larger stays, and takes in one other at a time.
        """
        ids = sorted(
            live.id for live in self._live.values() if live.last_at >= since and live.size >= _FEWEST_TO_MERGE
        )
        moved = [storyline_id for storyline_id in ids if storyline_id in self._moved]
        self._moved.clear()
        self._refresh()
        near = self._units(moved) @ self._units(ids).T
        taken: set[str] = set()
        pairs: list[tuple[str, str]] = []
        found = np.argwhere(near >= _SAME_FACTOR * self.near).tolist()
        for one, other in sorted(found, key=lambda pair: (-near[pair[0], pair[1]], pair)):
            stay, go = sorted((moved[one], ids[other]), key=self._rank)
            if stay == go:
                continue
            if {stay, go} & taken:
                self._moved |= {stay, go}
            else:
                taken |= {stay, go}
                pairs.append((stay, go))
        return pairs

    def merge(self, stay: str, go: str) -> None:
        """Make `go` part of `stay`."""
        keep, drop = self._live[stay], self._live.pop(go)
        self._sums[keep.row] += self._sums[drop.row]
        keep.size += drop.size
        self._sums[drop.row] = 0
        self._unit[drop.row] = 0
        self._touch(keep, drop.last_at)
        self._stale.discard(drop.row)
        self._stale.add(keep.row)

    def _claim(self, storyline_id: str, at: datetime, size: int) -> int:
        row = len(self._ids)
        if row == len(self._last):
            self._sums = np.vstack([self._sums, np.zeros_like(self._sums)])
            self._unit = np.vstack([self._unit, np.zeros_like(self._unit)])
            self._last = np.concatenate([self._last, np.zeros_like(self._last)])
        self._ids.append(storyline_id)
        self._live[storyline_id] = _Live(storyline_id, row, at, size)
        self._moved.add(storyline_id)
        self._last[row] = at.timestamp()
        return row

    def _units(self, ids: list[str]) -> NDArray[np.float32]:
        return self._unit[[self._live[storyline_id].row for storyline_id in ids]]

    def _rank(self, storyline_id: str) -> tuple[int, str]:
        live = self._live[storyline_id]
        return (-(live.size), storyline_id)

    def _touch(self, live: _Live, at: datetime) -> None:
        self._moved.add(live.id)
        live.last_at = max(live.last_at, at)
        self._last[live.row] = live.last_at.timestamp()

    def _refresh(self) -> None:
        if self._stale:
            rows = sorted(self._stale)
            sums = self._sums[rows]
            self._unit[rows] = self.weights.stack(sums[:, :DIMENSIONS], sums[:, DIMENSIONS:])
            self._stale.clear()
