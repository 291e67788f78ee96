"""Titles that can stand between quotation marks, whole or in the part that can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.text import graphemes
from bot.write.checks import HEADLINE_LIMIT
from bot.write.clean import EMOJI, clean_title, trimmed
from bot.write.context import loses
from bot.write.language import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.record import Record

_SHORTEST_WORD = 8
_SHORTEST, _LONGEST = 18, HEADLINE_LIMIT - 2
# Where a long title may end without saying something else, and what no quoted title may hold.
_BREAK = re.compile(r"\s+(?:[(\[|\u2013\u2014-]|&(?:amp;)?\s)|(?<!&amp)[,;:.!?](?=\s)")
_MOST_OF_IT = 0.4
# A title that names something has a capital letter or a figure further in.
NAMING = re.compile(r"(?<![\w'\u2019])[A-Z]|\d")
_SUBORDINATE = frozenset({"given", "if", "when", "while", "as", "because", "since", "after", "before", "now"})
_POINTING = frozenset({"it", "this", "that", "they", "them", "these", "those"})
_GOES_ON = re.compile(r"\s*(?:[,;:.!?)\u2013\u2014-]|[a-z]+(?![\w]*[A-Z\d]))")
_STOPS_SHORT = re.compile(
    r"\b(?:the|an?|and|or|of|for|with|to|from|by|at|in|on|is|are|was|were|its|their|his|her|my|our|as|called|says?)$"
)
_PICTURES = re.compile(r"//(?:[iv]\.redd\.it|(?:www\.)?reddit\.com/gallery|i\.imgur\.com)/")
_SPOKEN = re.compile(
    r"^[\"\u201c].*[\"\u201d]$|\b(?:you|your|yours|I['\u2019]m|me|this|these)\b", re.IGNORECASE
)
_BARS = re.compile(rf"[“”|<>\[\]]|{EMOJI.pattern}+")


def printable_title(record: Record, shape: Callable[[str], str] = str) -> str | None:
    """Return the title of `record`, as `shape` leaves it, if it can stand between quotation marks."""
    title = shape(trimmed(record.title or ""))
    long_enough = len(words(title)) > 1 or len(title) >= _SHORTEST_WORD
    return title if long_enough and clean_title(title) else None


def shown_title(record: Record) -> str | None:
    """Return the title of `record`, or as much of it as can be shown; None if nothing can."""
    return printable_title(record, to_break) or printable_title(record)


def is_caption(record: Record) -> bool:
    """Tell whether the title of `record` stands below a picture that nobody sees here, and may be a joke.

    Nothing stands under it, and it is somebody's speech, in quotation marks or to "you", or on "this".
    """
    title = trimmed(record.title or "")
    shows = any(_PICTURES.search(link) for link in record.links)
    return shows and not record.text.strip() and bool(_SPOKEN.search(title))


def to_break(title: str) -> str:
    """Return `title`, or its opening up to a natural break if it is long ("" if it has no such opening).

    Of a title with marks and bars in it, the longest part between them is taken. What loses its sense without
    the rest is no title.
    """
    shown = _part(title)
    return "" if loses(title, shown) else shown


def _part(title: str) -> str:
    if _BARS.search(title):
        # What goes on after a mark ("the DGX, out this month") has lost its beginning.
        whole = [
            part.strip() for at, part in enumerate(_BARS.split(title)) if not at or not _GOES_ON.match(part)
        ]
        part = max((part.strip(" ,;:.\u2013\u2014-") for part in whole), key=len, default="")
        if (
            _STOPS_SHORT.search(part)
            or len(part) < max(_SHORTEST, _MOST_OF_IT * len(title))
            or not NAMING.search(part[1:])
        ):
            return ""
        title = part
    if graphemes(title) <= _LONGEST:
        return title
    if words(title)[0] in _SUBORDINATE:
        return _question(title)
    openings = [title[: match.start()] for match in _BREAK.finditer(title)]
    fitting = [text for text in openings if _SHORTEST <= graphemes(text) <= _LONGEST]
    closed = [text for text in fitting if text.count("(") == text.count(")")]
    return closed[-1] if closed else ""


def _question(title: str) -> str:
    """Return the question that a long title comes to after its first clause, "" if it asks none by itself."""
    asked = title.rpartition(", ")[2]
    fits = asked.endswith("?") and _SHORTEST <= graphemes(asked) <= _LONGEST
    return asked if fits and not _POINTING & set(words(asked)) else ""
