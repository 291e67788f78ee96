"""Sweep: what a story cites is asked for again at its source, and what was taken back is erased.

Right before a story is planned, and daily while it is young, whatever became of it. A source that is down
delays a new story by an hour at most (docs/decisions/0016-asking-again.md). Mending is the next move's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from bot.domain.story import StoryState
from bot.pipeline import consent
from bot.store import publications, rechecks, records, sources, stories

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom

# A story that is planned within this time of the last look needs no other one.
_FRESH = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(hours=1)
_FIRST_COOLDOWN = timedelta(minutes=1)
_LONGEST_COOLDOWN = timedelta(hours=6)
# Of a place's comments, and of what else was said there, in one round: nobody is asked for all at once.
_MOST, _MOST_IN_ALL = 60, 1_000
_SECONDS = 240
_PRESS = frozenset({RecordKind.ARTICLE, RecordKind.PAPER})

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> int:
    """Ask about what is due of all told stories; return how many records were taken out."""
    async with newsroom.store.read() as connection:
        due = await rechecks.due(
            connection, newsroom.clock.now(), newsroom.recheckable, _MOST_IN_ALL, each=_MOST
        )
    return await _sweep(newsroom, due)


async def waiting(newsroom: Newsroom) -> int:
    """Ask about what stories cite that are about to be planned; return how many records were taken out."""
    due: dict[str, Record] = {}
    if not newsroom.recheckable:
        return 0
    async with newsroom.store.read() as connection:
        for story in await stories.in_state(connection, StoryState.APPROVED):
            planned = {item.version for item in await publications.of_story(connection, story.id)}
            if story.version not in planned:
                due |= {record.id: record for record in await _stale(newsroom, connection, story)}
    return await _sweep(newsroom, list(due.values()))


async def ready(newsroom: Newsroom, story: Story) -> bool:
    """Tell whether a story may be planned: all it cites was asked for again, or it has waited long enough."""
    if not newsroom.recheckable or newsroom.clock.now() - story.updated_at > _LONGEST_WAIT:
        return True
    async with newsroom.store.read() as connection:
        return not await _stale(newsroom, connection, story)


async def _stale(newsroom: Newsroom, connection: AsyncConnection, story: Story) -> list[Record]:
    cited = {item.record_id for item in story.draft.citations()}
    since = newsroom.clock.now() - _FRESH
    return await rechecks.stale(connection, cited, since, newsroom.recheckable)


async def _sweep(newsroom: Newsroom, due: Iterable[Record]) -> int:
    """Ask each place about its records, all places at once.

    Comments are asked about apart: a source may refuse them and still tell of what they stand under.
    """
    places: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in due:
        comments = " comments" if record.kind is RecordKind.COMMENT else ""
        places[record.source, f"{record.place}{comments}"].append(record)
    taken = await asyncio.gather(*(_place(newsroom, *key, said) for key, said in places.items()))
    return sum(taken)


async def _place(newsroom: Newsroom, source: str, place: str, asked: Sequence[Record]) -> int:
    now, target = newsroom.clock.now(), f"{sources.RECHECKING}{place}"
    async with newsroom.store.read() as connection:
        state = await sources.get(connection, source, target)
    if state.cooldown_until is not None and state.cooldown_until > now:
        return 0
    try:
        async with asyncio.timeout(_SECONDS):
            gone = set(await newsroom.recheckable[source].recheck(asked, now))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one place, the others go on
        await _failed(newsroom, state, error)
        return 0
    await consent.silent(newsroom, asked)
    refusing = await consent.refusing(newsroom, asked)
    lost = [record for record in asked if record.id in gone or record.author_key in refusing]
    async with newsroom.store.write() as connection:
        await rechecks.checked(connection, [record.id for record in asked], now)
        await records.unquote(connection, _ids(lost, press=True), now)
        await records.erase(connection, _ids(lost, press=False), now)
        await sources.succeeded(connection, source, target, cursor={}, at=now)
    log.info(
        "asked again",
        action="sweep",
        status="ok",
        source=source,
        target=target,
        asked=len(asked),
        gone=len(lost),
    )
    return len(lost)


def _ids(lost: Iterable[Record], *, press: bool) -> list[str]:
    return [record.id for record in lost if (record.kind in _PRESS) is press]


async def _failed(newsroom: Newsroom, state: sources.SourceState, error: Exception) -> None:
    known = isinstance(error, SourceError | TimeoutError)
    what = str(error) or f"no answer within {_SECONDS} seconds"
    if not known:
        what = f"unexpected {type(error).__name__}, see the log"
    wanted = error.retry_at if isinstance(error, SourceError) else None
    wait = min(_FIRST_COOLDOWN * 2 ** min(state.failures, 10), _LONGEST_COOLDOWN)
    cooldown = wanted or newsroom.clock.now() + wait
    async with newsroom.store.write() as connection:
        await sources.failed(connection, state, error=what, cooldown_until=cooldown)
    log.log(
        logging.WARNING if known else logging.ERROR,
        "not asked again",
        action="sweep",
        status="error",
        source=state.source,
        target=state.target,
        error=what,
        retry_at=cooldown.isoformat(),
        exc_info=None if known else error,
    )
