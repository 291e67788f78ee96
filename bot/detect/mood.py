"""Mood: on which side of a matter a text stands, and in which register it speaks.

Words of stance (`mood.toml`) are weighed clause by clause: more where the clause names the matter or points
at it, half where it names something else, asks or doubts; turned round by a negation, doubled after a "but".
No model; what it gets wrong is measured (`benchmarks/mood.py`) and told in docs/method.md.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bot.domain.mood import Mood, Register
from bot.domain.text import without_references

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

# A text takes its side early; the rest of a long one is detail.
_LOOKED_AT = 1_500
# A side is taken if the words for it weigh this much, and this share more than those of the other side.
_LEAST, _CLEARLY = 1.25, 0.3
_NEGATED_WITHIN = 3
_HALF, _DOUBLE, _BOOSTED = 0.5, 2.0, 1.5
_STEM_HEAD = 4

# What is quoted is somebody else's, and code is nobody's.
_QUOTED = re.compile(r"^\s*(?:>|&gt;).*$|`[^`\n]+`|“[^”]*”", re.MULTILINE)
_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_CLAUSE = re.compile(r"[^.!?;:\n,()]+\??")
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*|\+1|<3|[\U0001F300-\U0001FAFF\u2764]")
_NAME = re.compile(r"(?<=\w )[A-Z][\w-]*\w")


@dataclass(frozen=True, slots=True)
class _Word:
    side: int
    register: Register


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """Entries, the longest first, and words that turn others, as in `mood.toml`.

    Phrases are filed under their first word, beginnings of words under their own first letters.
    """

    phrases: Mapping[str, Sequence[tuple[list[str], _Word]]]
    stems: Mapping[str, Sequence[tuple[str, _Word]]]
    turns: Mapping[str, frozenset[str]]


# People say the same few thousand words, and most of them begin no entry.
@lru_cache(maxsize=8192)
def _entries_with(first: str) -> Sequence[tuple[list[str], _Word]]:
    """Return the entries that begin with a word, or with its first letters, the longest first."""
    lexicon = _lexicon()
    stems = lexicon.stems.get(first[:_STEM_HEAD], ())
    whole = [([first], word) for stem, word in stems if first.startswith(stem)]
    return *lexicon.phrases.get(first, ()), *whole


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    raw = tomllib.loads(files(__package__).joinpath("mood.toml").read_text(encoding="utf-8"))
    phrases: defaultdict[str, list[tuple[list[str], _Word]]] = defaultdict(list)
    stems: defaultdict[str, list[tuple[str, _Word]]] = defaultdict(list)
    for entry, word in _entries(raw):
        if entry.endswith("*"):
            stem = entry.removesuffix("*")
            stems[stem[:_STEM_HEAD]].append((stem, word))
        else:
            phrase = entry.split()
            phrases[phrase[0]].append((phrase, word))
    for said in phrases.values():
        said.sort(key=lambda entry: -len(entry[0]))
    for begun in stems.values():
        begun.sort(key=lambda entry: -len(entry[0]))
    return _Lexicon(phrases, stems, {name: frozenset(words.split()) for name, words in raw["turn"].items()})


def _entries(raw: Mapping[str, Any]) -> Iterator[tuple[str, _Word]]:
    for name, side in (("for", 1), ("against", -1)):
        for register, entries in raw[name].items():
            for entry in (*entries["words"].split(), *entries["phrases"]):
                yield entry, _Word(side, Register(register))


def read(text: str, subject: Collection[str] = ()) -> Mood:
    """Return the mood of `text` towards a matter that goes by the lower-case words in `subject`."""
    sides: defaultdict[int, float] = defaultdict(float)
    registers: defaultdict[Register, float] = defaultdict(float)
    plain = without_references(_QUOTED.sub("", _FENCED.sub("", text[:_LOOKED_AT]))).replace("\u2019", "'")
    for match in _CLAUSE.finditer(plain):
        clause = match.group()
        said = _WORD.findall(clause.lower())
        entries = _entries_in(said)
        if not entries:
            continue
        bent = _bend(clause, said, subject)
        for side, strength, register in _weighed(said, entries, subject):
            sides[side] += bent * strength
            registers[register] += bent * strength
    return Mood(_side(sides), max(registers, key=lambda r: (registers[r], r), default=Register.PLAIN))


def _bend(clause: str, said: Sequence[str], subject: Collection[str]) -> float:
    """Return how much of what a clause says can be about the matter."""
    asked = _HALF if clause.endswith("?") else 1.0
    if any(word in subject or word in _lexicon().turns["matter"] for word in said):
        return asked * _BOOSTED
    return asked * (_HALF if _NAME.search(clause) else 1.0)


def _entries_in(said: Sequence[str]) -> dict[int, tuple[_Word, int]]:
    """Return the longest entry that begins at each place of a clause, and its length in words."""
    found: dict[int, tuple[_Word, int]] = {}
    for at, first in enumerate(said):
        for phrase, word in _entries_with(first):
            if said[at : at + len(phrase)] == phrase:
                found[at] = word, len(phrase)
                break
    return found


def _weighed(
    said: Sequence[str], entries: Mapping[int, tuple[_Word, int]], subject: Collection[str]
) -> Iterator[tuple[int, float, Register]]:
    """Yield the side that each entry in a clause takes after all that turns it, its weight and register."""
    turns = _lexicon().turns
    personal = any(word in turns["persons"] for word in said)
    doubted, contrasted, last_negator, at = 1.0, 1.0, -_NEGATED_WITHIN - 1, 0
    while at < len(said):
        found = entries.get(at)
        if found is None:
            word = said[at]
            if word in turns["negators"]:
                last_negator = at
            elif word in turns["hedges"]:
                doubted = _HALF
            elif word in turns["contrasts"]:
                doubted, contrasted, last_negator = 1.0, _DOUBLE, -_NEGATED_WITHIN - 1
            at += 1
            continue
        entry, length = found
        strength = doubted * contrasted * (_BOOSTED if at and said[at - 1] in turns["boosters"] else 1.0)
        side, register = entry.side, entry.register
        if at - last_negator <= _NEGATED_WITHIN:
            side, register = -side, Register.PLAIN
        if _loses_to(said[at + length : at + length + 2 + _NEGATED_WITHIN], subject):
            side, register = -side, Register.PLAIN
        # Who is scolded is seldom the matter; who is thanked often stands for it.
        yield side, strength * (_HALF if personal and side < 0 else 1.0), register
        at += length


def _loses_to(following: Sequence[str], subject: Collection[str]) -> bool:
    """Tell whether a comparison goes on to name the matter: "better than Heron"."""
    return "than" in following and any(word in subject for word in following[following.index("than") :])


def _side(sides: Mapping[int, float]) -> int:
    favour, against = sides.get(1, 0.0), sides.get(-1, 0.0)
    if max(favour, against) < _LEAST or abs(favour - against) < _CLEARLY * (favour + against):
        return 0
    return 1 if favour > against else -1
