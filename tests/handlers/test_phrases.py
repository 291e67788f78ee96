"""What the bot says of its own: all of it in every language, and the language is the reader's."""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from importlib.resources import files

import pytest

from bot.domain.text import clean, graphemes
from handlers.intents import classify
from handlers.phrases import LANGUAGES, language, said_on
from tests.factory import NOON

PHRASES = tomllib.loads(files("handlers").joinpath("phrases.toml").read_text(encoding="utf-8"))
_SPACES = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("key", PHRASES)
def test_every_phrase_is_there_in_every_language(key: str) -> None:
    """Each phrase has five wordings with the same places to fill in, short enough for any post, and clean."""
    wordings = PHRASES[key]
    assert tuple(wordings) == LANGUAGES
    assert len({tuple(sorted(_SPACES.findall(wording))) for wording in wordings.values()}) == 1
    for wording in wordings.values():
        assert clean(wording) == wording
        assert graphemes(wording) <= 130


@pytest.mark.parametrize(
    ("lang", "shown"),
    [
        ("en", ", 2 Mar 2026"),
        ("de", ", 2. März 2026"),
        ("es", ", 2 mar 2026"),
        ("fr", ", 2 mars 2026"),
        ("ja", "、2026年3月2日"),
    ],
)
def test_dates_are_written_as_the_language_does(lang: str, shown: str) -> None:
    """A day is written the way readers of the language write it, and every month has a name."""
    assert said_on(NOON, lang) == shown
    assert len({said_on(datetime(2026, month, 1, tzinfo=NOON.tzinfo), lang) for month in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("text", "stated", "spoken"),
    [
        ("Quelle?", ["en"], "de"),
        ("¿Fuentes?", [], "es"),
        ("source?", [], "en"),
        ("source?", ["fr"], "fr"),
        ("source?", ["ja"], "en"),
        ("link?", ["es-MX"], "es"),
        ("?", ["ja"], "ja"),
        ("Hält das auf alten Rechnern?", ["de", "en"], "de"),
        ("?", ["xx", "fr"], "fr"),
        ("?", ["tlh", ""], "en"),
        ("それは間違いです", ["en"], "ja"),
        ("Laissez-moi tranquille", ["en"], "fr"),
    ],
)
def test_the_answer_is_in_the_readers_language(text: str, stated: list[str], spoken: str) -> None:
    """The question's own words decide; where they do not, the language of the post; else it is English."""
    assert language(classify(text).languages, stated) == spoken
