"""Rules for a sentence that a model wrote: what is mended, and what no reader may see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.text import has_references
from bot.write.clean import printable
from bot.write.language import holds

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.domain.record import Record

_OPENING = re.compile(r'(?<![^\s(\[\u2014\u2013/-])["„‟](?=\S)')
_CLOSING = re.compile(r'["‟]')
_QUOTATION = re.compile(r"“([^“”]*)”")
_MARKS = re.compile(
    r"\s*(?:\[(?:records?\s*)?\d{1,3}(?:\s*[,;\u2013-]\s*\d{1,3})*\]|\(records?\s[^()]*\))", re.IGNORECASE
)
_LIST_MARK = re.compile(r"^\s*(?:#{1,6}\s+|[-*>•]\s+|\d{1,2}[.)]\s+)+")
_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|`+)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_TAG = re.compile(r"</?\s*[A-Za-z]|<\||\|>|\]\(")
_PATH = re.compile(
    r"\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}/\S|\b[a-z][a-z0-9+.-]*://|\bmailto:|\bat://", re.IGNORECASE
)
_HOST = re.compile(
    r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|ai|dev|app|social|xyz|info|biz|site|online|shop|club|link|page|blog"
    r"|news|me|tv|gg|ly|to|cc|tk|top|ru|cn|co|uk|de|fr|eu|us|example|test|invalid)\b",
    re.IGNORECASE,
)
_USER = re.compile(r"(?<![\w/])/?u/\w+", re.IGNORECASE)
# Characters that models and phones swap for one another, one for one.
_ALIKE = str.maketrans("\u2018\u2019\u201b\u2010\u2011\u2013\u2014\u00a0\n", "'''----  ")


def curly(text: str) -> str:
    """Return `text` with straight double quotation marks made curly; its length stays the same."""
    return _CLOSING.sub("”", _OPENING.sub("“", text))


def plain(sentence: str) -> str:
    """Return `sentence` without list marks, emphasis and reference marks."""
    parts = re.split(r"(“[^“”]*”)", _LIST_MARK.sub("", sentence))
    # What stands in quotation marks belongs to its record.
    parts[::2] = [_EMPHASIS.sub(r"\2", _MARKS.sub("", part)) for part in parts[::2]]
    return "".join(parts)


def verbatim(sentence: str, records: Sequence[Record]) -> str:
    """Return `sentence` with each quotation in the record's own characters.

    A curled apostrophe or a dash of another length is put back, and a closing comma or stop that the record
    does not have moves out of the marks. A quotation that no record holds stays, for the checks to find.
    """

    def mend(match: re.Match[str]) -> str:
        quote = match[1]
        bare = quote.rstrip(".,;:!?… ")
        for wanted, rest in ((quote, ""), (bare, quote[len(bare) :].strip())):
            found = _find(wanted, records)
            if found is not None:
                return f"“{found}”{rest}"
        return match.group()

    return _QUOTATION.sub(mend, sentence)


def _find(wanted: str, records: Sequence[Record]) -> str | None:
    """Return the span of a record that reads like `wanted` and fits between quotation marks."""
    folded = wanted.translate(_ALIKE)
    if not folded.strip():
        return None
    for text in [part for record in records for part in (record.text, record.title or "")]:
        start = text.translate(_ALIKE).find(folded)
        span = text[start : start + len(wanted)]
        if start >= 0 and not set(span) & set("“”\n"):
            return span
    return None


def acceptable(sentence: str, handles: Collection[str], names: Collection[str]) -> bool:
    """Tell whether `sentence` may be shown: it says something, and neither points anywhere nor at a person.

    A host name is fine if it is the name of something the records speak of ("Character.ai").
    """
    if not any(letter.isalpha() for letter in sentence) or _open_quotation(sentence):
        return False
    if not printable(sentence):
        return False
    if has_references(sentence) or any(pattern.search(sentence) for pattern in (_TAG, _PATH, _USER)):
        return False
    known = {name.casefold() for name in names}
    if any(match.group().casefold() not in known for match in _HOST.finditer(sentence)):
        return False
    folded = sentence.casefold()
    return not any(
        _mentions(folded, handle.casefold()) for handle in handles if handle.casefold() not in known
    )


def _open_quotation(sentence: str) -> bool:
    return bool(set(_QUOTATION.sub("", sentence)) & set("“”"))


def _mentions(sentence: str, handle: str) -> bool:
    """Tell whether a handle stands in `sentence`; one of letters only can't be told from a word."""
    return not handle.isalpha() and holds(sentence, handle)
