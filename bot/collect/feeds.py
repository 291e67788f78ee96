"""RSS and Atom: bytes that we fetched -> entries, whatever the bytes are."""

from __future__ import annotations

import calendar
import io
from typing import TYPE_CHECKING, Any

import feedparser

from bot.collect.http import name_of
from bot.collect.intake import from_unix
from bot.collect.markup import Passage, read_html
from bot.domain.errors import InputError, SourceError
from bot.domain.text import clean

if TYPE_CHECKING:
    from datetime import datetime

    from bot.collect.http import Page


# feedparser takes 8 seconds and 300 MB for each hostile megabyte; real feeds are smaller than this.
MAX_BYTES = 2 * 1024 * 1024


def read_feed(page: Page) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return what feedparser makes of a page; it blocks, so call it in a thread.

    Entities that a feed declares itself are not expanded, so an entity bomb stays small.
    Raises SourceError if the page is not a feed.
    """
    headers = {"content-type": page.content_type, "content-location": page.url}
    try:
        # Plain bytes would be taken for the name of a local file, if there is one of that name.
        feed = feedparser.parse(
            io.BytesIO(page.body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:  # noqa: BLE001 - feedparser lets anything through: KeyError, AssertionError
        msg = f"{name_of(page.url)} sent a feed that cannot be read ({type(error).__name__})"
        raise SourceError(msg) from None
    if not text_of(feed, "version") and not feed.entries:
        msg = f"{name_of(page.url)} sent no feed"
        raise SourceError(msg)
    return feed


def text_of(item: Any, key: str) -> str:  # noqa: ANN401 - feedparser has no types
    """Return the text at `key` ("" if there is none).

    feedparser's own lookup would answer with other keys' values.
    """
    value = dict.get(item, key)
    return value if isinstance(value, str) else ""


def passage_of(item: Any, key: str, base: str = "") -> Passage:  # noqa: ANN401 - feedparser has no types
    """Return what a reader of the text at `key` sees; plain text is not read as HTML ("a<b" stays)."""
    value, detail = text_of(item, key), dict.get(item, f"{key}_detail")
    written_plain = isinstance(detail, dict) and detail.get("type") == "text/plain"
    return Passage(clean(value), ()) if written_plain else read_html(value, base)


def date_of(entry: Any, *keys: str) -> datetime:  # noqa: ANN401 - feedparser has no types
    """Return the first date among `keys`.

    Raises InputError if there is none.
    """
    for key in keys:
        moment = dict.get(entry, f"{key}_parsed")
        if moment is not None:
            try:
                return from_unix(calendar.timegm(moment))
            except (ValueError, OverflowError, TypeError):
                continue
    msg = "created_at: the entry has no date"
    raise InputError(msg)
