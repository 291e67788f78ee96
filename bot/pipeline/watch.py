"""Watch: every hour, ask of each storyline that was spoken of whether its last day is news.

What is goes on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

import structlog

from bot.detect import baseline
from bot.detect.labels import label
from bot.detect.signals import FEWEST_AUTHORS, HISTORY, QUIET, WINDOW, Activity, judge
from bot.domain.clock import hour_of
from bot.domain.signal import OF_MOOD
from bot.pipeline import audit, exposed, mood
from bot.pipeline.memory import counted_over
from bot.store import attention, signals, sources, storylines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.exposure import Exposure
    from bot.detect.rhythm import Rhythm
    from bot.domain.signal import Signal, SignalKind
    from bot.pipeline.memory import Memory
    from bot.pipeline.newsroom import Newsroom
    from bot.store.storylines import Stretch

# Without a day of listening behind it, everything looks new.
_LEAST_HEARD = timedelta(hours=24)
_DAY = timedelta(days=1)
# A day of which so little was heard says nothing of how counts scatter.
_SLIVER = 0.25
_REPEAT_AFTER = timedelta(hours=12)
# A mood that has turned stays turned for as long as it is held against the days before.
_MOOD_REPEAT_AFTER = timedelta(hours=72)
# A matter comes back after a silence, not after years.
_LONG_AGO = timedelta(days=90)
_ANY_TIME = datetime.fromtimestamp(0, UTC)
# What was heard so shortly before a watch may have been noticed after it.
_OVERLAP = timedelta(minutes=10)

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> list[Signal]:
    """Put on the wire what is news at this hour, in one transaction; return it."""
    now = newsroom.clock.now()
    await newsroom.memory.recall(newsroom.store, now)
    try:
        found = await _watch(newsroom, now)
    except BaseException:
        newsroom.memory.forget()
        raise
    for signal in found:
        log.info(
            "signal",
            action="watch",
            status="ok",
            signal=signal.id,
            kind=signal.kind.value,
            records=signal.observed,
        )
    return found


async def _watch(newsroom: Newsroom, now: datetime) -> list[Signal]:
    async with newsroom.store.write() as connection:
        last = await sources.last_done(connection, "watch")
        if last is not None and last >= hour_of(now):
            return []
        gained = await audit.run(newsroom.memory.index, connection, now)
        # Where no word was said, nothing has become news since.
        spoken_of = await storylines.spoken_of(connection, last - _OVERLAP if last else _ANY_TIME)
        found = await _judge(connection, now, newsroom.memory, gained | spoken_of)
        if found:
            await _put(newsroom.memory, connection, found)
        await sources.tick(connection, "watch", now)
    return found


async def _judge(
    connection: AsyncConnection, now: datetime, memory: Memory, ids: Iterable[str]
) -> list[Signal]:
    busy = await _busy(connection, now, memory, ids)
    raised = await signals.raised_since(connection, now - HISTORY)
    volume = _of_volume(raised)
    of_volume = [
        judge(replace(activity, raised=activity.storyline_id in volume))
        for _, activity in busy
        if volume.get(activity.storyline_id, _ANY_TIME) <= now - _REPEAT_AFTER
    ]
    moods = await mood.read(connection, busy, now)
    of_mood = [
        signal
        for signal in moods
        if raised.get((signal.storyline_id, signal.kind), _ANY_TIME) <= now - _MOOD_REPEAT_AFTER
    ]
    return [*(signal for signal in of_volume if signal is not None), *of_mood]


def _of_volume(raised: Mapping[tuple[str, SignalKind], datetime]) -> dict[str, datetime]:
    """Return when the volume of each storyline was last a signal."""
    found: dict[str, datetime] = {}
    for (line, kind), at in raised.items():
        if kind not in OF_MOOD:
            found[line] = max(at, found.get(line, at))
    return found


async def _busy(
    connection: AsyncConnection, now: datetime, memory: Memory, ids: Iterable[str]
) -> list[tuple[Stretch, Activity]]:
    """Return those storylines of which enough people spoke in the last day."""
    start = now - WINDOW
    listened = await attention.of(connection, now, at_most=HISTORY + WINDOW)
    if listened is None or now - listened.since < _LEAST_HEARD:
        return []
    stretches = await storylines.stretches(connection, ids, start, now, authors=FEWEST_AUTHORS)
    known = await _known(connection, [stretch.storyline_id for stretch in stretches], start, now, memory)
    heard = min(HISTORY, max(start - listened.first, timedelta()))
    pace = _pace(memory.rhythm, start - heard, start, now)
    begun = {line: max(start - heard, one.first_at) for line, one in known.items()}
    exposures = await exposed.of(connection, begun, stretches, listened.missed, memory.rhythm, now)
    found = []
    for stretch in stretches:
        line = stretch.storyline_id
        activity = _activity(stretch, known[line], exposures[line], now, heard=heard, pace=pace)
        found.append((stretch, activity))
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a storyline beside its last day: `by_day` counts the days before it, newest first."""

    beat: str
    first_at: datetime
    by_day: Sequence[int]
    lately: int
    long_ago: int
    beat_rate: float


