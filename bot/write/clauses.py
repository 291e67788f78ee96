"""Sentences as the checks of meaning compare them: stems of content words, and what a negation reaches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.context import ironic
from bot.write.evidence import CAPITAL
from bot.write.language import LONGEST_IN_ED, sentence_spans, words
from bot.write.lexicon import common
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.domain.record import Record

_TEXTS = 4096
CAPITAL_RUN = re.compile(rf"(?<!\w){CAPITAL}[\w'\u2019+-]*(?:[ .](?:{CAPITAL}|\d)[\w+-]*)*")
_SHORTEST_STEM = 3
_ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""))
_PAST = dict(pair.split(":") for pair in wordlist("irregular"))
_IRREGULAR = _PAST | dict(pair.split(":") for pair in wordlist("irregular-others"))
_CLAUSE_END = re.compile(
    r"[.!?;:,()\u2013\u2014]+\s*|(?<!\s)\s+(?=(?:but|and|so|because|while|although|though|which|who|if|when|whereas|why|that|how)\s)",
    re.IGNORECASE,
)
# "I am not being sarcastic."
_MEANT = re.compile(r"(?:\b(?:not|no)|n['\u2019]t)\s(?:\w+\s){0,2}sarcas(?:m|tic)\b", re.IGNORECASE)
_NEGATION = re.compile(
    r"(?:.*n['\u2019]t|not|never|no|nobody|nothing|none|cannot|without|neither|nor|hardly)$"
)
_NOT_DENIED = re.compile(
    r"\b(?:not (?:only|just|merely|simply)|no (?:more|less|fewer) than|why (?:not|\w+n['\u2019]t))\b",
    re.IGNORECASE,
)
# Whoever "never said that it is so" says that it is not, and so does whoever "denies that" it is.
_NOT_SAID = re.compile(
    r"(?P<no>\b(?:not|never|nobody|no[ -]one)|n['\u2019]t)\s(?:has\s|have\s|ever\s|\w+ly\s)?"
    r"(?:sa(?:y|id|ying)|claim(?:s|ed|ing)?|think|believe[sd]?|mean|suggest(?:s|ed)?|true|the case)\b"
    r"(?:\sthat\b)?",
    re.IGNORECASE,
)
_DENIED_THAT = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|disput(?:e|es|ed|ing))\sthat\b|\bno longer\b", re.IGNORECASE
)
# "People say it is dead. It isn't."
_RECANTS = re.compile(
    r"(?:but\s)?(?:it|that|this|they|he|she)(?:['\u2019]s|\s(?:is|are|was|were|does|do|did|has|have|had|will|would|can))?"
    r"(?:\snot|n['\u2019]t)\s?(?:[.,;!\u2013\u2014]|$)",
    re.IGNORECASE,
)
# Without a "not" they deny as well.
_NAYS = frozenset(wordlist("nays"))
# Nobody learns from these what is said: who speaks, where, and that somebody does.
_TELLING = wordlist("telling") | wordlist("groups") | wordlist("roles") | wordlist("reporting")
_OPENERS = frozenset({"moreover", "meanwhile", "nevertheless", "furthermore"})
_REACH, _WITHIN = 4, 20


@lru_cache(maxsize=1 << 15)
def stem(word: str) -> str:
    """Return what the forms of `word` share: "closes", "closed" and "closing" are one."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    word = _IRREGULAR.get(word, word)
    for ending, instead in _ENDINGS:
        kept = len(word) - len(ending)
        if word.endswith(ending) and kept >= _SHORTEST_STEM and not (ending == "s" and word.endswith("ss")):
            word = word[:kept] + instead
            break
    word = word.removesuffix("e")
    twice = len(word) > _SHORTEST_STEM and word[-1] == word[-2]
    return word[:-1] if twice else word


def is_deed(word: str) -> bool:
    """Tell whether `word` says that something was done: "deleted", "sold"."""
    return word in _PAST or (word.endswith("ed") and len(word) > LONGEST_IN_ED)


@lru_cache(maxsize=_TEXTS)
def content(text: str) -> frozenset[str]:
    """Return the stems of what `text` says: no small words, nor those that only tell who speaks."""
    return frozenset(stem(word) for word in words(text) if _tells(word))


