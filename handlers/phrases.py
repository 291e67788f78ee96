"""The bot's own words in an answer, in the five languages of `phrases.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

LANGUAGES = ("en", "de", "es", "fr", "ja")
ENGLISH = "en"


def say(key: str, lang: str = ENGLISH, **values: object) -> str:
    """Return the phrase called `key` in `lang`, one of LANGUAGES, with `values` in their places."""
    return _phrases()[key][lang].format(**values)


def count(key: str, number: int, lang: str = ENGLISH, **values: object) -> str:
    """Return the phrase called `key` for a number of things."""
    return say(f"{key}-one" if number == 1 else key, lang, count=number, **values)


def said_on(at: datetime, lang: str = ENGLISH) -> str:
    """Return a date as it follows the label of a source."""
    month = say("months", lang).split()[at.month - 1]
    return say("said-on", lang, day=at.day, month=month, year=at.year)


def language(matched: Iterable[str], stated: Iterable[str]) -> str:
    """Return the language to answer in.

    `matched` are the languages in which the words of the question mean something, `stated` those which the
    post says it is in. A word that several languages share is taken in the one that is stated.
    """
    matched = list(matched)
    spoken = [tag.split("-", maxsplit=1)[0].lower() for tag in stated]
    shared = [lang for lang in spoken if lang in matched]
    known = [lang for lang in spoken if lang in LANGUAGES]
    return next(iter([*shared, *matched, *known]), ENGLISH)


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8"))
