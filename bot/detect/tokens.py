"""Words, phrases and names in a text: the sparse evidence that tells one matter from another.

Model names are split into their parts as well ("Qwen3-Coder-30B" also counts as qwen3, coder, 30b): on a
labelled sample of model talk that was the largest single gain in clustering.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.domain.text import without_references

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOKEN = re.compile(r"[^\W_]+(?:(?:[-'\u2019.+]|(?<=\d),(?=\d{3}(?!\d)))[^\W_]+)*")
_PART = re.compile(r"[^\W\d_]+\d*|\d+[^\W\d_]*")
_NAME = re.compile(r"\b(?:[A-Z][\w+.-]*\w(?:\s+(?:[A-Z][\w+.-]*\w|\d[\w.]*))*)")
_SENTENCE_START = re.compile(r"(?:[.!?:\n]\s*|[\"“(*>-]\s*)$")
_LONGEST = 30
_LOOKED_BACK = 4

STOPWORDS = frozenset(files(__package__).joinpath("stopwords.txt").read_text(encoding="utf-8").split())


def words(text: str) -> list[str]:
    """Return the lower-case words of `text` in order, without URLs, mentions and hashtags."""
    return split(without_references(text))


def split(plain: str) -> list[str]:
    """Return the lower-case words of a text that holds no references any more."""
    return [word for word in _TOKEN.findall(plain.lower()) if len(word) <= _LONGEST]


def terms(text: str) -> list[str]:
    """Return what `text` is counted by: content words, parts of compound names, and adjacent pairs."""
    return terms_of(words(text))


def terms_of(said: Iterable[str]) -> list[str]:
    """Return the terms of a text that was split into words."""
    found: list[str] = []
    previous = ""
    for spelled in said:
        word, parts = _content(spelled)
        if word:
            found.append(word)
            found.extend(parts)
            if previous:
                found.append(f"{previous} {word}")
        previous = word
    return found


# The same words come again and again, in a thread as in a language.
@lru_cache(maxsize=1 << 16)
def _content(spelled: str) -> tuple[str, tuple[str, ...]]:
    """Return a word without its genitive and commas ("" if it tells nothing), and a compound name's parts."""
    word = spelled.removesuffix("'s").removesuffix("\N{RIGHT SINGLE QUOTATION MARK}s").replace(",", "")
    if word in STOPWORDS or len(word) < 2:  # noqa: PLR2004 - single letters carry nothing
        return "", ()
    if "-" not in word and not any(letter.isdigit() for letter in word):
        return word, ()
    return word, tuple(part for part in _PART.findall(word) if part != word and len(part) > 1)


def names(text: str) -> list[str]:
    """Return the proper names in `text`: capitalised runs that do not merely open a sentence."""
    return names_of(without_references(text))


def names_of(plain: str) -> list[str]:
    """Return the proper names in a text that holds no references any more."""
    return [
        match.group()
        for match in _NAME.finditer(plain)
        if not _opens_sentence(plain, match.start()) and match.group().lower() not in STOPWORDS
    ]


def _opens_sentence(text: str, start: int) -> bool:
    return start == 0 or _SENTENCE_START.search(text[max(0, start - _LOOKED_BACK) : start]) is not None
