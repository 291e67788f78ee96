"""Rules for text: what is stripped on arrival, how length is counted, what counts as verbatim."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from uniseg.graphemecluster import grapheme_clusters

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bidi controls can make a sentence read differently from what it says (CVE-2021-42574), zero-width characters
# hide text from a reader, and PostgreSQL refuses NUL. The zero-width joiner and the variation selectors stay:
# emoji and several scripts need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
# Characters that are a grapheme each, whatever stands beside them: prose as good as always consists of these,
# and segmenting it the long way takes milliseconds a sentence. The second line is of East Asia.
_ALONE = (
    "\n\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf"
    "\u3000-\u3029\u3041-\u3096\u309b-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
)
# What has to be segmented: other characters, with the plain ones beside them that they may join.
_JOINING = re.compile(f"[{_ALONE}]?(?:[^{_ALONE}]+[{_ALONE}]?)+")
_LINE_END = re.compile(r"\r\n?|\u2028|\u2029|\x0b|\x0c|\x85")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_REFERENCE_MARKS = ("@", "#", "://", "www.")
_MENTION = re.compile(r"(?<!\w)@[\w.\-]+")
_AT = re.compile(r"@[\w.]")
_HASHTAG = re.compile(r"(?<![\w&/])#\w+")
_QUOTED = re.compile(
    r"\N{LEFT DOUBLE QUOTATION MARK}([^\N{RIGHT DOUBLE QUOTATION MARK}]*)\N{RIGHT DOUBLE QUOTATION MARK}"
)


def clean(text: str) -> str:
    """Return `text` in NFC without control, bidi and zero-width characters, trimmed.

    Line ends become line feeds; everything a reader can see stays as it was written.
    """
    if text.isascii() and text.isprintable():
        # Nothing of that can be in it, and most ids and handles are so.
        return text.strip()
    text = _LINE_END.sub("\n", text)
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).strip()


def squeeze(text: str) -> str:
    """Return `text` on one line with single spaces."""
    return " ".join(text.split())


def graphemes(text: str) -> int:
    """Count user-perceived characters as the Bluesky PDS counts them (UAX #29)."""
    joined = _JOINING.findall(text)
    return len(text) - sum(map(len, joined)) + sum(len(_segmented(part)) for part in joined)


def leading(text: str, limit: int) -> str:
    """Return the first `limit` graphemes of `text`."""
    return "".join(islice(_clusters(text), limit))


def _clusters(text: str) -> Iterator[str]:
    at = 0
    for part in _JOINING.finditer(text):
        yield from text[at : part.start()]
        yield from _segmented(part.group())
        at = part.end()
    yield from text[at:]


@lru_cache(maxsize=4096)
def _segmented(part: str) -> tuple[str, ...]:
    return tuple(grapheme_clusters(part))


def shorten(text: str, limit: int) -> str:
    """Return `text` within `limit` graphemes, cut at a word and closed with an ellipsis if it was longer."""
    if graphemes(text) <= limit:
        return text
    head = leading(text, limit - 1)
    cut = head.rsplit(" ", 1)[0] if " " in head[limit // 2 :] else head
    return cut.rstrip(" ,;:.") + "…"


def quotations(text: str) -> tuple[str, ...]:
    """Return what stands between curly double quotation marks in `text`, in order."""
    return tuple(_QUOTED.findall(text))


def without_quotations(text: str) -> str:
    """Return `text` with what stands between curly double quotation marks taken out."""
    return _QUOTED.sub("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", text)


def without_references(text: str) -> str:
    """Return `text` on one line, without URLs, @-mentions and hashtags."""
    lowered = text.lower()
    if not any(mark in lowered for mark in _REFERENCE_MARKS):
        return squeeze(text)
    return squeeze(_HASHTAG.sub(" ", _MENTION.sub(" ", _URL.sub(" ", text))))


def has_references(text: str) -> bool:
    """Tell whether `text` holds a URL, an @-mention, an e-mail address or the like of one, or a hashtag."""
    return any(pattern.search(text) for pattern in (_URL, _AT, _HASHTAG))


def slugify(text: str) -> str:
    """Return the words of `text` as lower-case ASCII joined by hyphens ("" if none is left)."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(_NOT_SLUG.sub(" ", ascii_text).split())
