"""How much was said: one count over one stretch of time, the same wherever a story is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.domain.story import Relation, relation

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOUR = timedelta(hours=1)
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Volume:
    """`posts` by `people` in the `hours` from `start` to `end`."""

    posts: int
    people: int
    hours: int
    start: datetime
    end: datetime

    @property
    def daily(self) -> float:
        """The posts of a day, to be held against a baseline; of less than a day all of them."""
        return self.posts * _HOURS_A_DAY / max(self.hours, _HOURS_A_DAY)


class Noticed(Protocol):
    """What was counted when a matter was noticed; a signal is one."""

    @property
    def observed(self) -> int:
        """How many posts, copies apart."""

    @property
    def authors(self) -> int:
        """How many people wrote them."""

    @property
    def window_start(self) -> datetime:
        """Since when they are counted."""

    @property
    def window_end(self) -> datetime:
        """Until when they are counted."""


def of_story(numbers: Mapping[str, float], written: datetime, noticed: Noticed) -> Volume:
    """Return what a story counts: on from what was `noticed` until it was `written`.

    `numbers` are the story's; its hours begin with its first post. If it counted nothing, what was noticed
    stands.
    """
    start, end = noticed.window_start, noticed.window_end
    if not {"records", "authors", "hours"} <= numbers.keys():
        return Volume(noticed.observed, noticed.authors, round((end - start) / _HOUR), start, end)
    posts, people, hours = (round(numbers[key]) for key in ("records", "authors", "hours"))
    if relation(numbers) is Relation.UPDATE:
        # An update counts from what was told before.
        start = written - hours * _HOUR
    elif "at:first" in numbers:
        start = datetime.fromtimestamp(numbers["at:first"], UTC)
    return Volume(posts, people, hours, start, written)


def in_threads(numbers: Mapping[str, float]) -> str:
    """Return in how many threads all that is counted stands, behind a blank; "" for one, or if unknown."""
    threads = numbers.get("threads", 0)
    return f" in {threads:,.0f} threads" if threads > 1 else ""


def in_words(numbers: Mapping[str, float]) -> tuple[str, ...]:
    """Return how much was said and, if known, how much was to be expected; nothing if nothing was counted."""
    if not (posts := numbers.get("records")):
        return ()
    authors, hours = numbers.get("authors", 0), numbers.get("hours", 0)
    told = f"{posts:,.0f} posts{in_threads(numbers)}"
    told += f" by {authors:,.0f} people" if authors else ""
    told += f" in {hours:,.0f} hours" if hours > 1 else ""
    expected = numbers.get("expected")
    return (told, f"Usual: {usual(expected)}") if expected else (told,)


def usual(expected: float) -> str:
    """Return how many posts a day were to be expected, as readers are told it."""
    return f"{expected:,.0f} a day" if expected >= 1 else "fewer than one a day"