def _tells(word: str) -> bool:
    return len(word) >= _SHORTEST_STEM and word not in STOPWORDS and word not in _TELLING


def uncommon_names(text: str) -> set[str]:
    """Return the capitalised words of `text` that are no frequent English ones, those side by side as one."""
    runs = (re.sub(r"['\u2019]s?$", "", run) for run in CAPITAL_RUN.findall(text))
    return {run for run in runs if not any(map(_is_plain, words(run)))}


def _is_plain(word: str) -> bool:
    return common(word) or not _tells(word) or word.endswith("ly") or word in _OPENERS


# Words of one way, and of the other.
OPPOSITES = tuple(
    (frozenset(map(stem, one.split("/"))), frozenset(map(stem, other.split("/"))))
    for one, _, other in (pair.partition("|") for pair in wordlist("opposites"))
)


def same_way(word: str, stems: frozenset[str]) -> bool:
    """Tell whether any of `stems` goes the way of `word`: "dropped" goes that of "fell"."""
    return any(way & stems for pair in OPPOSITES for way in pair if stem(word) in way)


@dataclass(frozen=True, slots=True)
class Denied:
    """What a negation reaches: the first stem behind it, as a rule a verb, and some that follow."""

    verb: str
    others: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence: its content, what of it no negation reaches, and what is denied."""

    stems: frozenset[str]
    plain: frozenset[str]
    denied: tuple[Denied, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text; `recanted` if the next one says that it is not so."""

    text: str
    stems: frozenset[str]
    clauses: tuple[Clause, ...]
    asks: bool
    ironic: bool
    recanted: bool

    @property
    def denies(self) -> bool:
        """Whether any word of it denies anything."""
        return any(clause.denied for clause in self.clauses) or self.nays

    @property
    def nays(self) -> bool:
        """Whether it denies by another word than a "not": "refuses", "false"."""
        return bool(self.stems & _NAY_STEMS)


_NAY_STEMS = frozenset(map(stem, _NAYS))


@lru_cache(maxsize=_TEXTS)
def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of `text`; all are ironic if a mark in it says so."""
    jest = ironic(_MEANT.sub(" ", text))
    spans = [text[start:stop] for start, stop in sentence_spans(text)]
    return tuple(
        _sentence(one, jest=jest, recanted=bool(_RECANTS.match(then)))
        for one, then in zip(spans, [*spans[1:], ""], strict=False)
    )


def _sentence(text: str, *, jest: bool, recanted: bool) -> Sentence:
    parts = [part for part in _CLAUSE_END.split(_plainly_denied(text)) if part.strip()]
    # A mark may close the sentence behind a bracket or a quotation mark.
    asks = text.rstrip("\"'\u201d\u2019)] ").endswith("?")
    return Sentence(text, content(text), tuple(map(_clause, parts)), asks, jest, recanted)


def _plainly_denied(text: str) -> str:
    return _DENIED_THAT.sub("not", _NOT_SAID.sub(r"\g<no>", _NOT_DENIED.sub(" ", text)))


def _clause(text: str) -> Clause:
    tokens = words(text)
    plain: list[str] = []
    denied: list[Denied] = []
    left = 0
    for at, token in enumerate(tokens):
        if _NEGATION.match(token):
            reached = [stem(word) for word in tokens[at + 1 : at + _WITHIN] if _tells(word)][:_REACH]
            left = _REACH
            if not reached and plain and at == len(tokens) - 1:
                # "The orders come, the invoices don't."
                reached = [plain.pop()]
            if reached:
                denied.append(Denied(reached[0], frozenset(reached[1:])))
        elif _tells(token):
            if not left:
                plain.append(stem(token))
            left = max(0, left - 1)
    return Clause(content(text), frozenset(plain), tuple(denied))


def told(records: Iterable[Record]) -> list[Sentence]:
    """Return the sentences of all `records`."""
    return [
        sentence
        for record in records
        for text in (record.title or "", record.text)
        for sentence in sentences(text)
    ]
