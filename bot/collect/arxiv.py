"""arXiv: the newest papers of each category, by its Atom API."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.collect.feeds import MAX_BYTES, date_of, read_feed, text_of
from bot.collect.intake import Batch, Heard, as_heard, from_iso, make_record
from bot.collect.pace import Pace
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind
from bot.domain.text import squeeze

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.collect.http import Fetcher, Page
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "arxiv"
# arXiv asks for one request every three seconds.
SECONDS_BETWEEN_REQUESTS = 3.0

_PAGE = 300
_PAGES = 5
_CUT = f"more papers than the {_PAGES * _PAGE:,} that are read at one visit"
_FIRST_LOOK_BACK = timedelta(days=3)
# A paper that was on hold appears late under its early date.
_OVERLAP = timedelta(days=1)
_ABSTRACT_URL = re.compile(r"https?://arxiv\.org/abs/(?P<id>[A-Za-z0-9.\-/]+?)(?:v\d+)?")


class Arxiv:
    """New papers; a target is a category such as `cs.CL`."""

    name = NAME
    interval = timedelta(hours=3)

    def __init__(
        self,
        fetcher: Fetcher,
        categories: Sequence[str],
        *,
        pace: Pace | None = None,
        api: str = "https://export.arxiv.org/api/query",
    ) -> None:
        self.targets: Sequence[str] = tuple(categories)
        self.off_reason: str | None = None if categories else "no category is configured"
        self._fetcher = fetcher
        self._pace = pace or Pace(SECONDS_BETWEEN_REQUESTS)
        self._api = api

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch the papers submitted since a day before the cursor (at first: of three days)."""
        newest = _time_in(cursor)
        floor = newest - _OVERLAP if newest else now - _FIRST_LOOK_BACK
        batch, oldest = Batch(), now
        for number in range(_PAGES):
            page = await self._page(target, number * _PAGE, now)
            dates = await asyncio.to_thread(read_page, page, batch, now)
            if not dates and number == 0:
                msg = f"arXiv sent an empty list for {target}"
                raise SourceError(msg)
            newest = max([*dates, *([newest] if newest else [])], default=None)
            oldest = min(dates, default=floor)
            if oldest <= floor:
                break
        gaps = [Gap(floor, oldest, _CUT)] if oldest > floor else []
        return batch.haul({"newest": newest.isoformat()} if newest else {}, gaps=gaps)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those papers whose pages are gone.

        Raises SourceError.
        """
        gone: list[str] = []
        for record in records:
            await self._pace.wait()
            if not await self._fetcher.stands(record.url, now=now):
                gone.append(record.id)
        return tuple(gone)

    async def _page(self, category: str, start: int, now: datetime) -> Page:
        await self._pace.wait()
        return await self._fetcher.get(
            self._api,
            now=now,
            max_bytes=MAX_BYTES,
            params={
                "search_query": f"cat:{category}",
                "sortBy": "submittedDate",
                "sortOrder": "descending",
                "start": str(start),
                "max_results": str(_PAGE),
            },
        )


def read_page(page: Page, batch: Batch, now: datetime) -> list[datetime]:
    """Read the papers of one answer into `batch`; returns the times they were submitted.

    Raises SourceError if arXiv sent an error or no feed.
    """
    dates: list[datetime] = []
    for entry in read_feed(page).entries:
        if "/api/errors" in text_of(entry, "id"):
            msg = f"arXiv refused the query: {squeeze(text_of(entry, 'summary'))[:200]}"
            raise SourceError(msg)
        batch.read(lambda item: read_paper(item, now), entry)
        try:
            dates.append(min(date_of(entry, "published"), now))
        except InputError:
            continue
    return dates


def read_paper(entry: Any, now: datetime) -> Heard:  # noqa: ANN401 - feedparser has no types
    """Read one paper; its versions are one record.

    Raises InputError.
    """
    match = _ABSTRACT_URL.fullmatch(text_of(entry, "id"))
    if match is None:
        msg = "id: is not the address of an abstract"
        raise InputError(msg)
    names = [squeeze(text_of(author, "name")) for author in dict.get(entry, "authors") or ()]
    first = next((name for name in names if name), "")
    return make_record(
        source=NAME,
        native_id=match["id"],
        kind=RecordKind.PAPER,
        url=f"https://arxiv.org/abs/{match['id']}",
        author=Author(first, f"{first} et al." if len(names) > 1 else first),
        created_at=as_heard(date_of(entry, "published"), now),
        not_after=now,
        text=squeeze(text_of(entry, "summary")),
        title=text_of(entry, "title"),
        community=NAME,
    )


def _time_in(cursor: Mapping[str, Any]) -> datetime | None:
    newest = cursor.get("newest")
    return from_iso(newest).astimezone(UTC) if isinstance(newest, str) else None
