"""What a storyline is called."""

from __future__ import annotations

from bot.detect.labels import label
from tests.factory import make_record

_SAID = [
    make_record(author="ada", text="Today the Heron 3 licence changed, and resale is out."),
    make_record(author="bo", text="My shop sells Heron 3 fine-tunes. Resale is half of it."),
    make_record(author="cy", text="So much for the Heron 3 licence, which I liked."),
]


def _never(_: str) -> int:
    return 0


def test_a_label_is_made_of_the_matters_own_words_as_people_write_them() -> None:
    """Up to three words or names that several people use, names as they are spelled, most telling first."""
    chosen = label(_SAID, _never, 100).split(", ")
    assert 1 <= len(chosen) <= 3
    assert chosen[0].startswith("Heron")
    assert "resale" in [word.lower() for word in chosen]


def test_what_one_person_says_is_no_label() -> None:
    """A word that a single author repeats names nothing."""
    alone = [make_record(author="ada", text="Zanzibar zanzibar") for _ in range(9)]
    assert "anzibar" not in label([*_SAID, *alone], _never, 100)
    assert label([], _never, 100) == ""


def test_a_word_that_is_everywhere_comes_last() -> None:
    """What most other talk says as well tells a matter less than what is its own."""
    assert label(_SAID, _never, 100).split(", ")[0] == "Heron"
    assert label(_SAID, lambda term: 100 * (term == "heron"), 100).split(", ")[-1] == "Heron"
