"""Read: of news that belongs to a beat, the text of the article itself, where its site allows that.

A feed says little more than a headline. Each site is asked for one page a round; an article is looked at
again within two days, since news is edited, until a story cites it. One that was taken down keeps its title
and link.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.collect import rss
from bot.collect.article import Outcome, Reading
from bot.domain.errors import SourceError
from bot.store import articles, records

if TYPE_CHECKING:
    from datetime import datetime

    from bot.pipeline.newsroom import Newsroom

_NEWS = timedelta(days=2)
# After the first look, after the second, and so on.
_AGAIN = (timedelta(hours=2), timedelta(hours=12), timedelta(days=1))
_TRIES = len(_AGAIN)
_DUE, _SITES = 200, 8
_FAILED = "failed"

log = structlog.get_logger(__name__)


async def run(newsroom: Newsroom) -> int:
    """Look at the pages that are due, one of each site; return how many texts were taken over."""
    if newsroom.articles is None:
        return 0
    now = newsroom.clock.now()
    async with newsroom.store.read() as connection:
        waiting = await articles.due(connection, rss.NAME, now - _NEWS, now, _DUE)
    of_site = {item.record.author.id: item for item in reversed(waiting)}
    taken = await asyncio.gather(*(_look(newsroom, item, now) for item in list(of_site.values())[:_SITES]))
    return sum(taken)


async def _look(newsroom: Newsroom, item: articles.Due, now: datetime) -> bool:
    assert newsroom.articles is not None
    record, looks = item.record, item.looks + 1
    wait, error = (_AGAIN[item.looks] if looks <= _TRIES else None), ""
    try:
        reading = await newsroom.articles.read(record.url, item.validators, now)
        outcome = reading.outcome.value
    except SourceError as failure:
        reading, outcome, error = Reading(Outcome.EMPTY, validators=item.validators), _FAILED, str(failure)
    if outcome in {Outcome.REFUSED, Outcome.GONE, Outcome.EMPTY}:
        wait = None
    look = articles.Look(outcome, looks, now + wait if wait else None, reading.validators)
    # A page that says less than its feed is a notice or a wall.
    text = reading.text if len(reading.text) > len(record.text) or item.looks else ""
    async with newsroom.store.write() as connection:
        taken = await articles.looked(connection, record.id, look, text)
        if reading.outcome is Outcome.GONE:
            await records.unquote(connection, [record.id], now)
    log.info("read", action="read", status=outcome, url=record.url, taken=taken, error=error or None)
    return taken
