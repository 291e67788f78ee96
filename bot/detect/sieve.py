"""A sieve for JSON as it comes over the wire: can the text in it be on topic at all?

One pass of a regular expression engine over the raw bytes, so that what does not pass is never decoded. It
looks for the runs of each term, as the glance does (`bot.detect.glance`), and passes what it cannot judge:
a document with characters written as escapes, and any with letters beyond ASCII if a term has such.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_ESCAPED = rb"\\u"
_BEYOND_ASCII = rb"[\x80-\xff]"
# What may stand before a run: also the letter that ends a line feed or the like in a JSON string.
_BEFORE = rb"(?:^|[^a-z0-9]|\\[bfnrt])"
# What may follow it: not the end of a JSON key, in which nobody says anything.
_AFTER = rb"(?:[^a-z0-9\"]|\"(?:[^:]|$)|$)"
# Between two runs of a term whatever is no word may have stood: an address, a mention.
_BETWEEN = rb"(?:[^a-z0-9]|\\[bfnrt]|[^a-z0-9].*(?:[^a-z0-9]|\\[bfnrt]))"


def sieve(
    terms: Iterable[Sequence[bytes]], written: Iterable[str], always: Iterable[bytes]
) -> Callable[[bytes], bool]:
    """Return what tells whether a JSON document may hold one of these terms, or matches one of `always`.

    `terms` are given as their runs of ASCII letters and digits in lower case; `written` are looked for as
    they are. A JSON document holds its text in UTF-8, and keys end with a quotation mark and a colon.
    """
    bounded = [_BEFORE + _BETWEEN.join(map(re.escape, runs)) + _AFTER for runs in terms]
    literal = [re.escape(term.encode()) if term.isascii() else _BEYOND_ASCII for term in written]
    patterns = list(dict.fromkeys([*bounded, *literal, _ESCAPED, *always]))
    database = hyperscan.Database()
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
    database.compile(
        expressions=patterns,
        ids=list(range(len(patterns))),
        flags=[flags] * len(patterns),
        elements=len(patterns),
    )
    found: list[int] = []

    def on_match(number: int, *_: object) -> None:
        found.append(number)

    scan = database.scan

    def passes(document: bytes) -> bool:
        scan(document, match_event_handler=on_match)
        if found:
            found.clear()
            return True
        return False

    return passes
