"""Text to vectors, by a static embedding model that ships inside its package (nothing is downloaded)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSIONS = 256
# Kept with each vector; whoever changes the model changes its name, and all is embedded anew.
MODEL = f"wordllama-0.4.0-{DIMENSIONS}"
# A static embedding is a mean over tokens: past the opening, more text only blurs it, and costs time.
_LOOKED_AT = 700


def dimensions_of(model: str) -> int:
    """Return how many numbers the vectors of a model hold: the last part of its name."""
    return int(model.rpartition("-")[2])


class Embedder:
    """Turns texts into unit vectors of `DIMENSIONS`; the model is loaded at the first use (about 1 s)."""

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - the package ships no types
        import wordllama  # noqa: PLC0415 - half a second that only the detector needs to pay

        # Without cache_dir it asks a hub for the tokenizer, which lies beside the weights anyway.
        home = Path(wordllama.__file__).parent
        model = wordllama.WordLlama.load(cache_dir=home, disable_download=True)
        model.tokenizer.no_padding()
        return model

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), DIMENSIONS) of unit vectors (zero for an empty text).

        A vector depends on its text alone, to the last bit.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        looked_at = [text[:_LOOKED_AT] or " " for text in texts]
        # The package's own way fills up all texts of a batch to the longest, and averages that as well.
        for vector, read in zip(vectors, self._tokenized(looked_at), strict=True):
            if read.ids:
                tokens = np.take(self._model.embedding, read.ids, axis=0, mode="clip")
                np.divide(tokens.sum(axis=0), np.float32(len(read.ids)), out=vector)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        np.divide(vectors, lengths, out=vectors, where=lengths > 0)
        return vectors

    def _tokenized(self, texts: Sequence[str]) -> Sequence[Any]:
        encoded: Sequence[Any] = self._model.tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return encoded
