"""What a sentence that says how much was said tells besides: of that, too, a record has to speak."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.clauses import is_deed, stem, told, uncommon_names
from bot.write.counting import NOUNS
from bot.write.evidence import without_places
from bot.write.language import words
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.record import Record

_LISTED = wordlist("of-the-talk", "before-a-noun", "people-do", "measures", "setting", "groups", "roles")
_MEASURES = frozenset(map(stem, NOUNS | _LISTED))
_OF_TALK = _MEASURES | frozenset(map(stem, wordlist("talk-does")))
_VERBS = frozenset(map(stem, wordlist("verbs")))
_PREPOSITIONS = wordlist("prepositions")
_HELPS = wordlist("helping-verbs")
# Of what a talk is, and what of it is no part of the count.
_COMES_UP = re.compile(
    r"\b(?:c[ao]mes? (?:up|to|back to)|turn(?:s|ed)? to|left out|keeps its distance)\b", re.IGNORECASE
)


def beside_the_count(text: str, records: Sequence[Record]) -> str:
    """Return the word of a measured `text` that neither counts talk nor is borne by `records`, "" if none is.

    What a name does in it, and whatever else is done, one sentence of a record tells of the same: "Quillon
    drew 19 posts" needs none, "Quillon deleted 19 posts" one on Quillon that deleted something.
    """
    text = _COMES_UP.sub(" ", without_places(text, records))
    said = [{stem(word) for word in words(sentence.text)} for sentence in told(records)]
    borne = frozenset[str]().union(*said)
    names = uncommon_names(text)
    named = {stem(word) for name in names for word in words(name)}
    facts = [word for word in words(text) if _tells(word) and stem(word) not in named]
    deeds = [*(word for word in facts if is_deed(word)), *_done_by(names, text)]
    about = named or {stem(word) for word in facts if not is_deed(word)}
    for word in deeds:
        if not any(stem(word) in one and (not about or about & one) for one in said):
            return word
    return next((word for word in facts if stem(word) not in borne), "")


def _tells(word: str) -> bool:
    return word.isalpha() and word not in STOPWORDS and stem(word) not in _OF_TALK


def _done_by(names: Iterable[str], text: str) -> Iterator[str]:
    """Yield what the `names` of `text` do in it, but for what counts talk: of "was down" the "down"."""
    for name in names:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            if _PREPOSITIONS & set(words(text[: match.start()])[-1:]):
                continue
            behind = words(text[match.end() :])
            plain = [word for word in behind if word not in _HELPS and not word.endswith("ly")][:1]
            is_verb = behind[:1] != tuple(plain) or any(stem(w) in _VERBS or is_deed(w) for w in plain)
            yield from (word for word in plain if is_verb and stem(word) not in _MEASURES and word.isalpha())
