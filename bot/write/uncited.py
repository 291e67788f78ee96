"""What a sentence that cites nothing may say: it connects the others, and states no fact of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.clauses import stem, told
from bot.write.evidence import CAPITAL, places_told
from bot.write.language import words
from bot.write.lexicon import common
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.record import Record

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.+][^\W_]+)*")
_OPENS = re.compile(r"(?:^|[.!?:\u2026]\s*)$")
_SMALL = STOPWORDS | wordlist("plain-capitals")
# Of the talk itself, and what joins one sentence to another.
_OF_THE_TALK = frozenset(map(stem, wordlist("of-the-talk") | wordlist("groups") | wordlist("roles")))
_JOINS = frozenset(map(stem, wordlist("joins")))
_PAST = frozenset(pair.split(":")[0] for pair in wordlist("irregular"))


def asserts(text: str, beside: Sequence[Record]) -> str:
    """Return how `text`, which cites nothing, does more than connect; "" if it only connects.

    It may speak of the talk, in words that join or stand in the records `beside` it. It names nobody but
    places of these. Its figures are looked at elsewhere.
    """
    plain = _without_places(text, beside)
    if any(_is_name(plain, match) for match in _WORD.finditer(plain)):
        return "a name"
    spoken = words(plain)
    facts = {word for word in spoken if word not in _SMALL and stem(word) not in _OF_THE_TALK | _JOINS}
    if any(word.endswith("ed") or word in _PAST for word in facts):
        return "something that happened"
    if facts and not any(stem(word) in _OF_THE_TALK for word in spoken):
        return "something besides the talk"
    borne = frozenset[str]().union(*(sentence.stems for sentence in told(beside)))
    return "" if {stem(word) for word in facts} <= borne else "what no record beside it speaks of"


def _without_places(text: str, beside: Sequence[Record]) -> str:
    for way in {way.removeprefix("the ") for place in places_told(text, beside) for way in place}:
        text = re.sub(rf"(?<!\w){re.escape(way)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Tell whether a word of `text` is a name; at the head of a sentence frequent words are none."""
    word = match.group()
    if word.lower() in _SMALL or not re.search(CAPITAL, word):
        return False
    opens = _OPENS.search(text[: match.start()]) and word[1:].islower()
    return not (opens and (common(word) or stem(word) in _JOINS | _OF_THE_TALK))
