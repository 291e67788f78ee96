"""Fade: after some time the words of records that nothing rests on are let go of."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.store import records

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Newsroom

# Small enough that other writers get their turn in between.
_BATCH = 1_000

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> int:
    """Let go of what was heard longer ago than the operator keeps text; return how many records that were."""
    now = newsroom.clock.now()
    oldest = now - timedelta(days=newsroom.settings.keep_text_days)
    total = 0
    while True:
        async with newsroom.store.write() as connection:
            faded = await records.fade(connection, oldest, now, limit=_BATCH)
        total += faded
        if faded < _BATCH:
            break
    if total:
        log.info("faded", action="fade", status="ok", records=total)
    return total
