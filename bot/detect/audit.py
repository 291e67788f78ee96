"""The audit: the live conversations clustered all at once, to repair what was decided one at a time.

Whoever decides as talk is heard cannot know what comes later: a matter that begins with three wordings begins
as three storylines. Here each conversation is first mixed with those most like it, as a random walk on the
graph of neighbours would (the smoothing of Li, Han and Wu 2018, "Deeper insights into graph convolutional
networks"), so that two texts that share no word but share neighbours come near; then average linkage joins
what lies together. A conversation that has no near neighbour is left as it was.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.spatial.distance import squareform

from bot.detect.vectors import BUCKETS, DENSE_PULL, SPARSE_PULL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from bot.detect.vectors import Vector, Weights

# Time and memory grow with the square of what is audited: this many take about a second and 150 MB.
MOST = 3_000
_NEIGHBOURS = 10
_STEPS = 2
_SELF = 0.5
# In units of what is near enough: neighbours are at least so near, and groups of mixed texts on average.
_EDGE_FACTOR = 1.2
_GROUP_FACTOR = 1.2


@dataclass(frozen=True, slots=True)
class Opener:
    """A conversation in the window: the record that opened it, and the storyline it was put into."""

    id: str
    storyline_id: str
    vector: Vector


def repaired(openers: Sequence[Opener], weights: Weights, near: float, at: datetime) -> list[str]:
    """Return the storyline that each opener belongs to, as far as it can be known by `at`.

    A storyline keeps its id where most of its openers are. A part that was split off gets a new one, made of
    its first opener and `at`; so the same openers at the same time get the same ids in every process.
    """
    groups = grouped([opener.vector for opener in openers], weights, near)
    return _named(openers, groups, at)


def grouped(vectors: Sequence[Vector], weights: Weights, near: float) -> list[int]:
    """Return a group number for each vector; `near` is how near is near enough here."""
    if len(vectors) < 2:  # noqa: PLR2004 - one alone is one group
        return [0] * len(vectors)
    alike = _alike(vectors, weights)
    walk = _walk(alike, _EDGE_FACTOR * near)
    mixed = walk @ (walk @ alike).T
    lengths = np.sqrt(np.diag(mixed))
    apart = np.clip(1.0 - mixed / np.outer(lengths, lengths), 0.0, 1.0)
    np.fill_diagonal(apart, 0.0)
    tree = linkage(squareform(apart, checks=False), "average")
    groups: list[int] = fcluster(tree, 1.0 - _GROUP_FACTOR * near, "distance").tolist()
    return groups


def _alike(vectors: Sequence[Vector], weights: Weights) -> NDArray[np.float32]:
    """Return the nearness of each two; terms that only one of them says are left out."""
    hashes = np.concatenate([vector.counts.hashes for vector in vectors])
    sizes = np.concatenate([vector.counts.sizes for vector in vectors])
    numbers = np.repeat(np.arange(len(vectors)), [len(vector.counts.hashes) for vector in vectors])
    terms, columns, times = np.unique(hashes, return_inverse=True, return_counts=True)
    shared = times[columns] > 1
    numbers, columns, sizes = numbers[shared], columns[shared], sizes[shared]
    weighted = weights.idf[terms % BUCKETS][columns] * sizes
    lengths = np.sqrt(np.bincount(numbers, weighted**2, len(vectors)))
    shares = np.divide(weighted, lengths[numbers], out=np.zeros_like(weighted), where=weighted > 0)
    ends = np.searchsorted(numbers, np.arange(len(vectors) + 1))
    said = csr_array((shares, columns, ends), shape=(len(vectors), len(terms)))
    said.sort_indices()
    dense = weights.meaning(np.array([vector.dense for vector in vectors], dtype=np.float32))
    alike = np.float32(DENSE_PULL**2) * (dense @ dense.T)
    alike += np.float32(SPARSE_PULL**2) * (said @ said.T).toarray()
    np.fill_diagonal(alike, 1.0)
    return alike


def _walk(alike: NDArray[np.float32], bar: float) -> csr_array:
    """Return where a few steps from each text to its neighbours lead, half of each step staying."""
    size = len(alike)
    others = alike - 2.0 * np.eye(size, dtype=np.float32)
    reach = min(_NEIGHBOURS, size - 1)
    near = others >= bar
    # Few have more neighbours than are asked for, and only those have to be put in order.
    crowded = np.flatnonzero(near.sum(axis=1) > reach)
    nearest = np.argpartition(-others[crowded], reach - 1, axis=1)[:, :reach]
    near[crowded] = False
    near[crowded[:, None], nearest] = True
    lines, columns = np.nonzero(near)
    edges = coo_array((others[lines, columns], (lines, columns)), shape=(size, size)).tocsr()
    edges = edges.maximum(edges.T).tocsr()
    pull = np.asarray(edges.sum(axis=1)).ravel()
    share = np.divide(1.0 - _SELF, pull, out=np.zeros_like(pull), where=pull > 0)
    stay = np.where(pull > 0, _SELF, 1.0)
    step = csr_array(edges.multiply(share[:, None])) + csr_array(eye_array(size).multiply(stay[:, None]))
    walk = step
    for _ in range(_STEPS - 1):
        walk = walk @ step
    return csr_array(walk)


def _named(openers: Sequence[Opener], groups: Sequence[int], at: datetime) -> list[str]:
    shared = Counter((opener.storyline_id, group) for opener, group in zip(openers, groups, strict=True))
    names: dict[int, str] = {}
    kept: set[str] = set()
    for storyline_id, group in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if group not in names and storyline_id not in kept:
            names[group] = storyline_id
            kept.add(storyline_id)
    for opener, group in zip(openers, groups, strict=True):
        if group not in names:
            names[group] = f"m{hashlib.sha256(f'{opener.id} {at.isoformat()}'.encode()).hexdigest()[:10]}"
    return [names[group] for group in groups]
