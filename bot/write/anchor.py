"""What a quote points at, held against what its reader has met: "the output clause", "those cards", "we"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

# The same few thousand spans are held against each thing that a story says.
_TEXTS = 8192
_TOKEN = re.compile(r"[^\W_]+(?:[-'\u2019.+/][^\W_]+)*|[^\w\s]")
_POINTERS = frozenset({"the", "this", "that", "these", "those"})
_LONGEST_NAME, _SETS_OUT = 4, 1
_UNMET, _OF_ONES_OWN, _MOST_LOOSE = 0.3, 0.1, 0.7
# Behind a noun they say which one is meant: "the clause that", "the price of".
_SAYS_WHICH = wordlist("says-which")
# Behind a verb that asks, "this" is no one's: "does this match".
_ASKS_OF = frozenset({"does", "do", "did", "can", "could", "will", "would", "is", "was", "has"})
# Before "that" they make it point: "for that card".
_BEFORE_THAT = wordlist("prepositions") | {"from", "by", "at", "into", "like", "to"}
# Between "the" and its noun they say nothing of which one is meant.
_QUALIFIES = wordlist("qualifies")
_VERBS = wordlist("verbs")
_MANY = frozenset({"we", "our", "we're", "we've", "we'd"})
_ONE = frozenset({"i", "i'm", "i've", "i'd", "i'll", "my", "me", "mine"})
_SEVERAL = frozenset({"they", "them", "their", "theirs", "they're", "they've", "they'd", "they'll"})
_BODIES = wordlist("persons") | {
    "people",
    "team",
    "company",
    "lab",
    "everybody",
    "anyone",
    "anybody",
    "group",
}
_DETERMINERS = wordlist("determiners")
_SHORTEST_PLURAL = 3
# Parts of a document that the reader does not have.
_PART_OF_A_TEXT = re.compile(
    r"\b(?:table|figure|fig\.?|section|appendix|footnote|page|line|row|column|slide|chapter|step"
    r"|commit) (?:\d|[A-Z]\b)",
    re.IGNORECASE,
)
_TABLE = re.compile(r"\b(?:table|figure|fig\.?|appendix|page|row|column|slide) (?:\d|[A-Z]\b)", re.IGNORECASE)
_PART_FIRST = re.compile(r"(?:section|footnote|appendix|table|row|page|line|figure|column)\b", re.IGNORECASE)
_DOCUMENT = re.compile(
    r"\b(?:paper|study|report|terms|ruling|judgment|majority|dissent|licen[cs]e|agreement|opinion"
    r"|article|book|manual|docs)\b",
    re.IGNORECASE,
)
# What is done, felt or found was spoken of before.
_OF_TALK = ("tion", "sion", "ement", "ument", "ence", "ance", "ness", "ism", "ity")
# "The test" is a noun, however it ends; "the best" says which one.
_NOUNS_IN_EST = wordlist("nouns-in-est")
# What anybody may say of everybody.
_OF_ALL = wordlist("of-all")
_OF_A_BODY = frozenset({"have", "are"})


@lru_cache(maxsize=_TEXTS)
def _plain(token: str) -> str:
    return token.lower().replace("\u2019", "'")


@lru_cache(maxsize=_TEXTS)
def _stem(word: str) -> str:
    plain = _plain(word).removesuffix("'s")
    if plain.endswith("ies"):
        return plain[:-3] + "y"
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


_FAMILIAR, _KINDS, _TIMES = (
    frozenset(map(_stem, words_of))
    for words_of in (wordlist("familiar"), wordlist("kinds"), wordlist("times"))
)


@dataclass(frozen=True, slots=True)
class Reference:
    """Something spoken of as known.

    `pointer` is the word that points at it, `head` the stem of its name, `at` how many words stand before.
    """

    pointer: str
    head: str
    at: int

    def is_needed(self, *, titled: bool) -> bool:
        """Tell whether a text cannot do without it: points at it, sets out with it or takes it up again.

        Under a title, "the dataset" is a part of what that names.
        """
        return self.pointer != "the" or (
            not titled and (self.at <= _SETS_OUT or self.head.endswith(_OF_TALK))
        )


def stems(text: str) -> frozenset[str]:
    """Return the words of `text` as they are compared here: in lower case, without the ending of a plural."""
    return frozenset(_stem(token) for token in _tokens(text))


def unmet(text: str, told: Collection[str], *, titled: bool = False) -> list[Reference]:
    """Return what `text` speaks of as known and its reader has not met, in order.

    `told` are the `stems` of what was said before. Under a title that was told (`titled`), "this model" is
    met.
    """
    return [
        lost
        for lost in _taken_as_known(text)
        if lost.head not in told and not (titled and lost.pointer != "the" and lost.head in _KINDS)
    ]


@lru_cache(maxsize=_TEXTS)
def _taken_as_known(text: str) -> tuple[Reference, ...]:
    """Return what `text` speaks of as known and neither names nor introduces itself."""
    tokens = _tokens(text)
    said = [_stem(token) for token in tokens]
    found: list[Reference] = []
    for at, token in enumerate(tokens):
        if token.lower() not in _POINTERS or not _points(tokens, at):
            continue
        start, name = _name(tokens, at + 1)
        if not name:
            continue
        head, after = _stem(name[-1]), tokens[start + len(name) :]
        # "A template" says what "the template" is, before it or behind.
        met = head in said[:at] or head in map(_stem, _introduced(after))
        if not met and not _says_which(token.lower(), name, after):
            found.append(Reference(token.lower(), head, at))
    return tuple(found)


def _introduced(tokens: Sequence[str]) -> Iterator[str]:
    """Yield what "a" or "an" introduces in `tokens`."""
    for at, token in enumerate(tokens):
        if _plain(token) in {"a", "an"}:
            yield from tokens[at + 1 : at + 3]


@lru_cache(maxsize=_TEXTS)
def rests_on_a_part(text: str) -> bool:
    """Tell whether `text` speaks of a table or a page of something that it does not name."""
    parts = [
        part
        for part in _TABLE.finditer(text)
        if text[: part.start()].count("(") == text[: part.end()].count(")")
    ]
    return bool(_PART_FIRST.match(text)) or (bool(parts) and not _DOCUMENT.search(text))


def looseness(text: str, told: Collection[str], *, titled: bool) -> float:
    """Score (from 0) how much of what `text` speaks of as known its reader has not met."""
    # In somebody's own story the laptop they closed is theirs.
    own = [_plain(word) in _ONE for word in _tokens(text)]
    lost = sum(_OF_ONES_OWN if any(own[: lost.at]) else _UNMET for lost in unmet(text, told, titled=titled))
    return min(_MOST_LOOSE, lost + _UNMET * bool(_PART_OF_A_TEXT.search(text)))


@lru_cache(maxsize=_TEXTS)
def lacks_its_people(text: str) -> bool:
    """Tell whether `text` says "they" or "them" before it named anything that there is more than one of."""
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        if _plain(token) not in _SEVERAL:
            continue
        before = [_plain(word) for word in tokens[:at]]
        joined = any(pair[0] == "and" and pair[1] in _DETERMINERS for pair in pairwise(before))
        named = any(_names(tokens, where) for where in range(at))
        return not (named or joined or any(map(_is_several, before)))
    return False


def _names(tokens: Sequence[str], at: int) -> bool:
    """Tell whether a name stands at `at`; the first word of a sentence is one where a verb follows."""
    if not _is_name(tokens[at]) or (at and tokens[at - 1] not in {".", "!", "?"}):
        return _is_name(tokens[at])
    # "Caution" and "Sorting" are nobody.
    return _plain(tokens[at + 1]) in _VERBS and not tokens[at].endswith((*_OF_TALK, "ing"))


def _is_several(word: str) -> bool:
    plural = (
        len(word) > _SHORTEST_PLURAL and word.endswith("s") and not word.endswith(("ss", "'s", "us", "is"))
    )
    return (plural and word not in _VERBS) or word in _BODIES


@lru_cache(maxsize=_TEXTS)
def speaks_for_many(text: str) -> bool:
    """Tell whether `text` says "we" of people whom it does not name: neither "I" nor a name stands before."""
    tokens = _tokens(text)
    for at, token in enumerate(tokens):
        if _plain(token) not in _MANY:
            continue
        before = tokens[:at]
        if before and _plain(before[-1]) in _OF_ALL:
            return False
        named = any(_plain(word) in _ONE or _is_name(word) for word in before[1:]) or (
            before and _plain(before[0]) in _ONE
        )
        return not named and not _of_all(token, tokens[at + 1 :])
    return False


def _of_all(token: str, after: Sequence[str]) -> bool:
    following = [_plain(word) for word in after[:2]]
    # "We're a hospital" says who.
    named = _plain(token) in {"we're", "we"} and bool({"a", "an", "the", "in", "at"} & set(following))
    return named or (_plain(token) == "we" and bool(following) and following[0] in _OF_ALL - _OF_A_BODY)


def _points(tokens: Sequence[str], at: int) -> bool:
    """Tell whether the "that" at `at` belongs to a noun; the other words always do."""
    before = _plain(tokens[at - 1]) if at else ""
    return before in _BEFORE_THAT if tokens[at].lower() == "that" else before not in _ASKS_OF


def _name(tokens: Sequence[str], start: int) -> tuple[int, tuple[str, ...]]:
    """Return where from `start` a name begins, and its words: up to a verb, a small word or a mark."""
    run: list[str] = []
    while start < len(tokens) and _plain(tokens[start]) in _QUALIFIES:
        start += 1
    for token in tokens[start : start + _LONGEST_NAME]:
        plain = _plain(token)
        small = plain in STOPWORDS and _stem(plain) not in _FAMILIAR | _KINDS
        if not token[0].isalnum() or small or (run and (plain in _VERBS or plain.endswith("ly"))):
            break
        run.append(token)
    # "The data collected so far" is about data.
    while len(run) > 1 and _plain(run[-1]).endswith(("ed", "ing")):
        run.pop()
    return start, tuple(run)


def _says_which(pointer: str, name: Sequence[str], after: Sequence[str]) -> bool:
    """Tell whether everybody knows which one `name` is, or what stands `after` it says so."""
    head = _stem(name[-1])
    if any(_is_name(word) for word in name):
        return True
    if pointer != "the":
        return head in _TIMES
    which = bool(after) and _plain(after[0]) in _SAYS_WHICH
    return which or head in _FAMILIAR or any(map(_is_superlative, name))


def _is_superlative(word: str) -> bool:
    return word.lower().endswith("est") and word.lower() not in _NOUNS_IN_EST


@lru_cache(maxsize=_TEXTS)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text))


def _is_name(word: str) -> bool:
    return (word[:1].isupper() and word not in {"I", "AI"}) or any(letter.isdigit() for letter in word)
