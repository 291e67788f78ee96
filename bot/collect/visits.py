"""When to visit a target again: as often as it has news, never sooner than the server wants."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Yesterday counts half as much as today for how much a target has to say.
_HALF_LIFE = timedelta(days=1)
_SLOWEST = timedelta(hours=6)
_SLOWEST_FACTOR = 12
_JITTER = 0.1
_HOUR = timedelta(hours=1)


def rate_of(known: float | None, new: int, elapsed: timedelta | None) -> float | None:
    """Return how many new records an hour a target brings, after `new` of them came in `elapsed`.

    `known` is what it was before. The first visit (`elapsed` None) brings a backlog, which says nothing.
    """
    if not elapsed:
        return known
    lately = new / (elapsed / _HOUR)
    if known is None:
        return lately
    weight: float = 0.5 ** (elapsed / _HALF_LIFE)
    return known * weight + lately * (1 - weight)


def next_visit(
    now: datetime, interval: timedelta, rate: float | None, wished: datetime | None, chance: float
) -> datetime:
    """Return when to visit again: when the next record is to be expected, or when the source wishes it.

    `interval` is the shortest time between two visits. A quiet target is visited up to twelve times more
    rarely, at least every six hours (unless its own interval is longer). A wish for an earlier visit (more is
    waiting) is granted; one for a later visit is never undercut. `chance` (0 to 1) lengthens the wait by up
    to a tenth, so that not all targets are visited in the same second.
    """
    if wished is not None and wished <= now + interval:
        return wished
    slowest = max(interval, min(_SLOWEST, interval * _SLOWEST_FACTOR))
    # Hours until one new record is to be expected; None: nothing is known yet.
    expected = None if rate is None else min(1 / max(rate, 1e-9), slowest / _HOUR) * _HOUR
    return later(now, max(now + max(interval, expected or interval), wished or now), chance)


def later(now: datetime, due: datetime, chance: float) -> datetime:
    """Return `due`, put off by up to a tenth of the wait."""
    return due + (due - now) * _JITTER * chance
