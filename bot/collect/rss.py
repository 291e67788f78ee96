"""RSS, Atom and JSON feeds of outlets and labs."""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from bot.collect.feeds import MAX_BYTES, date_of, passage_of, read_feed, text_of
from bot.collect.http import MAX_FRESH
from bot.collect.intake import Batch, Heard, as_heard, from_iso, host_of, make_record, web_url
from bot.collect.jsonfeed import is_json, read_item, read_json_feed
from bot.collect.markup import Passage, read_html
from bot.collect.port import Haul
from bot.collect.robots import Robots
from bot.domain.errors import InputError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.collect.jsonfeed import Item
    from bot.domain.record import Record

NAME = "rss"
# Many feeds carry their whole archive; what is older than this is not news.
_OLDEST = timedelta(days=30)
_MAX_ENTRIES = 500
_TTL_DIGITS = 6
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
        self._robots = Robots(fetcher)

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch a feed unless the server says that it did not change."""
        page = await self._fetcher.get(target, now=now, cursor=cursor, max_bytes=MAX_BYTES)
        later = page.next_check(now, self.interval)
        newest = newest_in(cursor)
        if page.not_modified:
            return Haul((), place(page, newest), not_modified=True, next_check_at=later)
        found = await asyncio.to_thread(read_page, page, target, now)
        return found.batch.haul(
            place(page, max(filter(None, (newest, found.newest)), default=None)),
            next_check_at=max(filter(None, (later, found.fresh_until)), default=None),
            gaps=found.missed_since(newest),
        )

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those articles whose pages are gone; what robots.txt bans is not asked for.

        Raises SourceError.
        """

        async def gone(url: str) -> bool:
            return await self._robots.allow(url, now) and not await self._fetcher.stands(url, now=now)

        return tuple([record.id for record in records if await gone(record.url)])


@dataclass(frozen=True, slots=True)
class Listed:
    """What a feed held: entries, the times of the oldest and newest, and how long it stays as it is."""

    batch: Batch
    oldest: datetime | None
    newest: datetime | None
    fresh_until: datetime | None

    def missed_since(self, known: datetime | None) -> list[Gap]:
        """Return the stretch that fell out of the feed since its newest entry was `known`."""
        if known is None or self.oldest is None or self.oldest <= known:
            return []
        return [Gap(known, self.oldest, "the feed no longer held what came before its oldest entry")]


def read_page(page: Page, feed_url: str, now: datetime) -> Listed:
    """Read the entries of a feed that are at most 30 days old, at most 500.

    Raises SourceError if the page is not a feed.
    """
    if is_json(page):
        return _read_json(page, feed_url, now)
    feed, batch = read_feed(page), Batch()
    outlet = passage_of(feed.feed, "title").text
    dates: list[datetime] = []
    for entry in feed.entries[:_MAX_ENTRIES]:
        batch.read(lambda item: read_entry(item, outlet, feed_url, now), entry)
        with suppress(InputError):
            dates.append(min(date_of(entry, "published", "updated"), now))
    ttl = text_of(feed.feed, "ttl").strip()
    minutes = int(ttl) if ttl.isascii() and ttl.isdecimal() and len(ttl) <= _TTL_DIGITS else 0
    fresh_until = now + min(MAX_FRESH, timedelta(minutes=minutes)) if minutes else None
    return Listed(batch, min(dates, default=None), max(dates, default=None), fresh_until)


def _read_json(page: Page, feed_url: str, now: datetime) -> Listed:
    outlet, items = read_json_feed(page)
    batch, dates = Batch(), list[Any]()
    for raw in items[:_MAX_ENTRIES]:
        batch.read(lambda item: read_json_entry(read_item(item), outlet, feed_url, now), raw)
        with suppress(InputError):
            dates.append(min(read_item(raw).published_at, now))
    return Listed(batch, min(dates, default=None), max(dates, default=None), None)


def read_json_entry(item: Item, outlet: str, feed_url: str, now: datetime) -> Heard | None:
    """Read one entry of a JSON Feed; one that is too old to be news is nothing.

    Raises InputError.
    """
    created_at = as_heard(item.published_at, now)
    if created_at < now - _OLDEST:
        return None
    url = item.link(feed_url)
    return _article(url, str(item.id), outlet, created_at, now, feed_url, item.passage(url), item.title or "")


def newest_in(cursor: Mapping[str, Any]) -> datetime | None:
    """Return the time of the newest entry that was ever seen, if the cursor knows one."""
    newest = cursor.get("newest")
    return from_iso(newest) if isinstance(newest, str) else None


def place(page: Page, newest: datetime | None) -> dict[str, str]:
    """Return the cursor after a visit."""
    return {**page.validators, **({"newest": newest.isoformat()} if newest else {})}


def read_entry(entry: Any, outlet: str, feed_url: str, now: datetime) -> Heard | None:  # noqa: ANN401 - no types
    """Read one entry; one that is too old to be news is nothing.

    Raises InputError.
    """
    created_at = as_heard(date_of(entry, "published", "updated"), now)
    if created_at < now - _OLDEST:
        return None
    url = _link(entry, feed_url)
    body = passage_of(entry, "summary", url)
    if not body.text:
        body = _content(entry, url)
    title = passage_of(entry, "title").text
    return _article(url, text_of(entry, "id"), outlet, created_at, now, feed_url, body, title)


def _article(
    url: str,
    guid: str,
    outlet: str,
    created_at: datetime,
    now: datetime,
    feed_url: str,
    body: Passage,
    title: str,
) -> Record:
    host = host_of(url)
    return make_record(
        source=NAME,
        native_id=_native_id(guid, url, feed_url),
        kind=RecordKind.ARTICLE,
        url=url,
        author=Author(host, outlet or host),
        created_at=created_at,
        not_after=now,
        text=body.text,
        title=title,
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
