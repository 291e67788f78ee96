"""What sites want robots to leave alone: robots.txt (RFC 9309)."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.collect.http import Fetcher

# The name sites address the bot by; every User-Agent of it begins so.
AGENT = "Groundswell"

_KEPT_FOR = timedelta(hours=24)
_ASK_AGAIN = timedelta(hours=1)
_MOST_SITES = 1_000
# What crawlers must read at least; a longer file is a mistake.
_MAX_BYTES = 500 * 1024
_EVERYTHING = Protego.parse("")


class Robots:
    """The wishes of sites; what was read counts for a day."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        # Of each site until when its wishes count, and why they cannot be had if they cannot.
        self._known: OrderedDict[str, tuple[datetime, Protego | SourceError]] = OrderedDict()

    async def allow(self, url: str, now: datetime) -> bool:
        """Tell whether a site lets the bot fetch an address.

        Without a robots.txt everything is allowed. While it cannot be had nothing may be fetched: raises
        SourceError, which says when it is asked for again.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        until, wishes = self._known.get(site) or await self._read(site, now)
        if until <= now:
            until, wishes = await self._read(site, now)
        self._known[site] = until, wishes
        if len(self._known) > _MOST_SITES:
            self._known.popitem(last=False)
        if isinstance(wishes, SourceError):
            raise SourceError(str(wishes), retry_at=until)
        return bool(wishes.can_fetch(url, AGENT))

    async def _read(self, site: str, now: datetime) -> tuple[datetime, Protego | SourceError]:
        try:
            page = await self._fetcher.get(f"{site}/robots.txt", now=now, max_bytes=_MAX_BYTES)
        except SourceError as error:
            missing = error.status is not None and (
                HTTPStatus.BAD_REQUEST <= error.status < HTTPStatus.INTERNAL_SERVER_ERROR
                and error.status != HTTPStatus.TOO_MANY_REQUESTS
            )
            return (now + _KEPT_FOR, _EVERYTHING) if missing else (now + _ASK_AGAIN, error)
        return now + _KEPT_FOR, Protego.parse(page.body.decode("utf-8", "replace"))
