"""One vector per text: dense meaning beside weighted words, so that a dot product weighs both.

`[sqrt(w) * dense ; sqrt(1 - w) * tfidf]`: the dense half says what a text is about, the sparse half says
which names and words it uses. A text is read once, when it is noticed; its vector is kept with it. Document
frequencies are counted anew each day over the kept vectors of the weeks before, so the weights stand still
within a day and can be computed again from the store after a restart. What all talk here has in common is
taken out of the dense half (Mu and Viswanath 2018, "All-but-the-top", without the top).
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.embedding import DIMENSIONS
from bot.detect.tokens import names_of, split, terms_of
from bot.domain.text import without_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

BUCKETS = 4096
WIDTH = DIMENSIONS + BUCKETS
_DENSE_SHARE = 0.4
DENSE_PULL, SPARSE_PULL = _DENSE_SHARE**0.5, (1 - _DENSE_SHARE) ** 0.5
# Of words and names outside the title, beside the title and the links.
_REST_SHARE = 0.4
_LINK_WEIGHT = 1.0
_NAME_WEIGHT = 1.5
_BODY_WORDS = 170
_BODY_LOOKED_AT = 1_000
# Until enough has been heard, every word is taken to be as rare as in a collection of this size.
_PRIOR_DOCUMENTS = 200
# As if so many openers had been heard that have nothing in common.
_PRIOR_APART = 20
_SIGN = np.uint32(0x8000_0000)


class Text:
    """What a vector is made of, read once: a title (or all of a short post), a body, and canonical links."""

    __slots__ = ("_body", "_links", "_title", "words")

    def __init__(self, title: str, body: str = "", links: tuple[str, ...] = ()) -> None:
        self._title = _Part(title)
        self._body = _Part(body)
        self._links = links
        self.words = [*self._title.words, *self._body.words]

    @property
    def plain(self) -> str:
        """The text on one line, without URLs, mentions and hashtags."""
        return f"{self._title.plain} {self._body.plain}".strip()

    def weighted(self) -> dict[str, float]:
        """Return how much each term counts: a title's and links as much beside a long text as beside none."""
        told: dict[str, float] = dict(Counter(terms_of(self._title.words)))
        told |= {f"\0{link}": _LINK_WEIGHT for link in self._links}
        found = _at_length_one(told)
        rest: dict[str, float] = dict(Counter(terms_of(self._body.words[:_BODY_WORDS])))
        for name in names_of(f"{self._title.plain}. {self._body.plain[:_BODY_LOOKED_AT]}"):
            rest[name.lower()] = rest.get(name.lower(), 0.0) + _NAME_WEIGHT
        for term, size in _at_length_one(rest).items():
            found[term] = found.get(term, 0.0) + _REST_SHARE * size
        return found


def _at_length_one(times: Mapping[str, float]) -> dict[str, float]:
    """Return the square root of how often each term is said, all of them together of length one."""
    length = math.sqrt(sum(times.values()))
    return {term: math.sqrt(often) / length for term, often in times.items()}


