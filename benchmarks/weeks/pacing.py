"""When things are said: placing, shifting and thinning entries, and the arrival of replies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random
from typing import TYPE_CHECKING, Final

from benchmarks.weeks.banks import WEEK_LENGTH, Bank, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
END: Final = START + WEEK_LENGTH
DROPPED_SHARE: Final = 0.3
"""Share of a story's replies and standalone posts that a week with another seed than 0 leaves out."""

_SOCIAL_HOURS: Final = (5, 4, 3, 2, 2, 3, 5, 7, 9, 10, 10, 10, 11, 12, 13, 14, 14, 13, 12, 12, 12, 11, 9, 7)
_OFFICE_HOURS: Final = (0, 0, 0, 0, 0, 2, 6, 8, 9, 10, 10, 9, 8, 9, 9, 8, 7, 6, 3, 2, 1, 1, 0, 0)
_SOCIAL_DAYS: Final = (10, 10, 10, 10, 9, 7, 7)
_NEWS_DAYS: Final = (10, 10, 10, 10, 10, 4, 3)
_PAPER_DAYS: Final = (10, 10, 10, 10, 8, 0, 0)
_ROOM_FOR_REPLIES: Final = timedelta(hours=2)
_FRONT_LOAD: Final = 3.0
"""How many mean waiting times fit into the span in which replies arrive."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry with its time."""

    entry: Entry
    at: datetime


def schedule(bank: Bank, seed: int) -> list[Planned]:
    """The entries of a bank with their times; seed 0 keeps a bank as it is written."""
    rng = Random(f"{seed}/{bank.key}/schedule")
    entries: Sequence[Entry] = bank.entries
    shift = timedelta()
    if seed and not bank.is_background:
        entries = _thinned(entries, rng)
        shift = _shift(entries, rng)
    keep_times = not (seed and bank.is_background)
    planned = []
    for entry in entries:
        at = entry.at + shift if entry.at is not None and keep_times else _place(entry.source, rng)
        planned.append(Planned(entry, START + at + timedelta(seconds=rng.randrange(60))))
    return planned


def arrivals(count: int, over: timedelta, opened: datetime, rng: Random) -> list[datetime]:
    """Ascending times of replies: the first after 4-25 minutes, then fewer and fewer until `over` is up."""
    span = min(over, END - opened - timedelta(seconds=count + 1)).total_seconds()
    first = min(rng.uniform(4 * 60, 25 * 60), span / 4)
    waits = sorted(_front_loaded(rng) for _ in range(count - 1))
    offsets = [first, *(first + wait * (span - first) for wait in waits)]
    times: list[datetime] = []
    for offset in offsets[:count]:
        at = opened + timedelta(seconds=int(offset))
        if times and at <= times[-1]:
            at = times[-1] + timedelta(seconds=1)
        times.append(at)
    return times


def _front_loaded(rng: Random) -> float:
    """A share of the span, exponentially distributed and cut at 1."""
    return -log(1 - rng.random() * (1 - exp(-_FRONT_LOAD))) / _FRONT_LOAD


def _place(source: str, rng: Random) -> timedelta:
    """A time of the week by the rhythm of the source."""
    days = {"rss": _NEWS_DAYS, "arxiv": _PAPER_DAYS}.get(source, _SOCIAL_DAYS)
    hours = _OFFICE_HOURS if source in {"rss", "arxiv"} else _SOCIAL_HOURS
    day = rng.choices(range(7), days)[0]
    hour = rng.choices(range(24), hours)[0]
    return min(timedelta(days=day, hours=hour, minutes=rng.randrange(60)), WEEK_LENGTH - _ROOM_FOR_REPLIES)


def _thinned(entries: Sequence[Entry], rng: Random) -> list[Entry]:
    """The entries without a random share of the replies and of the posts that nobody replies to."""
    pieces: list[tuple[int, int | None]] = []
    for number, entry in enumerate(entries):
        pieces += [(number, place) for place in range(len(entry.replies))] or [(number, None)]
    dropped = set(rng.sample(pieces, round(len(pieces) * DROPPED_SHARE)))
    kept = []
    for number, entry in enumerate(entries):
        if (number, None) in dropped:
            continue
        replies = (reply for place, reply in enumerate(entry.replies) if (number, place) not in dropped)
        kept.append(replace(entry, replies=tuple(replies)))
    return kept


def _shift(entries: Sequence[Entry], rng: Random) -> timedelta:
    """Whole days and hours by which a story can move and still lie inside the week."""
    timed = [(entry.at, entry.at + entry.lasts) for entry in entries if entry.at is not None]
    room = WEEK_LENGTH - timedelta(minutes=1)
    first = min((start for start, _ in timed), default=timedelta())
    last = min(max((end for _, end in timed), default=timedelta()), room)
    shifts = [timedelta(days=day, hours=hour) for day in range(-6, 7) for hour in range(-4, 5)]
    return rng.choice([shift for shift in shifts if first + shift >= timedelta() and last + shift <= room])
