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
        return wordllama.WordLlama.load(cache_dir=home, disable_download=True)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return an array of shape (len(texts), DIMENSIONS) of unit vectors (zero for an empty text)."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        vectors = self._model.embed([text[:_LOOKED_AT] or " " for text in texts], norm=True)
        return np.nan_to_num(np.asarray(vectors, dtype=np.float32))
