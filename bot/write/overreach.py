"""Words that say more than a record does: first, only, always, all, experts, furious."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.detect.mood import read
from bot.write.clauses import content, stem, told, uncommon_names
from bot.write.language import surface_words, words
from bot.write.wordlists import word_pattern, wordlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.record import Record

# What a text must not say by itself, and what a record has to hold.
_RULES = tuple(
    (word_pattern(f"says-{what}"), word_pattern(f"bears-{what}"))
    for what in ("first", "record", "always", "broad")
)
_ALL = re.compile(
    r"(?<!\bnot )(?:\ball|\bevery|\bany|\bno)(?: the| its| their)? (?:\w+ )?"
    + word_pattern("of-a-kind").pattern,
    re.IGNORECASE,
)
_BEARS_ALL = word_pattern("bears-all")
# "All three models" and "all of the models" are those that were spoken of.
_SPOKEN_OF = re.compile(rf"\b(?:all|any|no) (?:of|{'|'.join(wordlist('number-openers'))})\b", re.IGNORECASE)
_EXCEPT = re.compile(r"\b(?:except|but|apart from|save for|other than|unless)\b", re.IGNORECASE)
_EXCEPTED = re.compile(
    r"\b(?:all|every|each|any)\b[^.!?;]{0,120}\b(?:except|but not|apart from|save for|other than)\b",
    re.IGNORECASE,
)
_BE = r"(?:is|are|was|were|be|been|being|as|became|becomes?|remains?|called)"
_NO_SUPERLATIVE = (
    "request|test|latest|interest|rest|forest|guest|quest|contest|protest|harvest|west|chest|nest|honest|modest"
    "|invest|digest|arrest|earnest|manifest"
)
_MOST = re.compile(
    rf"\b{_BE} (?:\w+ ){{0,2}}(?:the|its|their) (?:\w+ )?"
    r"(?P<most>(?!(?:{_NO_SUPERLATIVE})\b)[a-z]{2,}est|best|worst|(?:most|least) [a-z-]+)\b",
    re.IGNORECASE,
)
_ABOVE_ALL, _AUTHORITIES = word_pattern("above-all"), word_pattern("authorities")
_PLURAL_OPENS = re.compile(
    r"^(?:(?:Several|Some|Many|Other|Various)\s)?(?P<who>[A-Z]?[a-z]{3,}s)\s(?P<does>[a-z']+)"
)
_FEELS = {
    stem(word): int(side) for side, _, word in (entry.partition(":") for entry in wordlist("strong-feelings"))
}
_KINDS = (wordlist("groups") | wordlist("roles") | wordlist("of-a-kind") | wordlist("houses")) - {"others"}
_NONE = re.compile(
    r"\b(?:no|not|never|without|only|none|nothing|nobody|cannot|lacks?)\b|n['\u2019]t\b", re.IGNORECASE
)
_FEWEST_SPEAKERS = 2


def overreaches(text: str, cited: Sequence[Record]) -> str:
    """Return the words by which `text` says more than the `cited` records, "" if none is seen."""
    said = " ".join(record.words for record in cited)
    for rule, borne in _RULES:
        match = rule.search(text)
        if match and not borne.search(said):
            return match.group().lower()
    if scope := _scope(text, said, cited):
        return scope
    most = _MOST.search(text)
    if most and most["most"].lower() not in said.lower() and not _ABOVE_ALL.search(said):
        return most.group().lower()
    known = {stem(word) for word in words(said)}
    for match in _AUTHORITIES.finditer(text):
        if not any(stem(word) in known for word in words(match.group())[:1]):
            return match.group().lower()
    return _felt(text, cited, known) or _of_one(text, cited)


def _scope(text: str, said: str, cited: Sequence[Record]) -> str:
    """Return an "all" or "no" of `text` that what is `said` does not bear; "not any" is a "no"."""
    scope = _ALL.search(text)
    if scope is None or _SPOKEN_OF.match(scope.group()):
        return ""
    one = scope.group().lower()
    excepted = _EXCEPTED.search(said) and not _EXCEPT.search(text)
    denied = one.startswith("no ") or (one.startswith("any ") and _NONE.search(text[: scope.start()]))
    borne = _BEARS_ALL.search(said) or (denied and _denied(text, cited))
    return one if excepted or not borne else ""


def _denied(text: str, cited: Sequence[Record]) -> bool:
    """Tell whether a sentence that speaks of what `text` does, beside names, denies or excepts anything."""
    names = {stem(word) for name in uncommon_names(text) for word in words(name)}
    about = content(text) - names
    return any(about & one.stems and _NONE.search(one.text) for one in told(cited))


def _felt(text: str, cited: Sequence[Record], known: set[str]) -> str:
    """Return a strong feeling that `text` tells of and nobody cited shows or names."""
    for word in words(text):
        side = _FEELS.get(stem(word), 0)
        if side and stem(word) not in known and not any(_shows(record, side) for record in cited):
            return word
    return ""


def _shows(record: Record, side: int) -> bool:
    return "!" in record.words or read(record.words).stance == side


def _of_one(text: str, cited: Sequence[Record]) -> str:
    """Return whom `text` lets act in the plural although one person speaks of one only."""
    match = _PLURAL_OPENS.match(text)
    if match is None:
        return ""
    many = match["who"].lower()
    singular = f"{many.removesuffix('ies')}y" if many.endswith("ies") else many.removesuffix("s")
    if many not in _KINDS and not _is_their_own(singular, cited):
        return ""
    held = [set(map(str.lower, surface_words(record.words))) for record in cited]
    speaking = {record.author_key for record, said in zip(cited, held, strict=True) if singular in said}
    several = any(many in said for said in held)
    return many if speaking and not several and len(speaking) < _FEWEST_SPEAKERS else ""


def _is_their_own(thing: str, cited: Sequence[Record]) -> bool:
    """Tell whether somebody speaks of "our" or "my" `thing`: of one, and of no other."""
    own = re.compile(rf"\b(?:our|my)(?:\s[\w'\u2019]+){{0,2}}\s{re.escape(thing)}\b", re.IGNORECASE)
    return any(own.search(record.words) for record in cited)
