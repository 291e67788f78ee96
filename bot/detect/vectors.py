"""One vector per text: dense meaning beside hashed, weighted words, so that a dot product weighs both.

`[sqrt(w) * dense ; sqrt(1 - w) * tfidf]`: the dense half says what a text is about, the sparse half says
which names and words it uses. Document frequencies are counted anew each day over the week before, so the
weights stand still within a day and can be computed again from the store after a restart.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.embedding import DIMENSIONS
from bot.detect.tokens import names, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

BUCKETS = 4096
WIDTH = DIMENSIONS + BUCKETS
_DENSE_SHARE = 0.4
_TITLE_WEIGHT = 2.0
_LINK_WEIGHT = 2.0
_NAME_WEIGHT = 1.5
_BODY_LOOKED_AT = 1_000
# Until enough has been heard, every word is taken to be as rare as in a collection of this size.
_PRIOR_DOCUMENTS = 200


@dataclass(frozen=True, slots=True)
class Text:
    """What a vector is made of: the title (or all of a short post), the body, and canonical links."""

    title: str
    body: str = ""
    links: tuple[str, ...] = ()


class Weights:
    """Inverse document frequencies by hash bucket."""

    def __init__(self, documents: Iterable[Text] = ()) -> None:
        counts = np.zeros(BUCKETS, dtype=np.float32)
        total = 0
        for text in documents:
            counts[np.unique(_buckets(_weighted(text))[0])] += 1
            total += 1
        self.idf = np.log((total + _PRIOR_DOCUMENTS) / (counts + 1.0)).astype(np.float32)

    def stack(self, dense: NDArray[np.float32], counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return unit stacked vectors for rows of dense vectors and of bucket counts (shape (n, WIDTH))."""
        sparse = _unit(counts * self.idf)
        return np.hstack([np.sqrt(_DENSE_SHARE) * _unit(dense), np.sqrt(1 - _DENSE_SHARE) * sparse])


def count(texts: Sequence[Text]) -> NDArray[np.float32]:
    """Return the signed bucket counts of each text, shape (len(texts), BUCKETS), each row of unit length."""
    rows = np.zeros((len(texts), BUCKETS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        buckets, values = _buckets(_weighted(text))
        np.add.at(row, buckets, values)
    return _unit(rows)


def _weighted(text: Text) -> dict[str, float]:
    found: dict[str, float] = {}
    for term in terms(text.title):
        found[term] = found.get(term, 0.0) + _TITLE_WEIGHT
    for term in terms(text.body[:_BODY_LOOKED_AT]):
        found[term] = found.get(term, 0.0) + 1.0
    for name in names(f"{text.title}. {text.body[:_BODY_LOOKED_AT]}"):
        found[name.lower()] = found.get(name.lower(), 0.0) + _NAME_WEIGHT
    for link in text.links:
        found[f"\0{link}"] = _LINK_WEIGHT
    return found


def _buckets(weighted: dict[str, float]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    # The sign bit keeps collisions from adding up (Weinberger et al. 2009, "Feature hashing").
    hashes = np.fromiter(
        (zlib.crc32(term.encode()) for term in weighted), dtype=np.int64, count=len(weighted)
    )
    sizes = np.sqrt(np.fromiter(weighted.values(), dtype=np.float32, count=len(weighted)))
    return hashes % BUCKETS, np.where(hashes & 0x8000_0000, -sizes, sizes).astype(np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit
