"""The word lists of `words.toml` and of `claim_words.toml`."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files

_FILES = ("words.toml", "claim_words.toml")


@lru_cache(maxsize=1)
def _lists() -> dict[str, str]:
    read = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in _FILES)
    return {name: entries for text in read for name, entries in tomllib.loads(text).items()}


def wordlist(*names: str) -> frozenset[str]:
    """Return the words of the lists called `names`.

    Raises KeyError if there is no such list.
    """
    return frozenset(word for name in names for word in _lists()[name].split())


def word_pattern(*names: str) -> re.Pattern[str]:
    """Return a pattern that finds the words of lists, in upper or lower case.

    In a list a star stands for any ending, an underscore for a blank, an apostrophe for a curled one, too.
    Raises KeyError if there is no such list.
    """
    entries = sorted(wordlist(*names))
    ways = (
        re.escape(entry).replace(r"\*", r"\w*").replace("_", r"\s").replace("'", "['\u2019]")
        for entry in entries
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)", re.IGNORECASE)
