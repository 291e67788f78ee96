"""When the event began that a story tells: what was said before it, the event did not draw."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.record import RecordKind
from bot.write.asking import asks_for
from bot.write.language import content_words, holds
from bot.write.places import from_press

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.domain.brief import Told
    from bot.domain.record import Record
    from bot.domain.signal import Signal

# So many words of a report say that a post is about it, in a title beside a name one; its beginning says what
# it is about.
_NAMES_EVENT, _BESIDE_A_NAME, _BEGINNING = 2, 1, 300
# So many posts show how lively the talk was before; an event makes it so many times as lively.
_FEWEST_BEFORE, _STIRS = 5, 2


def fresh(press: Iterable[Record], signal: Signal, told: Iterable[Told]) -> list[Record]:
    """Return the articles of `press` that appeared in the window and after the last story of it, in order."""
    since = _since(signal, told)
    return [one for one in press if one.kind is RecordKind.ARTICLE and one.created_at >= since]


def heading(talk: Sequence[Record], signal: Signal, told: Iterable[Told]) -> list[Record]:
    """Return what opened the thread in which most of `talk` stands, if its title says what happened.

    Nothing if that asks, or appeared before the window or the last story of it.
    """
    drawn = Counter(record.thread for record in talk)
    opened = [record for record in talk if record.opens_thread and record.title]
    first = max(
        opened, key=lambda record: (drawn[record.thread], -record.created_at.timestamp()), default=None
    )
    if first is None or drawn[first.thread] < max(drawn.values()) or first.created_at < _since(signal, told):
        return []
    return [] if asks_for(first.title or "") else [first]


def _since(signal: Signal, told: Iterable[Told]) -> datetime:
    return max([signal.window_start, *(earlier.published_at for earlier in told if not earlier.near)])


def begun(
    records: Sequence[Record], reports: Sequence[Record], names: Sequence[str], now: datetime
) -> datetime | None:
    """Return when the event began that the first of `reports` tells; None if there is none.

    That is with the report, or with the first of `records`, which come in order of time, that says what it is
    about in other words than the `names` of the matter. Where as much was said before as until `now`, the
    report came in the midst of it and begins nothing.
    """
    report = next(iter(reports), None)
    if report is None:
        return None
    known = {word for name in names for word in content_words(name)}
    happened = content_words(f"{report.title} {report.text[:_BEGINNING]}") - known
    talk = [record for record in records if not from_press(record)]
    naming = (record.created_at for record in talk if _names(record, happened, names))
    start = min([report.created_at, *naming])
    return start if _stirs([record.created_at for record in talk], start, now) else None


def _names(record: Record, happened: frozenset[str], names: Iterable[str]) -> bool:
    """Tell whether `record` says what `happened`, in a title beside one of the `names` or by itself."""
    if len(happened & content_words(record.words)) >= _NAMES_EVENT:
        return True
    title = record.title or ""
    return len(happened & content_words(title)) >= _BESIDE_A_NAME and any(holds(title, one) for one in names)


def _stirs(said: Sequence[datetime], start: datetime, now: datetime) -> bool:
    """Tell whether more is said from `start` to `now` than before; `said` are the times of all posts."""
    before = [at for at in said if at < start]
    if len(before) < _FEWEST_BEFORE or now <= start:
        return True
    earlier, since = ((end - begin).total_seconds() for begin, end in ((before[0], start), (start, now)))
    return (len(said) - len(before)) * earlier >= _STIRS * len(before) * since
