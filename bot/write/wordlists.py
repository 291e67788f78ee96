"""The word lists of `words.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _lists() -> dict[str, str]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def wordlist(name: str) -> frozenset[str]:
    """Return the list called `name`.

    Raises KeyError if there is none.
    """
    return frozenset(_lists()[name].split())
