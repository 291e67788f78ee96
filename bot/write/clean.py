"""What of a text can stand in quotation marks in a newspaper: no markup, no slips, no slurs."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.domain.text import has_references

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOUTING = 0.4
_MARKUP = re.compile(
    r"[*_`~^|<>\[\]{}\\]|&\w+;|\bedit\b|^\s*(?:[-+•]|\d+[.)])\s|(?:^|\s)[:;]-?[)(DPp]|\bu/\w|[\w.!?]/s$",
    re.IGNORECASE,
)
_QUOTE_MARKS = re.compile("[“”„«»]|(?<!\\w)'|(?<=[.!?,])'")
_SLIPS = re.compile(
    r"\s{2,}|[a-z],[a-z]|[a-z][.!?][A-Z]|\s[,.;!?]|,,|\.\.|\.\.\.\S|^\+\d"
    r"|[a-z]\.(?:just|and|the|it|but|so|this|that|not|if)\b"
)
_ADDRESS = re.compile(r"\b[a-z][\w-]*\.(?:[a-z][\w-]*\.)*(?:ai|app|com|dev|io|net|org)\b")
_ENTITY = re.compile(r"&\w+(?:;|$)")
# Pictures, and what joins or colours them; a blank of no width is as little a part of a title.
_PICTURES = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200b-\u200d\u2060\ufeff"
EMOJI = re.compile(f"[{_PICTURES}]")
_AROUND = re.compile(rf"^[\s{_PICTURES}]+|[\s{_PICTURES}]+$")


@lru_cache(maxsize=1)
def _unprintable() -> tuple[Sequence[str], re.Pattern[str]]:
    """Return what must stand in a text that cannot be printed, and the pattern that decides."""
    # The list is kept in ROT13 so that nobody has to read it; it needs no secrecy.
    # A stem stands for every word that begins or ends with it; one that closes with "$" is a whole word.
    listed = files(__package__).joinpath("unprintable.txt").read_text(encoding="ascii").splitlines()
    stems = [codecs.decode(stem, "rot13") for stem in listed]
    anywhere = "|".join(stem for stem in stems if not stem.endswith("$"))
    whole = "|".join(stem.rstrip("$") for stem in stems if stem.endswith("$"))
    pattern = re.compile(rf"\b(?:\w*(?:{anywhere})\w*|{whole})\b", re.IGNORECASE)
    return [stem.rstrip("$") for stem in stems], pattern


@lru_cache(maxsize=8192)
def printable(text: str) -> bool:
    """Tell whether a newspaper would print `text`: no slurs, no swearing."""
    stems, pattern = _unprintable()
    lowered = text.lower()
    # Nearly every text holds none of them, and to search for each is quicker than the pattern.
    return not any(stem in lowered for stem in stems) or not pattern.search(text)


@lru_cache(maxsize=8192)
def clean_span(text: str) -> bool:
    """Tell whether `text` can stand in quotation marks: no markup, marks, links, handles or line ends."""
    return (
        "\n" not in text
        and not text.startswith("(")
        and not _MARKUP.search(text)
        and not _QUOTE_MARKS.search(text)
        and text.count('"') % 2 == 0
        and not EMOJI.search(text)
        and not _SLIPS.search(text)
        and not has_references(text)
        and "http" not in text
        and not _ADDRESS.search(text)
        and printable(text)
        and _upright(text)
    )


def trimmed(title: str) -> str:
    """Return `title` without the pictures and blanks at its ends; what stands inside is let be."""
    return _AROUND.sub("", title)


def clean_title(text: str) -> bool:
    """Tell whether a title can stand in quotation marks; unlike prose it may hold brackets and plus signs."""
    # Straight quotation marks are still told apart inside the curly ones.
    plain = not set(text) & set("“”\n|<>") and "??" not in text and not _ENTITY.search(text)
    plain = plain and not EMOJI.search(text)
    return plain and not has_references(text) and printable(text)


def _upright(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    shouting = sum(letter.isupper() for letter in letters) > _SHOUTING * max(len(letters), 1)
    return not shouting and text.count("(") == text.count(")") and "??" not in text and "!!" not in text
