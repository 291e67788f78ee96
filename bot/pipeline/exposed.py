"""How much was heard, at each hour, where the storylines that are watched come from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.exposure import ALL_HEARD, Exposure, Spans, heard_hours, measure
from bot.detect.signals import HISTORY, QUIET, WINDOW
from bot.store import gaps, places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.rhythm import Rhythm
    from bot.domain.gap import Gap
    from bot.domain.place import Place

_HOUR = timedelta(hours=1)
_HOURS = round((HISTORY + WINDOW) / _HOUR)


async def of(
    connection: AsyncConnection,
    begun: Mapping[str, datetime],
    missed: Sequence[Gap],
    rhythm: Rhythm,
    now: datetime,
) -> Mapping[str, Exposure]:
    """Return the exposure of storylines; `begun` is since when each can have been heard.

    `missed` are days of which nothing was heard at all.
    """
    lost = await gaps.by_target(connection, now - _HOURS * _HOUR, now)
    if not missed and not any(gone for targets in lost.values() for gone in targets.values()):
        return dict.fromkeys(begun, ALL_HEARD)
    usual = np.array([rhythm.factor(now - (hour + 0.5) * _HOUR) for hour in range(_HOURS)])
    said = await places.by_hour(connection, begun, now, _HOURS)
    heard = {place: _heard(lost, missed, place, now) for spoken in said.values() for place in spoken}
    return {
        line: measure(
            {place: np.array(hours, dtype=np.float64) for place, hours in said.get(line, {}).items()},
            heard,
            usual,
            Spans(round(WINDOW / _HOUR), round(QUIET / _HOUR), -(-(now - since) // _HOUR)),
        )
        for line, since in begun.items()
    }


def _heard(lost: gaps.ByTarget, missed: Sequence[Gap], place: Place, now: datetime) -> NDArray[np.float64]:
    """Return the share of each hour that was heard at a place."""
    targets = gaps.of_place(lost, *place) or [[]]
    return heard_hours(now, _HOURS, [[*missed, *(one.gap for one in gone)] for gone in targets])
