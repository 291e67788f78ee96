"""BERTopic's online mode on the same stream: incremental PCA, mini-batch k-means, decaying word counts.

It is set up as its documentation shows, on our static vectors. It keeps no records, so what stands for
"stored" is how many it has seen.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.measure import Cost, say
from bot.detect.embedding import Embedder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

NAME = "BERTopic, online"
# What it takes to bring it there grows with the size.
LARGEST = 100_000
_BATCH = 2_000
_COMPONENTS, _CLUSTERS, _DECAY = 5, 50, 0.01
_SEED = 7


def costs(past: Sequence[str], stream: Sequence[str], sizes: Sequence[int]) -> dict[int, Cost]:
    """Return what `stream` costs after so many texts of `past`, over and over; empty without BERTopic."""
    model = _model()
    if model is None:
        return {}
    embedder = Embedder()
    dense = _embedded(embedder, past)
    found: dict[int, Cost] = {}
    seen = 0
    for size in sorted(sizes):
        while seen < size:
            for batch in _batches(len(past)):
                model.partial_fit([past[n] for n in batch], dense[batch])
            seen += len(past)
        found[size] = _streamed(model, embedder, stream)
        seen += len(stream)
        say(f"  {NAME}, {size:,} seen: {found[size].each_ms:.3f} ms of CPU a record")
    return found


def _streamed(model: Any, embedder: Embedder, stream: Sequence[str]) -> Cost:  # noqa: ANN401 - it has no types
    begun, cpu = time.monotonic(), time.process_time()
    for batch in _batches(len(stream)):
        texts = [stream[n] for n in batch]
        model.partial_fit(texts, _embedded(embedder, texts))
    return Cost(len(stream), time.monotonic() - begun, time.process_time() - cpu)


def _embedded(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float64]:
    # Its k-means takes what its PCA makes of single precision for an error.
    return embedder.embed(texts).astype(np.float64)


def _batches(size: int) -> Iterator[list[int]]:
    # A short last batch would be too small for the PCA, so all are about as long.
    return (part.tolist() for part in np.array_split(np.arange(size), max(1, round(size / _BATCH))))


def _model() -> Any:  # noqa: ANN401 - it has no types
    try:
        from bertopic import BERTopic  # noqa: PLC0415 - only `make bench` installs it
        from bertopic.vectorizers import OnlineCountVectorizer  # noqa: PLC0415
        from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415
        from sklearn.decomposition import IncrementalPCA  # noqa: PLC0415
    except ImportError:
        say("  no BERTopic here: `make bench` installs it")
        return None
    return BERTopic(
        umap_model=IncrementalPCA(n_components=_COMPONENTS),
        hdbscan_model=MiniBatchKMeans(n_clusters=_CLUSTERS, random_state=_SEED),
        vectorizer_model=OnlineCountVectorizer(stop_words="english", decay=_DECAY),
    )
