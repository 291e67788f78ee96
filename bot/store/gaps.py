"""Gaps: what was not heard, so that later stages do not take silence for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa

from bot.domain.gap import Gap
from bot.store.schema import gaps, sources
from bot.store.sources import RECHECKING
from bot.store.sql import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

ByTarget = dict[str, dict[str, list["Unheard"]]]

# A target that is visited in time may be this late before its silence means something.
LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Unheard:
    """A gap of one target of one source."""

    source: str
    target: str
    gap: Gap


async def add(connection: AsyncConnection, source: str, target: str, found: Iterable[Gap]) -> None:
    """Keep gaps; one that is known stays as it is."""
    rows = [
        {"source": source, "target": target, "started_at": g.start, "ended_at": g.end, "reason": g.reason}
        for g in found
        if g.start < g.end
    ]
    await insert_new(connection, gaps, rows)


async def since(connection: AsyncConnection, moment: datetime) -> list[Unheard]:
    """Return the gaps that ended after `moment`, by source, target and time."""
    statement = (
        sa.select(gaps)
        .where(gaps.c.ended_at > moment)
        .order_by(gaps.c.source, gaps.c.target, gaps.c.started_at)
    )
    return [
        Unheard(row.source, row.target, Gap(row.started_at, row.ended_at, row.reason))
        for row in await connection.execute(statement)
    ]


async def unheard(
    connection: AsyncConnection,
    source: str,
    start: datetime,
    end: datetime,
    *,
    targets: Collection[str] | None = None,
) -> list[Unheard]:
    """Return which stretches between `start` and `end` were not heard at `source`, or not yet.

    `targets` are those of its targets that matter (None: all that were ever visited, also those that are no
    longer configured). Not heard are recorded gaps, what was said before listening began, and what is still
    to be fetched: after a failure, while catching up, or when a visit is overdue by more than ten minutes. An
    empty list means that all of it was heard; so it does for a source that was never visited, as in a replay.
    """
    found = (await by_target(connection, start, end)).get(source, {})
    return [gap for target, lost in found.items() if targets is None or target in targets for gap in lost]


async def heard(
    connection: AsyncConnection,
    source: str,
    start: datetime,
    end: datetime,
    *,
    targets: Collection[str] | None = None,
) -> bool:
    """Tell whether everything said at `source` between `start` and `end` was heard (see `unheard`)."""
    return not await unheard(connection, source, start, end, targets=targets)


async def missing(
    connection: AsyncConnection, places: Iterable[tuple[str, str]], start: datetime, end: datetime
) -> dict[str, list[Unheard]]:
    """Return, for those of `places` (source, place) that were not heard throughout, what was not.

    A place that has targets of its own (a subreddit, a forum) is judged by those, any other by its source's.
    """
    heard_of = await by_target(connection, start, end)
    found: dict[str, list[Unheard]] = {}
    for source, place in sorted(set(places)):
        if mine := [gap for lost in of_place(heard_of, source, place) for gap in lost]:
            found.setdefault(place, []).extend(mine)
    return found


async def by_target(connection: AsyncConnection, start: datetime, end: datetime) -> ByTarget:
    """Return what of a stretch was not heard, by source and target, of all that were ever visited."""
    mine = sources.c.target.not_like(f"{RECHECKING}%")
    states = (
        await connection.execute(sa.select(sources).where(mine).order_by(sources.c.source, sources.c.target))
    ).all()
    found: ByTarget = {}
    for state in states:
        found.setdefault(state.source, {})[state.target] = []
    for one in await since(connection, start):
        if one.gap.start < end and one.target in found.get(one.source, {}):
            found[one.source][one.target].append(one)
    for state in states:
        found[state.source][state.target] += [
            Unheard(state.source, state.target, gap) for gap in _around(state, start, end)
        ]
    return found


def of_place(found: ByTarget, source: str, place: str) -> list[list[Unheard]]:
    """Return what was not heard of each target that a place comes from, empty where all of it was.

    Those are its own targets if it has any, else all of its source; none for a source that was never visited.
    """
    targets = found.get(source, {})
    own = {target: lost for target, lost in targets.items() if _gives(target, place)} or targets
    return list(own.values())


def _gives(target: str, place: str) -> bool:
    """Tell whether a target is where the records of `place` come from, by their names."""
    parts = urlsplit(target.lower())
    name = parts.path.rsplit("/", 1)[-1]
    return place.lower() in {f"r/{name}", parts.netloc, f"{name}@{parts.netloc}"}


def _around(state: sa.Row[tuple[object, ...]], start: datetime, end: datetime) -> Iterator[Gap]:
    """Yield what of a stretch a target was not listening to yet, and what of it is still to be fetched."""
    if state.heard_since is None or state.heard_since > start:
        yield Gap(start, min(state.heard_since or end, end), "not listened to yet")
    if state.heard_since is not None and (reached := _reached(state)) < end:
        yield Gap(max(reached, start), end, state.last_error or "not fetched yet")


def _reached(state: sa.Row[tuple[object, ...]]) -> datetime:
    """Return until when a target counts as heard: if all is well, as long as no visit is overdue."""
    until: datetime = state.heard_until or state.heard_since
    if state.failures:
        return until
    caught_up = state.last_success_at - until <= LATE
    return max(until, state.next_check_at or until) + LATE if caught_up else until
