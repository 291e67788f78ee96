"""Language: told when the text says enough, silent otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.language import detect_language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The new weights run on my old laptop, slowly but they run.", "en"),
        ("Unsere Stadtverwaltung hat jetzt einen KI-Assistenten, und er heißt Kurt.", "de"),
        ("La mairie a maintenant un assistant, mais il ne connaît pas les horaires.", "fr"),
        ("この新しいモデルは私の古いノートパソコンでも動きます。", "ja"),
    ],
)
def test_a_sentence_has_a_language(text: str, code: str) -> None:
    """A plain sentence is told by its ISO 639-1 code."""
    assert detect_language(text) == code


@pytest.mark.parametrize(
    "text", ["", "lol", "bonjour madame", "GPT 4", "https://news.example/une-nouvelle-loi #AI @wren.example"]
)
def test_too_little_has_none(text: str) -> None:
    """A text with fewer than three words of its own has no language."""
    assert detect_language(text) is None


def test_links_and_hashtags_have_no_say() -> None:
    """An English sentence stays English among foreign hashtags and links."""
    noise = "https://zeitung.example/die-neue-verordnung-ist-da #KuenstlicheIntelligenz #Verordnung"
    assert detect_language(f"The council wants to talk to the vendor first. {noise}") == "en"


@given(st.text(max_size=2_000))
def test_no_text_is_too_odd(text: str) -> None:
    """Whatever the characters are, the answer is a short code or nothing."""
    code = detect_language(text)
    assert code is None or 2 <= len(code) <= 3
