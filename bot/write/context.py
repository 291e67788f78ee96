"""What a quote loses of its meaning out of its context."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.write.language import sentence_spans, words
from bot.write.wordlists import word_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

# So few words are a term, not a statement.
_TERM, _SHORT_QUOTE = 3, 4
_NEGATION = re.compile(
    r"\b(?:not|never|no|nobody|nothing|without|unless|hardly|if|n't|doubt\w*|den(?:y|ies|ied)"
    r"|pretend\w*|imagine"
    r"|supposedly|allegedly|wrong|false|untrue|myth|nonsense|lie)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
# Right before a quote, however short that is.
_DENIAL = re.compile(
    r"(?:\b(?:not|never|cannot|hardly|nor)|n['\u2019]t)(?:\s(?:even|really|ever|quite|yet|actually|a|an|the))?\s+$",
    re.IGNORECASE,
)
_IRONY = re.compile(
    r"(?:^|\s)/s(?:arc(?:asm)?)?(?=$|[\s.,!)])|\b[Ss]arcas(?:m|tic)\b|\(not\)|\b[Jj]ust kidding\b"
    r"|[\U0001f643\U0001f644]"
)
# What follows takes it back, or makes it hold only sometimes.
_TAKEN_BACK = re.compile(r"[\s,;:\u2013\u2014-]*" + word_pattern("takes-back").pattern, re.IGNORECASE)
_ENDS = re.compile(r"[.!?\u2026][\"')\]]*$")
_REPORTED = re.compile(
    r"\b(?:he|she|they|who|people|everyone|someone|somebody|it|[A-Z][\w-]+|guy|boss|manager|ceo|team"
    r"|post|article)"
    r"(?:'s)?\s+(?:just |also |always |basically )?(?:said?|says|saying|claim(?:s|ed)?|argue[sd]?"
    r"|wrote|writes|insist(?:s|ed)?"
    r"|told (?:me|us|them|him|her)|tells (?:me|us)|was like"
    r"|is like)\b(?:\s+that)?\s*[:,]?\s*[\"'\u2018\u201c]?$"
)


@lru_cache(maxsize=8192)
def loses(text: str, quote: str) -> str:
    """Say what of its meaning in `text` a `quote` loses out of its context, "" if nothing is seen to be lost.

    Of several places where it stands, the best counts.
    """
    places = list(_places(text, quote))
    found = [_lost(text, quote, at) for at in places]
    return "" if not found or "" in found else found[0]


def denies(before: str) -> bool:
    """Tell whether `before` ends in the word that denies what follows it."""
    return bool(_DENIAL.search(before))


def denied(text: str, quote: str) -> bool:
    """Tell whether a `quote` of more than a word stands in `text` only right behind a "not"."""
    places = list(_places(text, quote))
    return len(words(quote)) > 1 and bool(places) and all(denies(text[:at]) for at in places)


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote) if quote else -1
    while at >= 0:
        yield at
        at = text.find(quote, at + len(quote))


def _lost(text: str, quote: str, at: int) -> str:
    stop = at + len(quote)
    if len(words(quote)) <= _TERM:
        return ""
    if ironic(text) and not _IRONY.search(quote):
        return "the mark of irony"
    line = text.rfind("\n", 0, at) + 1
    if text[line:at].lstrip().startswith((">", "&gt;")) or _is_inside_marks(text, at, stop):
        return "that the record itself quotes somebody"
    before = next((text[start:at] for start, end in sentence_spans(text) if start <= at < end), "")
    if _REPORTED.search(before):
        return "that the record reports what somebody else says"
    behind = "" if _ENDS.search(quote) else text[stop:]
    turned = _TAKEN_BACK.match(behind) or (len(words(quote)) > _SHORT_QUOTE and _NEGATION.search(before))
    return "what turns it round" if turned else ""


@lru_cache(maxsize=4096)
def ironic(text: str) -> bool:
    """Tell whether `text` bears a mark that it is not meant as it reads."""
    return bool(_IRONY.search(text))


def _is_inside_marks(text: str, start: int, stop: int) -> bool:
    """Tell whether a span lies between double quotation marks of its own line, without them."""
    line = text.rfind("\n", 0, start) + 1
    if text.rfind("\N{LEFT DOUBLE QUOTATION MARK}", line, start) > text.rfind(
        "\N{RIGHT DOUBLE QUOTATION MARK}", line, start
    ):
        return True
    end = text.find("\n", stop)
    closes = '"' in text[stop : end if end >= 0 else len(text)]
    return closes and text.count('"', line, start) % 2 == 1 and '"' not in text[start:stop]
