"""What a sentence that cites nothing may say: it connects the others, and states no fact of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.clauses import is_deed, stem, told
from bot.write.evidence import CAPITAL, copied_run, without_places
from bot.write.language import holds, words
from bot.write.lexicon import common, only_capital
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.record import Record

_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.+][^\W_]+)*")
_OPENS = re.compile(r"(?:^|[.!?:\u2026]\s*)$")
_SMALL = STOPWORDS | wordlist("plain-capitals")
# Of the talk itself, and what joins one sentence to another.
_OF_THE_TALK = frozenset(
    map(stem, wordlist("of-the-talk", "counted-talk", "counted-places", "groups", "roles"))
)
_JOINS = frozenset(map(stem, wordlist("joins")))
_LEADS = wordlist("determiners", "prepositions") | {"from", "between", "by", "to", "as"}
_PAIR = re.compile(rf"\btwo(?= (?:\w+ )?(?:{'|'.join(sorted(wordlist('falls-into')))})\b)", re.IGNORECASE)


def asserts(text: str, beside: Sequence[Record]) -> str:
    """Return how `text`, which cites nothing, does more than connect; "" if it only connects.

    It may speak of the talk, in words that join or stand side by side in one sentence of the records `beside`
    it. It names nobody but places of these. Its figures are looked at elsewhere.
    """
    plain = without_places(text, beside)
    if text[:1].islower() and plain.startswith(text[:1]):
        return "a piece of a sentence"
    if any(_is_name(plain, match, beside) for match in _WORD.finditer(plain)):
        return "a name"
    spoken = words(plain)
    facts = {word for word in spoken if word not in _SMALL and stem(word) not in _OF_THE_TALK | _JOINS}
    if any(is_deed(word) and not _describes(word, spoken) for word in facts):
        return "something that happened"
    joined = not facts and any(stem(word) in _JOINS for word in spoken)
    if not joined and not any(stem(word) in _OF_THE_TALK for word in spoken):
        return "something besides the talk"
    if facts and copied_run(text, beside, len(words(text))):
        return "what a record says"
    needed = {stem(word) for word in facts}
    borne = not needed or any(needed <= sentence.stems for sentence in told(beside))
    return "" if borne else "what no record beside it speaks of"


def without_pairs(text: str) -> str:
    """Return `text` without the "two" of two camps, sides or questions: what a talk falls into."""
    return _PAIR.sub(" ", text)


def _describes(deed: str, spoken: Sequence[str]) -> bool:
    """Tell whether a word in -ed says what sort of thing follows it: "over quantized models"."""
    at = spoken.index(deed)
    before, behind = spoken[at - 1] if at else "", spoken[at + 1] if at + 1 < len(spoken) else ""
    led = not before or before in _LEADS
    return deed.endswith("ed") and led and bool(behind) and behind not in _LEADS


def _is_name(text: str, match: re.Match[str], beside: Sequence[Record]) -> bool:
    """Tell whether a word of `text` is a name.

    At the head of a sentence that takes a word written with a capital only, in English or by the records
    `beside` it.
    """
    word = match.group()
    if word.lower() in _SMALL or not re.search(CAPITAL, word):
        return False
    if not _OPENS.search(text[: match.start()]) or not word[1:].islower():
        return True
    if common(word) or stem(word) in _JOINS | _OF_THE_TALK:
        return False
    return only_capital(word) or any(holds(record.words, word) for record in beside)
