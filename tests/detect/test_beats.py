"""The book of beats: what is built in, and how a faulty file is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.detect.beats import BUILT_IN, load
from bot.detect.tokens import words
from bot.domain.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_TERM = 4
_TOPIC = '[topic]\nname = "tea"\nterms = ["tea"]\n'
_BEAT = '[[beat]]\nslug = "green"\nname = "Green"\ndescription = "Green tea."\nterms = ["sencha"]\n'
_GOOD = _TOPIC + _BEAT


def test_the_built_in_book_covers_the_areas_promised() -> None:
    """The sixteen areas the project promises to cover are there, each with terms and a description."""
    book = load()
    assert {
        "open-source", "law", "regulation", "health-care", "creative", "consciousness", "safety", "jobs",
        "education", "industry", "coding", "local-models", "privacy", "security", "misinformation",
        "companions",
    } <= {beat.slug for beat in book.beats}  # fmt: skip
    assert all(len(beat.terms) >= 25 and len(beat.description) > 60 for beat in book.beats)


def test_every_built_in_term_can_be_met_in_a_text() -> None:
    """Each term is written as texts are read: lower case, in words, four at most, listed once."""
    book = load()
    for terms in (book.topic.terms, book.topic.ambiguous, *(beat.terms for beat in book.beats)):
        assert [term for term in terms if " ".join(words(term)) != term] == []
        assert [term for term in terms if len(term.split()) > _LONGEST_TERM] == []
        assert sorted(set(terms)) == sorted(terms)
    assert not set(book.topic.terms) & set(book.topic.ambiguous)


def test_a_place_belongs_to_one_beat() -> None:
    """No community is claimed by two beats."""
    places = [place.lower() for beat in load().beats for place in beat.communities]
    assert sorted(set(places)) == sorted(places)


def test_a_beat_is_found_by_its_slug() -> None:
    """A beat is found by its slug; an unknown one raises NotFoundError that names it."""
    book = load()
    assert book.beat("law").name == "Law and courts"
    with pytest.raises(NotFoundError, match="no beat tea"):
        book.beat("tea")


def test_an_operators_file_replaces_the_built_in_one(tmp_path: Path) -> None:
    """A file of one's own is the whole book, in its order."""
    file = tmp_path / "beats.toml"
    file.write_text(_GOOD, encoding="utf-8")
    book = load(file)
    assert (book.topic.name, book.topic.ambiguous) == ("tea", ())
    assert [(beat.slug, beat.terms, beat.communities) for beat in book.beats] == [("green", ("sencha",), ())]


def test_a_file_that_extends_adds_to_the_built_in_one(tmp_path: Path) -> None:
    """With extends = true, terms and communities join the beat of that slug, and other beats follow."""
    file = tmp_path / "beats.toml"
    good = _GOOD.replace("[[beat]]", 'communities = ["samovar.example"]\n\n[[beat]]')
    more = '[[beat]]\nslug = "law"\nterms = ["tribunal"]\ncommunities = ["r/lawtalk"]\n'
    file.write_text("extends = true\n" + good + more, encoding="utf-8")
    built_in, book = load(), load(file)
    assert [beat.slug for beat in book.beats] == [*(beat.slug for beat in built_in.beats), "green"]
    assert book.beat("law").terms == (*built_in.beat("law").terms, "tribunal")
    assert book.beat("law").communities == (*built_in.beat("law").communities, "r/lawtalk")
    assert book.topic.terms == (*built_in.topic.terms, "tea")
    assert book.topic.communities == (*built_in.topic.communities, "samovar.example")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[topic", "not valid TOML"),
        ("topic = 1", r"\[topic\]"),
        (_TOPIC, r"there is no \[\[beat\]\]"),
        (_GOOD.replace('["tea"]', '"tea"'), r"\[topic\] terms"),
        (_GOOD.replace('["sencha"]', "[]"), r"\[beat green\] terms"),
        (_GOOD.replace('["sencha"]', "[1]"), r"\[beat green\] terms"),
        (_GOOD.replace('"Green"', '" "'), r"\[beat green\] name"),
        (_GOOD.replace('"green"', '"Green Tea"'), r"\[beat Green Tea\] slug"),
        (_GOOD.replace('slug = "green"\n', ""), r"\[beat 1\] slug"),
        (_GOOD + _BEAT, r"\[beat green\] the slug is used twice"),
        (_GOOD.replace("[[beat]]", "[beat]"), r"write each beat as \[\[beat\]\]"),
        ("extends = true\ntopic = 1", r"\[topic\]"),
        ('extends = true\n[topic]\nterms = "tea"', r"\[topic\] terms"),
        ("extends = true\nbeat = [1]", r"write each beat as \[\[beat\]\]"),
        ('extends = true\n[[beat]]\nslug = "law"\nterms = 1', r"\[beat law\] terms"),
        ('extends = true\n[[beat]]\nslug = "tea"\nterms = ["tea"]', r"\[beat tea\] name"),
    ],
)
def test_a_faulty_file_is_told_by_file_table_and_field(tmp_path: Path, content: str, told: str) -> None:
    """A faulty file raises ConfigError that names the file, the table, the field and the documentation."""
    file = tmp_path / "mine.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=told) as raised:
        load(file)
    assert str(file) in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing file raises ConfigError that names it; the built-in one is there."""
    assert BUILT_IN.exists()
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")
