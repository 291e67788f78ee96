"""What a source is to the rest of the house."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Mapping
    from datetime import datetime, timedelta

    from bot.domain.gap import Gap
    from bot.domain.record import Record


@dataclass(frozen=True, slots=True)
class Haul:
    """What one fetch brought.

    `cursor` is where the next fetch goes on, to be stored in the same transaction as `records`;
    `gone` are ids of records that their author or the platform took back; `gone_authors` are author keys
    whose every record must go; `bad` counts items that could not be read; `not_modified` says that the server
    had nothing new; `next_check_at` is when the server wants the next visit, or when there is more to fetch
    (None: the source's own interval). `gaps` are stretches that the source cannot give any more. Everything
    said until `heard_until` is heard now (None: until now, or no further than before if `unfinished`).
    """

    records: Sequence[Record]
    cursor: Mapping[str, Any]
    gone: Sequence[str] = ()
    gone_authors: Sequence[str] = ()
    bad: int = 0
    not_modified: bool = False
    next_check_at: datetime | None = None
    gaps: Sequence[Gap] = ()
    heard_until: datetime | None = None
    unfinished: bool = False


Sieve = Callable[[bytes], Sequence[Sequence[int]]]


class Gate(Protocol):
    """Decides from a glance what of a stream is read at all; the rest is not even parsed."""

    def admits(self, text: str, lang: str | None) -> bool:
        """Tell whether a post with these words, in the language its author states, is worth reading."""
        ...

    def sieve(self, marks: Sequence[bytes]) -> Sieve | None:
        """Return what finds, in JSON objects that stand line by line, why each of them may be worth a look.

        It gives places in the bytes, in order: those right after something to which `admits` may say yes,
        then for each of `marks`, a regular expression, those right after its matches. None: everything may
        be admitted.
        """
        ...

    async def follows(self, threads: Collection[str]) -> Collection[str]:
        """Return which of these conversations (ids of the records that opened them) are being followed."""
        ...


def sort_of(target: str) -> str:
    """Return which sort of target this is: what follows a space in it ("comments"), usually nothing."""
    return target.partition(" ")[2]


@runtime_checkable
class PolledSource(Protocol):
    """A source that is asked now and then. One target is one feed, forum or listing (see `sort_of`).

    `interval` is the shortest time between two visits of a target, unless there is more to fetch; a quiet
    target is visited more rarely (`bot.collect.visits`). `off_reason` says why the source may not be asked at
    all (None: it may).
    """

    name: str
    targets: Sequence[str]
    interval: timedelta
    off_reason: str | None

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch what is new at `target` since `cursor` ({} at the first visit).

        Raises SourceError if the server gave nothing usable.
        """
        ...


@runtime_checkable
class StreamedSource(Protocol):
    """A source that keeps sending. Its one target is the stream; `off_reason` is as for a polled source."""

    name: str
    targets: Sequence[str]
    off_reason: str | None

    def stream(self, target: str, cursor: Mapping[str, Any]) -> AsyncGenerator[Haul, None]:
        """Yield batches from `cursor` on until the connection ends.

        Raises SourceError when the connection cannot be had or is lost.
        """
        ...


@runtime_checkable
class Recheckable(Protocol):
    """A source that can be asked whether a record still stands."""

    name: str

    async def recheck(self, records: Sequence[Record], now: datetime) -> Sequence[str]:
        """Return the ids of those of `records` that their author or the platform took back.

        `records` are of one place, and either all are comments or none is.
        Raises SourceError if the source cannot say it now.
        """
        ...


@runtime_checkable
class Consenting(Protocol):
    """A network on which people say whether they may be quoted."""

    name: str

    async def refusals(self, author_ids: Sequence[str], now: datetime) -> Mapping[str, str | None]:
        """Return why each of these authors may not be quoted, None if nothing speaks against it.

        Those who could not be asked about are left out. Raises SourceError if nobody could.
        """
        ...
