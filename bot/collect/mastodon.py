"""Mastodon: public timelines of chosen instances and tags, without an account.

People who do not want to be indexed or discovered are not heard: a status of someone with `noindex`, or who
chose not to be discoverable, counts as taken back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from bot.collect.intake import Batch, Gone, Heard, as_heard, decode, from_iso, make_record
from bot.collect.markup import plain, read_html
from bot.collect.standing import gone_among
from bot.domain.errors import InputError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "mastodon"

_PAGE = 40
_PAGES = 10
_ID_DIGITS = 25
_SPARE_REQUESTS = 5
_HURRY = timedelta(seconds=30)


class _Account(msgspec.Struct):
    acct: str
    noindex: bool | None = None
    discoverable: bool | None = None


class _Named(msgspec.Struct):
    url: str | None = None


class _Status(msgspec.Struct):
    id: str
    created_at: str
    account: _Account
    content: str | None = None
    spoiler_text: str | None = None
    visibility: str = "public"
    language: str | None = None
    uri: str = ""
    url: str | None = None
    in_reply_to_id: str | None = None
    reblog: Any = None
    replies_count: int | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None
    tags: list[_Named] = []
    mentions: list[_Named] = []
    card: _Named | None = None


class _Number(msgspec.Struct):
    id: str


class Mastodon:
    """New public statuses; a target is the address of a tag (`https://host/tags/ai`) or of an instance."""

    name = NAME
    interval = timedelta(minutes=3)

    def __init__(self, fetcher: Fetcher, timelines: Sequence[str]) -> None:
        self.targets: Sequence[str] = tuple(address.rstrip("/") for address in timelines)
        self.off_reason: str | None = None if timelines else "no timeline is configured"
        self._fetcher = fetcher

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch the statuses after the cursor, oldest first, ten pages of 40 at most (at first: one).

        What does not fit is left for the next visit, which is asked for at once.
        """
        top = cursor.get("top")
        newest = top if isinstance(top, str) and top.isdecimal() else None
        batch, more, wait = Batch(), False, None
        for _ in range(_PAGES if newest else 1):
            page = await self._page(target, newest, now)
            statuses, wait = page.json(list[msgspec.Raw]), _exhausted_until(page, now)
            for status in statuses:
                batch.read(lambda raw: read_status(raw, target, now), status)
            numbers = [number for raw in statuses if (number := _number(raw)) is not None]
            # A server that does not know where to begin would send the same page for ever.
            forward = bool(numbers) and (newest is None or max(numbers) > int(newest))
            more = bool(top) and forward and len(statuses) >= _PAGE
            if forward:
                newest = str(max(numbers))
            if not more or wait:
                break
        later = wait or (now + _HURRY if more else None)
        return batch.haul({"top": newest} if newest else {}, next_check_at=later, unfinished=more)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those records that were deleted, or whose author now wants not to be found.

        Raises SourceError.
        """
        homes = {urlsplit(target).netloc.lower(): target for target in self.targets}

        async def gone(record: Record) -> bool:
            host, _, number = record.native_id.partition("/")
            if host not in homes:
                return False
            url = f"{urlsplit(homes[host]).scheme}://{host}/api/v1/statuses/{quote(number, safe='')}"
            page = await self._fetcher.get(url, now=now)
            try:
                return isinstance(read_status(msgspec.Raw(page.body), homes[host], now), Gone)
            except InputError:
                return False

        return await gone_among(records, gone)

    async def _page(self, target: str, after: str | None, now: datetime) -> Page:
        parts = urlsplit(target)
        base, params = f"{parts.scheme}://{parts.netloc}/api/v1/timelines", {"limit": str(_PAGE)}
        if parts.path.startswith("/tags/"):
            tag = quote(unquote(parts.path.removeprefix("/tags/")), safe="")
            url = f"{base}/tag/{tag}"
        else:
            url, params = f"{base}/public", {**params, "local": "true"}
        return await self._fetcher.get(
            url, now=now, params={**params, **({"min_id": after} if after else {})}
        )


def read_status(raw: msgspec.Raw, target: str, now: datetime) -> Heard | None:
    """Read one status; boosts and what is not public are nothing, people who opted out are gone.

    Raises InputError.
    """
    status = decode(raw, _Status)
    host = (urlsplit(target).netloc).lower()
    native_id = f"{host}/{status.id}"
    if status.reblog is not None or status.visibility != "public":
        return None
    if status.account.noindex or status.account.discoverable is False:
        return Gone(f"{NAME}:{native_id}")
    url = status.url or status.uri
    text, links = _words(status, url)
    if not text:
        return None
    handle = status.account.acct if "@" in status.account.acct else f"{status.account.acct}@{host}"
    parent = f"{host}/{status.in_reply_to_id}" if status.in_reply_to_id else None
    return make_record(
        source=NAME,
        native_id=native_id,
        kind=RecordKind.COMMENT if parent else RecordKind.POST,
        url=url,
        author=Author(handle.lower(), handle),
        created_at=as_heard(from_iso(status.created_at), now),
        not_after=now,
        text=text,
        lang=status.language,
        parent=parent,
        # A status does not name its thread, only what it answers.
        root=parent,
        community=host,
        links=links,
        metrics={
            "replies": status.replies_count,
            "reposts": status.reblogs_count,
            "likes": status.favourites_count,
        },
    )


def _words(status: _Status, url: str) -> tuple[str, list[str | None]]:
    """Return what a status says, and what it links to beside its own hashtags and mentions."""
    body = read_html(status.content or "", url)
    own = {named.url for named in (*status.tags, *status.mentions)}
    links = (*body.links, status.card.url if status.card else None)
    text = f"{plain(status.spoiler_text)}\n\n{body.text}".strip()
    return text, [link for link in links if link not in own]


def _number(raw: msgspec.Raw) -> int | None:
    try:
        value = msgspec.json.decode(raw, type=_Number).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= _ID_DIGITS else None


def _exhausted_until(page: Page, now: datetime) -> datetime | None:
    """Return until when the instance wants no further request, if it soon wants none."""
    remaining = page.headers.get("x-ratelimit-remaining", "")
    if not remaining.isdecimal() or int(remaining[:9]) >= _SPARE_REQUESTS:
        return None
    with suppress(InputError):
        return min(max(now, from_iso(page.headers.get("x-ratelimit-reset", ""))), now + timedelta(hours=2))
    return None
