"""Quotation marks: curly double ones in pairs, and no others."""

from __future__ import annotations

import re

_LEFT, _RIGHT = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
# Whatever else is used as quotation marks: what stands in it would escape the check of quotations.
_OTHER_MARKS = frozenset(
    '"„«»‟「」『』〝〞〟❝❞″ʺ`\u2039\u203a\uff02\uff07\u276e\u276f\u275b\u275c\u2032\u2035\u2034'
)
# A mark before a word opens a quotation. An apostrophe stands there, too, in '26: where it can be one, an "s"
# before the other mark is taken for an owner's.
_SINGLE_MARKS = re.compile(
    r"(?<!\w)(?:"
    r"(?:[\u2018\u201a\u201b\u00b4](?=[\w(])|'(?=[^\W\d]|\d(?!\ds?\b)|\())[^\n]*?(?<=\S)"
    r"|['\u2019](?=\w)[^\n]*?(?<![\ss])"
    r")['\u2018\u2019\u00b4](?!\w)"
)


def astray(plain: str) -> str:
    """Say what is wrong with the marks of a text whose quotations were emptied, "" if nothing is."""
    pairs = plain.count(f"{_LEFT}{_RIGHT}")
    if plain.count(_LEFT) != pairs or plain.count(_RIGHT) != pairs:
        return "quotation marks do not pair"
    if _OTHER_MARKS & set(plain) or _SINGLE_MARKS.search(plain):
        return "words stand in marks that are not curly double quotation marks"
    return ""
