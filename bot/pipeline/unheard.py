"""What was not heard while a matter was talked about, so that a story takes no silence for an answer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.store import gaps, sources
from bot.write.places import from_press, place_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.store.gaps import Unheard


async def during(
    connection: AsyncConnection, said: Sequence[Record], start: datetime, end: datetime
) -> tuple[str, ...]:
    """Return in words what was not heard between `start` and `end` where `said` was said.

    Articles and papers are left out: only talk is measured. Of a source with several targets (subreddits,
    forums) those count that the talk comes from.
    """
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for record in said:
        if not from_press(record):
            names[record.source][record.place] = place_of(record).name
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for state in await sources.all_states(connection):
        targets[state.source].append(state.target)
    found: list[str] = []
    for source, places in sorted(names.items()):
        concerned = _concerned(targets[source], places)
        missed = await gaps.unheard(connection, source, start, end, targets=concerned)
        found += [_in_words(gap, places) for gap in sorted(missed, key=lambda gap: gap.gap.start)]
    return tuple(dict.fromkeys(found))


def _concerned(targets: Sequence[str], places: Collection[str]) -> list[str]:
    """Return the targets that are named after one of `places`; all where no target is, as with a stream."""
    own = [target for target in targets if any(_is_of(target, place) for place in places)]
    return own or list(targets)


def _is_of(target: str, place: str) -> bool:
    return place.removeprefix("r/").casefold() in target.casefold()


def _in_words(missed: Unheard, places: Mapping[str, str]) -> str:
    own = [name for place, name in places.items() if _is_of(missed.target, place)]
    where = ", ".join(own or places.values())
    start, end = missed.gap.start, missed.gap.end
    return f"{where}: not heard from {start:%A %H:%M} to {end:%A %H:%M} UTC"
