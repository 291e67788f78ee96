"""How much was heard, at each hour, where the storylines that are watched come from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.exposure import ALL_HEARD, Exposure, Spans, heard_hours, measure
from bot.detect.signals import HISTORY, QUIET, WINDOW
from bot.store import gaps, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.rhythm import Rhythm
    from bot.domain.gap import Gap
    from bot.domain.place import Place
    from bot.store.storylines import Stretch

_HOUR = timedelta(hours=1)
# What is said on a day of which less was heard is not what is usual on a day.
_MUCH_OF_A_DAY = 0.75
_EPOCH = date(1970, 1, 1).toordinal()
_HOURS = round((HISTORY + WINDOW) / _HOUR)
_WINDOW = round(WINDOW / _HOUR)


async def of(
    connection: AsyncConnection,
    begun: Mapping[str, datetime],
    spoken: Sequence[Stretch],
    missed: Sequence[Gap],
    rhythm: Rhythm,
    now: datetime,
) -> Mapping[str, Exposure]:
    """Return the exposure of storylines; `begun` is since when each can have been heard.

    `spoken` is what counts of the last day of each. `missed` are days of which nothing was heard at all.
    """
    lost = await gaps.by_target(connection, now - _HOURS * _HOUR, now)
    if not missed and not any(gone for targets in lost.values() for gone in targets.values()):
        return dict.fromkeys(begun, ALL_HEARD)
    usual = np.array([rhythm.factor(now - (hour + 0.5) * _HOUR) for hour in range(_HOURS)])
    said = await _by_hour(connection, begun, spoken, now)
    heard = {place: _heard(lost, missed, place, now) for hours in said.values() for place in hours}
    return {
        line: measure(
            said.get(line, {}),
            heard,
            usual,
            Spans(_WINDOW, round(QUIET / _HOUR), -(-(now - since) // _HOUR)),
        )
        for line, since in begun.items()
    }


async def missed_days(connection: AsyncConnection, start: datetime, end: datetime) -> frozenset[int]:
    """Return the UTC days (since 1970) from `start` to `end`, two midnights, of which too little was heard.

    A source weighs by what came from there. If it was too little of all of them, none is left out.
    """
    lost = await gaps.by_target(connection, start, end)
    if not any(gone for targets in lost.values() for gone in targets.values()):
        return frozenset()
    said = await places.by_source(connection, start, end)
    hours = round((end - start) / _HOUR)
    heard = np.zeros(hours)
    for source, number in said.items():
        targets = list(lost.get(source, {}).values()) or [[]]
        heard += number * heard_hours(end, hours, [[one.gap for one in gone] for gone in targets])
    shares = heard.reshape(-1, 24).mean(axis=1) / max(1, sum(said.values()))
    last = end.toordinal() - _EPOCH - 1
    missed = frozenset(last - ago for ago, share in enumerate(shares) if share < _MUCH_OF_A_DAY)
    return missed if len(missed) < len(shares) else frozenset()


async def _by_hour(
    connection: AsyncConnection, ids: Iterable[str], spoken: Sequence[Stretch], now: datetime
) -> dict[str, dict[Place, NDArray[np.float64]]]:
    """Return by storyline and place how much came in each hour; of the last day only what counts.

    What copiers and farms said in hours that were not heard would else be taken off what people said.
    """
    rows = await places.by_hour(connection, ids, now, _HOURS)
    said = {
        line: {place: np.array(hours, dtype=np.float64) for place, hours in by_place.items()}
        for line, by_place in rows.items()
    }
    for stretch in spoken:
        for hours in said.get(stretch.storyline_id, {}).values():
            hours[:_WINDOW] = 0.0
        for (place, hour), number in stretch.hours.items():
            said[stretch.storyline_id][place][hour] = number
    return said


def _heard(lost: gaps.ByTarget, missed: Sequence[Gap], place: Place, now: datetime) -> NDArray[np.float64]:
    """Return the share of each hour that was heard at a place."""
    targets = gaps.of_place(lost, *place) or [[]]
    return heard_hours(now, _HOURS, [[*missed, *(one.gap for one in gone)] for gone in targets])
