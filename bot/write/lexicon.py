"""Which words English has besides its names."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

_FILE = "l2_supercat_tokenizer_config.json"
_WORD = "\N{LOWER ONE EIGHTH BLOCK}"


class _Model(msgspec.Struct):
    vocab: dict[str, int]


class _Tokenizer(msgspec.Struct):
    model: _Model


def common(word: str) -> bool:
    """Tell whether `word` is a frequent word that is written small more often than with a capital.

    The vocabulary of the embedding model's tokenizer is 32,000 pieces of text, the more frequent ones first.
    """
    pieces = _pieces()
    small, capital = (pieces.get(f"{_WORD}{form}") for form in (word.lower(), word.capitalize()))
    return small is not None and (capital is None or small < capital)


def only_capital(word: str) -> bool:
    """Tell whether `word` is frequent with a capital only: a name, or an opener such as "Moreover"."""
    pieces = _pieces()
    return f"{_WORD}{word.lower()}" not in pieces and f"{_WORD}{word.capitalize()}" in pieces


@lru_cache(maxsize=1)
def _pieces() -> dict[str, int]:
    # Without importing the package, which takes half a second.
    package = find_spec("wordllama")
    if package is None or package.origin is None:
        msg = "the package wordllama is not installed: run `make setup`"
        raise ModuleNotFoundError(msg)
    text = Path(package.origin).parent / "tokenizers" / _FILE
    return msgspec.json.decode(text.read_bytes(), type=_Tokenizer).model.vocab
