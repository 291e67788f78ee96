"""Recheck: once a day, ask again for every record that a story shows; what was taken back is erased.

Bluesky announces deletions by itself. A story that loses evidence this way is mended at the next tick.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.collect.port import Recheckable
from bot.domain.errors import SourceError
from bot.store import records

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Newsroom

# Each run asks a source for this many at most, so that a long history of stories is no rush on its servers.
_BATCH = 40
_AGAIN = timedelta(days=1)
_SHOWN_WITHIN = timedelta(days=90)

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> int:
    """Ask every source that can be asked; return how many records were taken back."""
    return sum(
        [
            await _source(newsroom, source)
            for source in newsroom.polled
            if source.off_reason is None and isinstance(source, Recheckable)
        ]
    )


async def _source(newsroom: Newsroom, source: Recheckable) -> int:
    now = newsroom.clock.now()
    async with newsroom.store.read() as connection:
        due = await records.shown(
            connection, source.name, since=now - _SHOWN_WITHIN, asked_before=now - _AGAIN, limit=_BATCH
        )
    if not due:
        return 0
    try:
        gone = await source.recheck(due, now)
    except Exception as error:
        known = isinstance(error, SourceError)
        log.log(
            logging.WARNING if known else logging.ERROR,
            "not rechecked",
            action="recheck",
            status="error",
            source=source.name,
            error=str(error) if known else type(error).__name__,
            exc_info=None if known else error,
        )
        return 0
    async with newsroom.store.write() as connection:
        await records.rechecked(connection, [record.id for record in due], now)
        stories = await records.erase(connection, gone, now)
    log.info(
        "rechecked",
        action="recheck",
        status="ok",
        source=source.name,
        asked=len(due),
        gone=len(gone),
        stories=len(stories),
    )
    return len(gone)
