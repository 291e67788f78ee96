"""What a story has to say was not heard: at the places where its matter is usually spoken of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.detect.signals import HISTORY
from bot.domain.place import place_name
from bot.store import gaps, places

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.signal import Storyline
    from bot.store.gaps import Unheard

# A place with so much of a beat's talk is missed in any matter on it, also in one that did not begin there.
_LEAST_SHARE = 0.1


async def told(connection: AsyncConnection, line: Storyline, start: datetime, until: datetime) -> list[str]:
    """Return in words what was not heard from `start` to `until` where `line` and its beat are spoken of.

    A place that was not heard at all said nothing in that time, so it is known by the week before.
    """
    spoken = await places.of_storyline(connection, line.id, start - HISTORY, until)
    on_beat = await places.of_beat(connection, line.beat, start - HISTORY, until)
    least = _LEAST_SHARE * sum(on_beat.values())
    usual = spoken.keys() | {place for place, said in on_beat.items() if said >= least}
    lost = await gaps.missing(connection, usual, start, until)
    return [_in_words(place, found) for place, found in sorted(lost.items())]


def _in_words(place: str, lost: Sequence[Unheard]) -> str:
    start, end = min(one.gap.start for one in lost), max(one.gap.end for one in lost)
    source = lost[0].source
    name = place_name(source, place) if place == source else place
    return f"{name} was not heard throughout, between {start:%d %B, %H:%M} and {end:%d %B, %H:%M} UTC"
