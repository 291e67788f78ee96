"""Hear: ask each source that is due, and store what it brought together with how far it was read."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.collect import visits
from bot.domain.errors import SourceError
from bot.store import gaps, records, sources

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.collect.port import Haul, PolledSource, StreamedSource
    from bot.pipeline.newsroom import Newsroom
    from bot.store.sources import SourceState

_FIRST_COOLDOWN = timedelta(minutes=1)
_LONGEST_COOLDOWN = timedelta(hours=6)

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom, *, only: str | None = None, force: bool = False) -> dict[str, str]:
    """Ask every polled source that listens and is due; return what became of each target.

    `only` names one source; `force` asks it even if it is not due.
    """
    polled = [source for source in newsroom.polled if only in {None, source.name}]
    rounds = await asyncio.gather(*(_source(newsroom, source, force=force) for source in polled))
    return {name: outcome for one in rounds for name, outcome in one.items()}


async def _source(newsroom: Newsroom, source: PolledSource, *, force: bool) -> dict[str, str]:
    if source.off_reason is not None:
        return {source.name: f"off: {source.off_reason}"}
    outcomes: dict[str, str] = {}
    for target in source.targets:
        outcomes[f"{source.name} {target}"] = str(await visit(newsroom, source, target, force=force))
    return outcomes


@dataclass(frozen=True, slots=True)
class Visited:
    """What became of a visit: records that were new, changed or unreadable; or `why` there are none."""

    new: int = 0
    changed: int = 0
    bad: int = 0
    why: str = ""

    def __str__(self) -> str:
        return self.why or f"{self.new} new, {self.changed} changed, {self.bad} unreadable"


async def visit(newsroom: Newsroom, source: PolledSource, target: str, *, force: bool = False) -> Visited:
    """Ask one target if it is due (`force`: in any case), and store what it brought."""
    now = newsroom.clock.now()
    async with newsroom.store.read() as connection:
        state = await sources.get(connection, source.name, target)
    if not force and state.next_check_at is not None and state.next_check_at > now:
        return Visited(why="not due")
    try:
        haul = await source.fetch(target, state.cursor, now)
        added = await keep(newsroom, source.name, target, haul, interval=source.interval)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one source, the others go on
        return Visited(why=f"failed: {await _failed(newsroom, source.name, target, error)}")
    if haul.not_modified:
        return Visited(why="nothing new")
    return Visited(len(added.new), len(added.changed), haul.bad)


async def keep(
    newsroom: Newsroom, source: str, target: str, haul: Haul, *, interval: timedelta | None = None
) -> records.Added:
    """Store a haul, its cursor, its gaps and when to come again in one transaction.

    `interval` is the shortest time between two visits of the target (None: a stream, which is not visited).
    """
    now = newsroom.clock.now()
    async with newsroom.store.write() as connection:
        state = await sources.get(connection, source, target)
        # A stream tells of every deletion in the network; few are of records that were kept.
        gone = await records.known(connection, haul.gone)
        for author_key in haul.gone_authors:
            gone += await records.ids_by(connection, author_key=author_key)
        added = await records.add(connection, haul.records, now)
        erased = await records.erase(connection, gone, now)
        await _move_on(newsroom, connection, state, haul, len(added.new), interval)
    log.info(
        "heard",
        action="hear",
        status="not_modified" if haul.not_modified else "ok",
        source=source,
        target=target,
        new=len(added.new),
        changed=len(added.changed),
        bad=haul.bad,
        gone=len(gone),
        stories=len(erased),
        gaps=len(haul.gaps),
    )
    return added


async def _move_on(
    newsroom: Newsroom,
    connection: AsyncConnection,
    state: SourceState,
    haul: Haul,
    new: int,
    interval: timedelta | None,
) -> None:
    now = newsroom.clock.now()
    elapsed = now - state.last_success_at if state.last_success_at else None
    rate, due = visits.rate_of(state.rate, new, elapsed), None
    if interval is not None:
        due = visits.next_visit(now, interval, rate, haul.next_check_at, newsroom.chance())
    await gaps.add(connection, state.source, state.target, haul.gaps)
    await sources.succeeded(
        connection,
        state.source,
        state.target,
        cursor=haul.cursor,
        at=now,
        heard_until=haul.heard_until or (None if haul.unfinished else now),
        next_check_at=due,
        rate=rate,
    )


async def _failed(newsroom: Newsroom, source: str, target: str, error: Exception) -> str:
    """Count a failure and return what to call it; an error nobody foresaw is logged whole."""
    known = isinstance(error, SourceError)
    what = str(error) if known else f"unexpected {type(error).__name__}, see the log"
    wanted = error.retry_at if isinstance(error, SourceError) else None
    async with newsroom.store.write() as connection:
        state = await sources.get(connection, source, target)
        wait = min(_FIRST_COOLDOWN * 2 ** min(state.failures, 10), _LONGEST_COOLDOWN)
        now = newsroom.clock.now()
        cooldown = wanted or visits.later(now, now + wait, newsroom.chance())
        await sources.failed(connection, state, error=what, cooldown_until=cooldown)
    log.log(
        logging.WARNING if known else logging.ERROR,
        "not heard",
        action="hear",
        status="error",
        source=source,
        target=target,
        error=what,
        retry_at=cooldown.isoformat(),
        exc_info=None if known else error,
    )
    return what


async def listen(
    newsroom: Newsroom, source: StreamedSource, target: str, *, until: datetime | None = None
) -> None:
    """Keep a stream flowing into the store until cancelled or `until` a time; one that breaks is taken up."""

    def over() -> bool:
        return until is not None and newsroom.clock.now() >= until

    while not over():
        async with newsroom.store.read() as connection:
            state = await sources.get(connection, source.name, target)
        await newsroom.clock.wait_until(state.cooldown_until or newsroom.clock.now())
        if over():
            return
        try:
            async with aclosing(source.stream(target, state.cursor)) as stream:
                async for haul in stream:
                    await keep(newsroom, source.name, target, haul)
                    if over():
                        return
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one stream, the others go on
            await _failed(newsroom, source.name, target, error)
