"""How much was heard, at each hour, where the storylines that are watched come from."""

from __future__ import annotations

from collections import defaultdict
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
    """Return the exposure of storylines that `begun` so long ago, or were listened for since then.

    `missed` are days of which nothing was heard at all.
    """
    lost = await gaps.by_target(connection, now - _HOURS * _HOUR, now)
    if not missed and not any(gone for targets in lost.values() for gone in targets.values()):
        return dict.fromkeys(begun, ALL_HEARD)
    usual = np.array([rhythm.factor(now - (hour + 0.5) * _HOUR) for hour in range(_HOURS)])
    heard = _Heard(lost, missed, now)
    said = await places.by_hour(connection, begun, now, _HOURS)
    return {
        line: measure(
            {place: np.array(hours, dtype=np.float64) for place, hours in said[line].items()},
            heard,
            usual,
            Spans(round(WINDOW / _HOUR), round(QUIET / _HOUR), -(-(now - since) // _HOUR)),
        )
        for line, since in begun.items()
    }


class _Heard(defaultdict["Place", "NDArray[np.float64]"]):
    """The share of each hour that was heard, by place, worked out when it is asked for."""

    def __init__(self, lost: gaps.ByTarget, missed: Sequence[Gap], now: datetime) -> None:
        super().__init__()
        self._lost, self._missed, self._now = lost, missed, now

    def __missing__(self, place: Place) -> NDArray[np.float64]:
        targets = gaps.of_place(self._lost, *place) or [[]]
        self[place] = heard_hours(
            self._now, _HOURS, [[*self._missed, *(one.gap for one in gone)] for gone in targets]
        )
        return self[place]
