"""The saturation guard: which openings, phrases and words the recent stories have worn out.

Only the narrator's own words are counted: quotations are left out, and names and figures are masked, so that
"On Bluesky the words that return" and "On Hacker News the words that return" are one phrase.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.domain.brief import Worn
from bot.domain.text import without_quotations
from bot.write.language import sentence_spans
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# So many stories wear a phrase out; of the latest so many a writer without a model knows each frame.
STORIES, LATEST = 50, 12
_FEWEST_STORIES = 5
_OPENING = 3
_SHORTEST, _LONGEST = 4, 10
_MOST = 20
# In what share of the stories, and in how many at least, a thing is worn.
_WORN_OPENING, _WORN_PHRASE, _WORN_WORD = (0.1, 3), (0.15, 4), (0.4, 5)
_SHORTEST_WORD = 5
_REPORTING = wordlist("reporting")
_MASK = "\N{HORIZONTAL ELLIPSIS}"
_FIELD = re.compile(r"(\{\w+\})")
_QUOTES = frozenset({"{q}", "{Q}", "{r}", "{R}"})
_NEVER_OURS = re.compile(r"[\d{“/.]")
_TOKEN = re.compile(r"\{\w+\}|“[^”]*”|[\w'\u2019/.+-]*\w")


def worn(stories: Sequence[Sequence[str]]) -> Worn:
    """Return what is worn in `stories`, each given as the texts of its headline, deck and paragraphs."""
    if len(stories) < _FEWEST_STORIES:
        return Worn()
    masked = [[_sentences(paragraph) for paragraph in story] for story in stories]
    openings = Counter(
        opening
        for story in masked
        for opening in {" ".join(sentences[0][:_OPENING]) for sentences in story if sentences}
    )
    phrases = Counter(phrase for story in masked for phrase in _phrases(story))
    words = Counter(word for story in masked for word in _words(story))
    size = len(stories)
    return Worn(
        openings=_worn(openings, size, _WORN_OPENING)[:_MOST],
        phrases=_outermost(_worn(phrases, size, _WORN_PHRASE))[:_MOST],
        words=_worn(words, size, _WORN_WORD)[:_MOST],
    )


def is_worn(template: str, found: Worn) -> bool:
    """Tell whether a sentence, or a template with its fields in braces, holds what is worn."""
    tokens = mask(template)
    text = f" {' '.join(tokens)} "
    opens = any(text.startswith(f" {opening} ") for opening in found.openings)
    return opens or any(f" {phrase} " in text for phrase in found.phrases)


def lately_used(template: str, latest: Sequence[str]) -> float:
    """Return how lately `latest`, newest first, used a template with its fields in braces; 0 if they did not.

    Their quotations are emptied. A story counts half as much as the one after it.
    """
    frame = _frame(template)
    return sum(0.5**age for age, told in enumerate(latest) if frame.search(told))


@lru_cache(maxsize=1024)
def _frame(template: str) -> re.Pattern[str]:
    """Return what finds `template` in a text whose quotations are emptied."""
    parts = (
        "“”" if part in _QUOTES else "[^“”]{0,80}?" if _FIELD.fullmatch(part) else re.escape(part)
        for part in _FIELD.split(template)
    )
    return re.compile("".join(parts))


def mask(sentence: str) -> list[str]:
    """Return the words of `sentence` in lower case; names, figures, quotations and fields are an ellipsis."""
    tokens: list[str] = []
    for number, token in enumerate(_TOKEN.findall(sentence)):
        # The first word of a sentence has a capital anyway.
        own = token[1:] if number == 0 else token
        named = any(letter.isupper() for letter in own) or bool(_NEVER_OURS.search(token))
        word = _MASK if named else token.lower()
        if not (word == _MASK and tokens and tokens[-1] == _MASK):
            tokens.append(word)
    return tokens


def _sentences(paragraph: str) -> list[list[str]]:
    # A quotation may hold several sentences; what matters is what stands around it.
    text = without_quotations(paragraph)
    return [tokens for start, stop in sentence_spans(text) if (tokens := mask(text[start:stop]))]


def _phrases(story: Iterable[Iterable[Sequence[str]]]) -> set[str]:
    found: set[str] = set()
    for tokens in (sentence for paragraph in story for sentence in paragraph):
        for size in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(tokens) - size + 1):
                run = tokens[start : start + size]
                own = [word for word in run if word != _MASK]
                if len(own) >= _SHORTEST - 1 and any(word not in STOPWORDS for word in own):
                    found.add(" ".join(run))
    return found


def _words(story: Iterable[Iterable[Iterable[str]]]) -> set[str]:
    said = {word for paragraph in story for sentence in paragraph for word in sentence}
    return {w for w in said if len(w) >= _SHORTEST_WORD and w not in STOPWORDS and w not in _REPORTING}


def _worn(counted: Mapping[str, int], stories: int, worn_at: tuple[float, int]) -> tuple[str, ...]:
    share, fewest = worn_at
    often = [item for item, n in counted.items() if n >= max(fewest, share * stories) and item != _MASK]
    return tuple(sorted(often, key=lambda item: (-counted[item], -len(item), item)))


def _outermost(phrases: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        phrase
        for phrase in phrases
        if not any(f" {phrase} " in f" {other} " for other in phrases if other != phrase)
    )
