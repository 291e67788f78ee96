"""Reading a record: what it says by itself, whatever else was heard.

It depends on nothing but the record, so another process can do it (`bot.pipeline.ahead`).
"""

from __future__ import annotations

import pickle
import signal
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Self

from bot.detect.copies import own, sketch
from bot.detect.language import detect_language
from bot.detect.tokens import words
from bot.detect.vectors import Text, count

if TYPE_CHECKING:
    from rensa import RMinHash

    from bot.detect.vectors import Counts
    from bot.domain.record import Record


def as_text(record: Record) -> Text:
    """Return what a record is compared by: its title, or all of it where it has none."""
    if record.title:
        return Text(record.title, record.text, record.links)
    return Text(record.text, links=record.links)


class Reading:
    """The language of a record, and, once somebody asks, its terms and the sketch that copies share."""

    def __init__(self, record: Record) -> None:
        self._text: Text | None = as_text(record)
        said = own(record.words)
        self._own = said if said != record.words else None
        self.lang = record.lang or detect_language(self._read.plain)

    @property
    def _read(self) -> Text:
        assert self._text is not None
        return self._text

    @cached_property
    def counts(self) -> Counts:
        """Its terms and how much each counts."""
        return count(self._read)

    @cached_property
    def sketch(self) -> RMinHash | None:
        """What near-copies of it are known by; None if it is too short for that."""
        return sketch(self._read.words if self._own is None else words(self._own))

    def whole(self) -> Self:
        """Read all there is to read, and let go of the text."""
        _ = self.counts, self.sketch
        self._text = self._own = None
        return self


def main() -> None:
    """Answer each pickled list of records on stdin with their readings on stdout, until stdin ends."""
    # Ctrl-C is meant for the process that asks; it closes stdin when it ends, however it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            asked: list[Record] = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        pickle.dump([Reading(record).whole() for record in asked], sys.stdout.buffer)
        sys.stdout.buffer.flush()
