"""JSON Feed (jsonfeed.org, versions 1 and 1.1): bytes that we fetched -> articles."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

import msgspec

from bot.collect.intake import decode, from_iso, web_url
from bot.collect.markup import Passage, read_html
from bot.domain.errors import InputError
from bot.domain.text import clean

if TYPE_CHECKING:
    from datetime import datetime

    from bot.collect.http import Page


class Item(msgspec.Struct):
    """One entry of a feed, as it stands there."""

    id: str | int = ""
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    date_published: str | None = None
    date_modified: str | None = None

    @property
    def published_at(self) -> datetime:
        """When it was published.

        Raises InputError.
        """
        return from_iso(self.date_published or self.date_modified or "")

    def link(self, feed_url: str) -> str:
        """Return its address.

        Raises InputError.
        """
        try:
            url = web_url(urljoin(feed_url, self.url or self.external_url or ""))
        except ValueError:
            url = None
        if url is None or not (self.url or self.external_url):
            msg = "url: the entry has no http(s) link"
            raise InputError(msg)
        return url

    def passage(self, url: str) -> Passage:
        """Return its text: the summary, else the whole."""
        written = self.summary or self.content_text
        return Passage(clean(written), ()) if written else read_html(self.content_html or "", url)


class _Feed(msgspec.Struct):
    version: str
    title: str = ""
    items: list[msgspec.Raw] = []


def is_json(page: Page) -> bool:
    """Tell whether a page is JSON rather than XML."""
    return page.body.lstrip()[:1] == b"{"


def read_json_feed(page: Page) -> tuple[str, list[msgspec.Raw]]:
    """Return a feed's title and its entries.

    Raises SourceError if the page is no JSON Feed.
    """
    feed = page.json(_Feed)
    return clean(feed.title), feed.items


def read_item(raw: msgspec.Raw) -> Item:
    """Read one entry.

    Raises InputError.
    """
    return decode(raw, Item)
