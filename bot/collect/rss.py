"""RSS and Atom feeds of outlets and labs."""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from bot.collect.feeds import MAX_BYTES, date_of, passage_of, read_feed, text_of
from bot.collect.intake import Batch, Heard, as_heard, host_of, make_record, web_url
from bot.collect.markup import Passage, read_html
from bot.collect.port import Haul
from bot.domain.errors import InputError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.domain.record import Record

NAME = "rss"
# Many feeds carry their whole archive; what is older than this is not news.
_OLDEST = timedelta(days=30)
_MAX_ENTRIES = 500
_DEFAULTS = Path(__file__).with_name("default_feeds.toml")


@cache
def default_feeds() -> tuple[str, ...]:
    """Return the feeds that are read when the operator names none."""
    return tuple(tomllib.loads(_DEFAULTS.read_text(encoding="utf-8"))["feeds"])


class Feeds:
    """The newest entries of each feed; a target is a feed's address."""

    name = NAME
    interval = timedelta(minutes=20)

    def __init__(self, fetcher: Fetcher, feeds: Sequence[str] = ()) -> None:
        self.targets: Sequence[str] = tuple(feeds) or default_feeds()
        self.off_reason: str | None = None
        self._fetcher = fetcher

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch a feed unless the server says that it did not change."""
        page = await self._fetcher.get(target, now=now, cursor=cursor, max_bytes=MAX_BYTES)
        later = page.next_check(now, self.interval)
        if page.not_modified:
            return Haul((), dict(page.validators), not_modified=True, next_check_at=later)
        batch = await asyncio.to_thread(read_page, page, target, now)
        return batch.haul(dict(page.validators), next_check_at=later)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those articles whose pages are gone.

        Raises SourceError.
        """
        return tuple([r.id for r in records if not await self._fetcher.stands(r.url, now=now)])


def read_page(page: Page, feed_url: str, now: datetime) -> Batch:
    """Read the entries of a feed that are at most 30 days old, at most 500.

    Raises SourceError if the page is not a feed.
    """
    feed, batch = read_feed(page), Batch()
    outlet = passage_of(feed.feed, "title").text
    for entry in feed.entries[:_MAX_ENTRIES]:
        batch.read(lambda item: read_entry(item, outlet, feed_url, now), entry)
    return batch


def read_entry(entry: Any, outlet: str, feed_url: str, now: datetime) -> Heard | None:  # noqa: ANN401 - no types
    """Read one entry; one that is too old to be news is nothing.

    Raises InputError.
    """
    created_at = as_heard(date_of(entry, "published", "updated"), now)
    if created_at < now - _OLDEST:
        return None
    url = _link(entry, feed_url)
    host = host_of(url)
    body = passage_of(entry, "summary", url)
    if not body.text:
        body = _content(entry, url)
    return make_record(
        source=NAME,
        native_id=_native_id(text_of(entry, "id"), url, feed_url),
        kind=RecordKind.ARTICLE,
        url=url,
        author=Author(host, outlet or host),
        created_at=created_at,
        not_after=now,
        text=body.text,
        title=passage_of(entry, "title").text,
        community=host,
        links=body.links,
    )


def _link(entry: Any, feed_url: str) -> str:  # noqa: ANN401 - no types
    try:
        url = web_url(urljoin(feed_url, text_of(entry, "link").strip()))
    except ValueError:
        url = None
    if url is None or not text_of(entry, "link"):
        msg = "url: the entry has no http(s) link"
        raise InputError(msg)
    return url


def _content(entry: Any, url: str) -> Passage:  # noqa: ANN401 - no types
    parts = dict.get(entry, "content")
    return read_html(text_of(parts[0], "value") if parts else "", url)


def _native_id(guid: str, url: str, feed_url: str) -> str:
    """Name an entry: a guid that is no URL means something only within its own site."""
    key = f"{host_of(feed_url)} {guid}" if guid and web_url(guid) is None else guid or url
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