async def _known(
    connection: AsyncConnection, ids: Sequence[str], start: datetime, now: datetime, memory: Memory
) -> dict[str, _Known]:
    days = await storylines.by_day(connection, ids, start, HISTORY.days)
    lately = await storylines.history(connection, ids, start - QUIET, start)
    silent = [line for line in ids if not any(days.get(line, ()))]
    long_ago = await storylines.history(connection, silent, start - _LONG_AGO, start - HISTORY)
    laid = memory.laid or now
    own = await storylines.own_counts(
        connection, ids, *counted_over(laid), counted_at=laid, missed=memory.usual.missed
    )
    known = {}
    for line, (beat, first_at) in (await storylines.origins(connection, ids)).items():
        rate = memory.usual.rate(beat, own.get(line, (0, 0)))
        known[line] = _Known(
            beat, first_at, days.get(line, ()), lately.get(line, 0), long_ago.get(line, 0), rate
        )
    return known


def _activity(
    stretch: Stretch, known: _Known, exposure: Exposure, now: datetime, *, heard: timedelta, pace: float
) -> Activity:
    start = now - WINDOW
    return Activity(
        storyline_id=stretch.storyline_id,
        beat=known.beat,
        until=now,
        first_at=known.first_at,
        records=stretch.records,
        authors=stretch.authors,
        copies=stretch.copies,
        places=stretch.places,
        evidence=stretch.evidence,
        before=sum(known.by_day),
        heard_days=heard / _DAY,
        beat_rate=known.beat_rate,
        lately=known.lately,
        long_ago=known.long_ago,
        farm=len(stretch.farm),
        pace=pace,
        spread=_spread(known.by_day, start - max(start - heard, known.first_at), exposure.days),
        exposure=exposure,
    )


def _pace(rhythm: Rhythm, since: datetime, start: datetime, now: datetime) -> float:
    """Return how much is usual from `start` to `now`, against a day of the time since `since`."""
    usual = rhythm.usual_days(since, start) / ((start - since) / _DAY) if start > since else 1.0
    return rhythm.usual_days(start, now) / usual


def _spread(counts: Sequence[int], heard: timedelta, exposed: Sequence[float]) -> float:
    """Return how counts of days, newest first, scatter over the whole days that were heard.

    `exposed` is how much of each was heard where the storyline comes from, empty if all was.
    """
    whole = counts[: max(0, heard // _DAY)]
    days = [(n, share) for n, share in zip(whole, exposed or repeat(1.0), strict=False) if share > _SLIVER]
    exposure = sum(share for _, share in days)
    counted = [n for n, _ in days]
    return baseline.spread(counted, [sum(counted) / exposure * share for _, share in days]) if days else 0.0


async def _put(memory: Memory, connection: AsyncConnection, found: Sequence[Signal]) -> None:
    for signal in found:
        said = await storylines.said_in(
            connection, signal.storyline_id, signal.window_start, signal.window_end
        )
        await storylines.describe(
            connection,
            signal.storyline_id,
            beat=await storylines.beat_of(connection, [record.id for record in said]) or signal.beat,
            label=label(said, memory.index.weights.seen, memory.index.weights.documents),
        )
        await signals.add(connection, signal)
