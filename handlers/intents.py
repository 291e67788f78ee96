"""What a reader wants, told from the words of `intents.toml` alone, in en, de, es, fr and ja.

The outcome is one of a few fixed ones: whatever a message says, it can only choose among them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bot.domain.text import clean, leading, squeeze, without_references
from handlers.phrases import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing a reader asks is longer, and matching stays quick whatever a network hands over.
_LONGEST = 1000
_MOST = 4_000
_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\uff1f": "?"}
)
_EDGE = " \t\n.,;:!?…\"'()[]-\u2013\u2014*_~/\\、。「」『』¡¿・"
_ONLY_MARKS = re.compile(r"[\s.!?…]*\?[\s.!?…]*")


class QuestionKind(StrEnum):
    """What a reader wants."""

    SOURCES = "sources"
    FREE = "free"
    STOP = "stop"
    UNQUOTE = "unquote"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Intent:
    """What a message asks for, whether it says that something is wrong, and in which languages it does so.

    `languages` are all those in which the words mean that; none if the words alone do not tell.
    """

    kind: QuestionKind
    disputes: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Patterns:
    whole: tuple[re.Pattern[str], ...]
    part: tuple[re.Pattern[str], ...]

    def match(self, said: str, bare: str) -> bool:
        """Tell whether a pattern matches the message, or all of it but its courtesies."""
        return any(pattern.fullmatch(bare) for pattern in self.whole) or any(
            pattern.search(said) for pattern in self.part
        )


def classify(text: str) -> Intent:
    """Return what `text`, a message to the bot, asks for."""
    said = _plain(text)
    if _ONLY_MARKS.fullmatch(said):
        return Intent(QuestionKind.SOURCES)
    bare = {lang: _bare(said, lang) for lang in LANGUAGES}
    disputed = () if said.endswith("?") else _says("disputes", said, bare)
    for kind in (QuestionKind.STOP, QuestionKind.UNQUOTE, QuestionKind.SOURCES):
        if found := _says(kind.value, said, bare):
            return Intent(kind, bool(disputed), found)
    asked = _says("asks", said, bare)
    asks = ("?" in said or bool(asked)) and not _says("talk", said, bare)
    return Intent(QuestionKind.FREE if asks else QuestionKind.TALK, bool(disputed), disputed or asked)


def _says(name: str, said: str, bare: Mapping[str, str]) -> tuple[str, ...]:
    """Return the languages in which a message says this."""
    return tuple(lang for lang, patterns in _table()[name].items() if patterns.match(said, bare[lang]))


def _plain(text: str) -> str:
    """Return `text` on one line in lower case, without mentions, links and emoji."""
    kept = without_references(clean(leading(unicodedata.normalize("NFKC", text[:_MOST]), _LONGEST)))
    kept = "".join(char for char in kept if unicodedata.category(char) not in {"So", "Sk", "Cs", "Co", "Mn"})
    return squeeze(kept.translate(_QUOTES).lower())


def _bare(said: str, lang: str) -> str:
    """Return `said` without punctuation and words of courtesy at its edges."""
    bare = said.strip(_EDGE)
    while (shorter := _courtesy(lang).sub("", bare).strip(_EDGE)) != bare and shorter:
        bare = shorter
    return bare


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("intents.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=len(LANGUAGES))
def _courtesy(lang: str) -> re.Pattern[str]:
    word = _words()["please"][lang]
    edge = "" if lang == "ja" else r"\b"
    return re.compile(f"^(?:{word}){edge}|{edge}(?:{word})$")


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, _Patterns]]:
    words = _words()
    sources = words["source"]
    return {
        name: {
            lang: _Patterns(_compiled(given, "whole", sources[lang]), _compiled(given, "part", sources[lang]))
            for lang, given in languages.items()
        }
        for name, languages in words.items()
        if name not in {"source", "please"}
    }


def _compiled(given: Mapping[str, list[str]], how: str, source: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern.replace("{source}", source)) for pattern in given.get(how, ()))
