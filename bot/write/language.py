"""English at the level the writer needs: sentences, words, and which words name things."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”\u2019)\]]*(?=\s+\S)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|etc|mr|mrs|ms|dr|prof|st|approx|inc|ltd|co|corp|no|fig|vol|sec|art|cf|ca|jan|feb|mar|apr"
    r"|aug|sept?|oct|nov|dec)|\b[a-z])\.$",
    re.IGNORECASE,
)
# With the character before it, which may make it the end of a longer word.
_LONGEST_ABBREVIATION = len(".approx.")
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.+][^\W_]+)*")
# "Seed", "speed" and "need" are nouns; longer words in -ed hardly ever are.
LONGEST_IN_ED = 5
_DETERMINERS = wordlist("determiners")
_PREPOSITIONS = wordlist("prepositions")
_NEVER_NOUNS = wordlist("never-nouns")


_CODE_BLOCK = re.compile(r"^\s*(`{3}|~{3}).*?(?:^\s*\1|\Z)", re.MULTILINE | re.DOTALL)
_CODE_LINE = re.compile(r"""^(?: {4}|\t|\s*[$}{\]]|.*(?:[{};]\s*$|["']:\s|==|\w\(\)|=>)).*$""", re.MULTILINE)


@lru_cache(maxsize=4096)
def prose(text: str) -> str:
    """Return `text` without its lines of code and data."""
    return _CODE_LINE.sub("", _CODE_BLOCK.sub("", text))


# A writer comes back to the same few dozen texts for every sentence.
@lru_cache(maxsize=4096)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the sentences of `text` start and end; none runs over a line end."""
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        for end in _SENTENCE_END.finditer(line.group()):
            stop = line.start() + end.end()
            if not _ends_sentence(text, start, stop):
                continue
            spans.append(_trim(text, start, stop))
            start = stop
        spans.append(_trim(text, start, line.end()))
    return tuple((start, stop) for start, stop in spans if stop > start)


def _ends_sentence(text: str, start: int, stop: int) -> bool:
    if _ABBREVIATION.search(text[max(start, stop - _LONGEST_ABBREVIATION) : stop]):
        return False
    after = text[stop:].lstrip()[:1]
    trailing_off = text[start:stop].endswith(("...", "…"))
    return not (after.islower() and trailing_off)


def _trim(text: str, start: int, stop: int) -> tuple[int, int]:
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    return start, stop


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` in order, in lower case, possessive endings taken off."""
    return spoken(text)


def spoken(text: str) -> tuple[str, ...]:
    """Return the `words` of a text that nobody will ask for again."""
    return tuple(word.lower().removesuffix("'s").removesuffix("\u2019s") for word in _WORD.findall(text))


def surface_words(text: str) -> list[str]:
    """Return the words of `text` in order as they are written."""
    return _WORD.findall(text)


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Return the distinct words of `text` that carry meaning of their own."""
    return frozenset(word for word in words(text) if len(word) > 2 and word not in STOPWORDS)  # noqa: PLR2004 - "AI" and alike say little


def places_of(text: str, term: str) -> Iterator[int]:
    """Yield where `term` stands in `text`, no word around it cut."""
    at = text.find(term) if term else -1
    while at >= 0:
        if not (_in_word(text[max(0, at - 1) : at]) or _in_word(text[at + len(term) : at + len(term) + 1])):
            yield at
        at = text.find(term, at + 1)


def holds(text: str, term: str, *, fold: bool = False) -> bool:
    """Tell whether `term` stands in `text`, no word around it cut; with `fold`, in upper or lower case.

    Each name is looked for in each record: a search is many times faster than a pattern made for one name.
    """
    spots = places_of(text.lower(), term.lower()) if fold else places_of(text, term)
    return next(spots, None) is not None


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def nouns(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that `texts` use as the names of things, in lower case.

    There is no tagger: a word counts as a noun when it closes a noun phrase often enough ("the licence.",
    "of adapters and").
    """
    seen: Counter[str] = Counter()
    closing: Counter[str] = Counter()
    for text in texts:
        for chunk in re.split(r"[.,;:!?()\[\]\n\"“”]+", text.lower()):
            tokens = spoken(chunk)
            seen.update(tokens)
            closing.update(_closers(tokens))
    return frozenset(
        word
        for word, count in closing.items()
        if count >= 2 and count / seen[word] >= 0.2 and _may_be_noun(word)  # noqa: PLR2004 - once is chance
    )


def _closers(tokens: Sequence[str]) -> Iterable[str]:
    for index, word in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        further = tokens[index - 2] if index > 1 else ""
        after = tokens[index + 1] if index + 1 < len(tokens) else ""
        closes = not after or after in STOPWORDS
        plural = word.endswith("s") and not word.endswith("ss")
        led = before in _DETERMINERS or further in _DETERMINERS or (plural and before in _PREPOSITIONS)
        if closes and led:
            yield word


def _may_be_noun(word: str) -> bool:
    return (
        len(word) > 2  # noqa: PLR2004 - shorter ones are particles
        and word not in STOPWORDS
        and word not in _NEVER_NOUNS
        and word.replace("-", "").isalpha()
        and not word.endswith(("ly", "n't"))
        and not (word.endswith("ed") and len(word) > LONGEST_IN_ED)
    )