class _Part:
    __slots__ = ("plain", "words")

    def __init__(self, text: str) -> None:
        self.plain = without_references(text)
        self.words = split(self.plain)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The sparse half of a text: its terms as hashes, each once, and how much each counts (unit length)."""

    hashes: NDArray[np.uint32]
    sizes: NDArray[np.float32]

    def buckets(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return the buckets the terms fall into, and their signed sizes.

        The sign keeps collisions from adding up (Weinberger et al. 2009, "Feature hashing").
        """
        signed = np.where(self.hashes & _SIGN, -self.sizes, self.sizes)
        return (self.hashes % BUCKETS).astype(np.intp), signed

    def row(self) -> NDArray[np.float32]:
        """Return the signed bucket counts as a dense row."""
        buckets, sizes = self.buckets()
        row = np.zeros(BUCKETS, dtype=np.float32)
        np.add.at(row, buckets, sizes)
        return row


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Both halves of a text, the dense one of `DIMENSIONS`."""

    dense: NDArray[np.float32]
    counts: Counts


def count(text: Text) -> Counts:
    """Return the sparse half of a text."""
    weighted = text.weighted()
    hashes = np.fromiter(map(term_hash, weighted), dtype=np.uint32, count=len(weighted))
    sizes = np.fromiter(weighted.values(), dtype=np.float32, count=len(weighted))
    length = np.linalg.norm(sizes)
    return Counts(hashes, sizes / length if length else sizes)


def term_hash(term: str) -> int:
    """Return the number a term is known by."""
    return zlib.crc32(term.encode())


class Weights:
    """In how many of `documents` texts each term occurs, and inverse document frequencies by hash bucket.

    A word is as rare as in the `older` texts, with those of late as a prior: the name of what is spoken of
    now is on everyone's lips, and still tells it from everything else. `centre` is what has been taken out of
    dense halves.
    """

    def __init__(self, texts: Sequence[Counts] = (), older: Sequence[Counts] = ()) -> None:
        self.documents = len(texts)
        said = np.concatenate([np.zeros(0, dtype=np.uint32), *(text.hashes for text in texts)])
        self._terms, self._times = np.unique(said, return_counts=True)
        share = (_documents(texts) + 1.0) / (self.documents + _PRIOR_DOCUMENTS)
        before = (_documents(older) + _PRIOR_DOCUMENTS * share) / (len(older) + _PRIOR_DOCUMENTS)
        self.idf = np.maximum(-np.log(before), 0.0).astype(np.float32)
        self.centre = np.zeros(DIMENSIONS, dtype=np.float32)

    def seen(self, term: str) -> int:
        """Return in how many texts a lower-case term occurs."""
        place = int(np.searchsorted(self._terms, np.uint32(term_hash(term))))
        found = place < len(self._terms) and self._terms[place] == term_hash(term)
        return int(self._times[place]) if found else 0

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a lower-case term itself, not of its bucket."""
        return math.log((self.documents + _PRIOR_DOCUMENTS) / (self.seen(term) + 1))

    def take_out(self, dense: NDArray[np.float32]) -> None:
        """Take out of meanings what rows of dense vectors have in common; hardly anything of a few rows."""
        self.centre = unit(dense).sum(axis=0) / np.float32(len(dense) + _PRIOR_APART)

    def meaning(self, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit vectors of how rows of dense vectors differ from what all talk here has in common."""
        lengths = np.linalg.norm(dense, axis=-1, keepdims=True)
        return unit(np.where(lengths > 0, unit(dense) - self.centre, np.float32(0.0)))

    def stack(self, dense: NDArray[np.float32], counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit stacked vectors for rows of dense vectors and of bucket counts (shape (n, WIDTH))."""
        sparse = unit(counts * self.idf)
        return np.hstack([np.float32(DENSE_PULL) * self.meaning(dense), np.float32(SPARSE_PULL) * sparse])


def _documents(texts: Sequence[Counts]) -> NDArray[np.intp]:
    """Return in how many of the texts each bucket is filled; two terms of one that share it are one."""
    said = np.concatenate([np.zeros(0, dtype=np.uint32), *(text.hashes for text in texts)])
    numbers = np.repeat(np.arange(len(texts), dtype=np.int64), [len(text.hashes) for text in texts])
    pairs = np.unique(numbers * BUCKETS + said % BUCKETS)
    return np.bincount(pairs % BUCKETS, minlength=BUCKETS)


def rows(texts: Sequence[Counts]) -> NDArray[np.float32]:
    """Return the signed bucket counts of each text, shape (len(texts), BUCKETS)."""
    return np.array([text.row() for text in texts], dtype=np.float32).reshape(-1, BUCKETS)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the vectors at length one; those without a length stay as they are."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def pack(vector: Vector) -> bytes:
    """Return a vector for keeping: the dense half, the hashes and the sizes, floats as half floats."""
    counts = vector.counts
    return b"".join(
        (vector.dense.astype("<f2").tobytes(), counts.hashes.astype("<u4").tobytes(),
         counts.sizes.astype("<f2").tobytes())
    )  # fmt: skip


def renewed(packed: bytes, dense: NDArray[np.float32], before: int) -> bytes:
    """Return a packed vector with another dense half; the one it has holds `before` numbers."""
    return dense.astype("<f2").tobytes() + packed[2 * before :]


# The audit looks at the same vectors each hour.
@lru_cache(maxsize=4096)
def unpack(packed: bytes) -> Vector:
    """Return what `pack` kept."""
    size = (len(packed) - 2 * DIMENSIONS) // 6
    dense = np.frombuffer(packed, dtype="<f2", count=DIMENSIONS).astype(np.float32)
    hashes = np.frombuffer(packed, dtype="<u4", count=size, offset=2 * DIMENSIONS)
    sizes = np.frombuffer(packed, dtype="<f2", count=size, offset=2 * DIMENSIONS + 4 * size)
    return Vector(dense, Counts(hashes, sizes.astype(np.float32)))
