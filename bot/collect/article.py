"""The page of an article: fetched if its site allows it, by conditional GET, and its text taken out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.collect.extract import Bounds, extract
from bot.collect.http import MISSING
from bot.collect.intake import MAX_TEXT, cut
from bot.collect.robots import Robots
from bot.domain.errors import SourceError
from bot.domain.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.collect.http import Fetcher

_MAX_BYTES = 4 * 1024 * 1024
_HTML = ("text/html", "application/xhtml+xml")


class Outcome(StrEnum):
    """What came of looking at a page."""

    READ = "read"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    GONE = "gone"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of it, the text if it was read, and what the next conditional GET needs."""

    outcome: Outcome
    text: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)


class Articles:
    """Reads the pages of articles."""

    def __init__(self, fetcher: Fetcher, bounds: Bounds | None = None) -> None:
        self._fetcher = fetcher
        self._robots = Robots(fetcher)
        self._bounds = bounds or Bounds()

    async def read(self, url: str, validators: Mapping[str, str], now: datetime) -> Reading:
        """Look at a page; `validators` are those of the last look.

        Raises SourceError if it or robots.txt cannot be had now, or if it cannot be read within the bounds.
        """
        if not await self._robots.allow(url, now):
            return Reading(Outcome.REFUSED)
        try:
            page = await self._fetcher.get(url, now=now, cursor=validators, max_bytes=_MAX_BYTES)
        except SourceError as error:
            if error.status in MISSING:
                return Reading(Outcome.GONE)
            raise
        if page.not_modified:
            return Reading(Outcome.UNCHANGED, validators=page.validators)
        # A redirect may have led to another site, which has a say too.
        if page.url != url and not await self._robots.allow(page.url, now):
            return Reading(Outcome.REFUSED)
        if not page.content_type.lower().startswith(_HTML):
            return Reading(Outcome.EMPTY, validators=page.validators)
        text = cut(clean(await extract(page.body, page.url, self._bounds)), MAX_TEXT)
        return Reading(Outcome.READ if text else Outcome.EMPTY, text, page.validators)
