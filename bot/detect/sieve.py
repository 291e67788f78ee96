"""A sieve for JSON as it comes over the wire: can the text in it be on topic at all?

One pass of a regular expression engine over the raw bytes of many documents, so that what does not pass is
never decoded. It looks for the runs of each term, as the glance does (`bot.detect.glance`), and passes what
it cannot judge: characters written as escapes, and any letters beyond ASCII if a term has such.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

_ESCAPED = rb"\\u"
_BEYOND_ASCII = rb"[\x80-\xff]"
# What may stand before a run: also the letter that ends a line feed or the like in a JSON string.
_BEFORE = rb"(?:^|[^a-z0-9]|\\[bfnrt])"
# What may follow it: not the end of a JSON key, in which nobody says anything.
_AFTER = rb"(?:[^a-z0-9\"]|\"(?:[^:]|$)|$)"
# Between two runs of a term, within one string, whatever is no word may have stood: an address, a mention.
_PARTS = rb"(?:[^a-z0-9\"\\]|\\.)"
_BETWEEN = _PARTS + rb"(?:(?:[^\"\\]|\\.)*" + _PARTS + rb")?"
_FLAGS = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL


def sieve(
    terms: Collection[Sequence[bytes]], written: Iterable[str], marks: Sequence[bytes]
) -> Callable[[bytes], Sequence[Sequence[int]]]:
    """Return what finds these terms, and each of `marks`, in JSON objects that stand line by line.

    It gives the places right after what may be a term, in order, then those right after each mark. `terms`
    are given as their runs of ASCII letters and digits in lower case; `written` are looked for as they are;
    marks are regular expressions. JSON holds text in UTF-8, and keys end with a quotation mark and a colon.
    """
    bounded = [_BEFORE + _BETWEEN.join(map(re.escape, runs)) + _AFTER for runs in _needed(terms)]
    literal = [re.escape(term.encode()) if term.isascii() else _BEYOND_ASCII for term in written]
    said = list(dict.fromkeys([*bounded, *literal, _ESCAPED]))
    patterns = [*said, *marks]
    database = hyperscan.Database()
    database.compile(
        expressions=patterns,
        ids=[0] * len(said) + list(range(1, len(marks) + 1)),
        flags=[_FLAGS] * len(patterns),
        elements=len(patterns),
    )

    def find(documents: bytes) -> Sequence[Sequence[int]]:
        found: list[list[int]] = [[] for _ in range(len(marks) + 1)]

        def on_match(number: int, _start: int, end: int, *_: object) -> None:
            found[number].append(end)

        database.scan(documents, match_event_handler=on_match)
        return found

    return find


def _needed(terms: Collection[Sequence[bytes]]) -> list[Sequence[bytes]]:
    """Leave out terms that stand nowhere without another, one run long: it costs to look for several."""
    alone = {runs[0] for runs in terms if len(runs) == 1}
    return [runs for runs in terms if len(runs) == 1 or alone.isdisjoint(runs)]
