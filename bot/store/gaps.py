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
    statement = sa.select(sources).where(
        sources.c.source == source, sources.c.target.not_like(f"{RECHECKING}%")
    )
    if targets is not None:
        statement = statement.where(sources.c.target.in_(list(targets)))
    states = (await connection.execute(statement.order_by(sources.c.target))).all()
    known = {state.target for state in states}
    found = [
        Unheard(source, row.target, Gap(row.started_at, row.ended_at, row.reason))
        for row in await connection.execute(
            sa.select(gaps)
            .where(gaps.c.source == source, gaps.c.started_at < end, gaps.c.ended_at > start)
            .order_by(gaps.c.target, gaps.c.started_at)
        )
        if row.target in known
    ]
    for state in states:
        found += [Unheard(source, state.target, gap) for gap in _around(state, start, end)]
    return found


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
    by_source: dict[str, set[str]] = {}
    for source, place in places:
        by_source.setdefault(source, set()).add(place)
    found: dict[str, list[Unheard]] = {}
    for source, wanted in sorted(by_source.items()):
        lost = await unheard(connection, source, start, end)
        if not lost:
            continue
        known = set(await connection.scalars(sa.select(sources.c.target).where(sources.c.source == source)))
        for place in sorted(wanted):
            own = {target for target in known if _gives(target, place)} or known
            if mine := [gap for gap in lost if gap.target in own]:
                found.setdefault(place, []).extend(mine)
    return found


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
