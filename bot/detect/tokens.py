"""Words, phrases and names in a text: the sparse evidence that tells one matter from another.

Model names are split into their parts as well ("Qwen3-Coder-30B" also counts as qwen3, coder, 30b): on a
labelled sample of model talk that was the largest single gain in clustering.
"""

from __future__ import annotations

import re
from importlib.resources import files

from bot.domain.text import without_references

_TOKEN = re.compile("[^\\W_]+(?:[-'\N{RIGHT SINGLE QUOTATION MARK}.+][^\\W_]+)*")
_PART = re.compile(r"[^\W\d_]+\d*|\d+[^\W\d_]*")
_NAME = re.compile(r"\b(?:[A-Z][\w+.-]*\w(?:\s+(?:[A-Z][\w+.-]*\w|\d[\w.]*))*)")
_SENTENCE_START = re.compile(r"(?:[.!?:\n]\s*|[\"“(*>-]\s*)$")
_LONGEST = 30
_LOOKED_BACK = 4

STOPWORDS = frozenset(files(__package__).joinpath("stopwords.txt").read_text(encoding="utf-8").split())


def words(text: str) -> list[str]:
    """Return the lower-case words of `text` in order, without URLs, mentions and hashtags."""
    return [word for word in _TOKEN.findall(without_references(text).lower()) if len(word) <= _LONGEST]


def terms(text: str) -> list[str]:
    """Return what `text` is counted by: content words, parts of compound names, and adjacent pairs."""
    content = [
        word.removesuffix("'s").removesuffix("\N{RIGHT SINGLE QUOTATION MARK}s") for word in words(text)
    ]
    found: list[str] = []
    previous = ""
    for word in content:
        if word in STOPWORDS or len(word) < 2:  # noqa: PLR2004 - single letters carry nothing
            previous = ""
            continue
        found.append(word)
        if "-" in word or any(letter.isdigit() for letter in word):
            found.extend(part for part in _PART.findall(word) if part != word and len(part) > 1)
        if previous:
            found.append(f"{previous} {word}")
        previous = word
    return found


def names(text: str) -> list[str]:
    """Return the proper names in `text`: capitalised runs that do not merely open a sentence."""
    plain = without_references(text)
    return [
        match.group()
        for match in _NAME.finditer(plain)
        if not _opens_sentence(plain, match.start()) and match.group().lower() not in STOPWORDS
    ]


def _opens_sentence(text: str, start: int) -> bool:
    return start == 0 or _SENTENCE_START.search(text[max(0, start - _LOOKED_BACK) : start]) is not None
