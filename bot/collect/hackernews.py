"""Hacker News: Algolia's index to find stories and comments, Firebase to see what was taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bot.collect.intake import Batch, Gone, Heard, as_heard, decode, from_unix, make_record
from bot.collect.markup import read_html
from bot.collect.standing import gone_among
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "hackernews"
SITE = "https://news.ycombinator.com"

# Algolia gives at most 1,000 hits for one query, so time is walked in windows that hold fewer.
_PAGE = 1_000
_WINDOW = 45 * 60
_SMALLEST_WINDOW = 60
# Items reach the index late and out of order; what is read twice is stored once.
_OVERLAP = 10 * 60
_LOOK_BACK = 48 * 3_600
_FIRST_LOOK_BACK = 24 * 3_600
_QUERIES = 12
_HURRY = timedelta(seconds=5)
# Somebody always says something there: if nothing came for as long as this, the index has stopped.
_STALLED = 30 * 60
_TOO_LONG_AWAY = "not asked for more than two days"
_NOTHING_THERE = "the index held nothing of it"


class _Hit(msgspec.Struct):
    object_id: str = msgspec.field(name="objectID")
    created_at_i: int
    author: str | None = None
    title: str | None = None
    url: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    story_id: int | None = None
    parent_id: int | None = None
    points: int | None = None
    num_comments: int | None = None
    tags: list[str] = msgspec.field(name="_tags", default_factory=list)


class _Made(msgspec.Struct):
    created_at_i: int


class _Answer(msgspec.Struct):
    hits: list[msgspec.Raw]


class _Item(msgspec.Struct):
    deleted: bool = False
    dead: bool = False


class HackerNews:
    """All stories and comments, in the order of time."""

    name = NAME
    interval = timedelta(minutes=2)

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        index: str = "https://hn.algolia.com/api/v1",
        items: str = "https://hacker-news.firebaseio.com/v0",
    ) -> None:
        self.targets: Sequence[str] = ("all",)
        self.off_reason: str | None = None
        self._fetcher = fetcher
        self._index = index
        self._items = items

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:  # noqa: ARG002 - one target
        """Fetch what was said since the cursor, at most the last two days.

        What does not fit into twelve queries is left for the next visit, which is asked for at once. The
        cursor moves to the newest that was found: what an index that stood still brings later is heard.
        """
        end = int(now.timestamp())
        known = cursor.get("since")
        since = known if isinstance(known, int) else end - _FIRST_LOOK_BACK
        start = at = max(since, end - _LOOK_BACK)
        batch, width, next_check_at, newest = Batch(), _WINDOW, None, start
        for _ in range(_QUERIES):
            if at >= end:
                break
            until = min(at + width, end)
            try:
                hits = await self._hits(at - _OVERLAP, until, now)
            except SourceError as error:
                if at == start:
                    raise
                next_check_at = error.retry_at
                break
            if len(hits) >= _PAGE and width > _SMALLEST_WINDOW:
                width = max(width // 2, _SMALLEST_WINDOW)
                continue
            for hit in hits:
                batch.read(lambda raw: read_hit(raw, now), hit)
                newest = max(newest, min(_made_at(hit), until))
            at = until
        gaps = [Gap(from_unix(since), from_unix(start), _TOO_LONG_AWAY)] if since < start else []
        place = newest
        if at < end and next_check_at is None:
            next_check_at, place = now + _HURRY, at
            if at - newest > _STALLED:
                gaps.append(Gap(from_unix(newest), from_unix(at), _NOTHING_THERE))
        behind = at < end or end - newest > _STALLED
        reached = from_unix(place) if behind else None
        return batch.haul({"since": place}, next_check_at=next_check_at, gaps=gaps, heard_until=reached)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those records that were deleted, flagged to death or removed.

        An item that Firebase does not know (null) is not taken for deleted. Raises SourceError.
        """

        async def gone(record: Record) -> bool:
            page = await self._fetcher.get(f"{self._items}/item/{record.native_id}.json", now=now)
            if page.body.strip() == b"null":
                return False
            item = page.json(_Item)
            return item.deleted or item.dead

        return await gone_among([record for record in records if record.native_id.isdecimal()], gone)

    async def _hits(self, after: int, until: int, now: datetime) -> list[msgspec.Raw]:
        page = await self._fetcher.get(
            f"{self._index}/search_by_date",
            now=now,
            params={
                "tags": "(story,comment)",
                "numericFilters": f"created_at_i>{after},created_at_i<={until}",
                "hitsPerPage": str(_PAGE),
            },
        )
        return page.json(_Answer).hits


def _made_at(raw: msgspec.Raw) -> int:
    try:
        return msgspec.json.decode(raw, type=_Made).created_at_i
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0


def read_hit(raw: msgspec.Raw, now: datetime) -> Heard:
    """Read one hit of the index; one without author or words was taken back.

    Raises InputError.
    """
    hit = decode(raw, _Hit)
    if not hit.object_id.isdecimal():
        msg = "objectID: is not a number"
        raise InputError(msg)
    body = read_html(hit.comment_text or hit.story_text or "", SITE)
    if not hit.author or not (body.text or hit.title):
        return Gone(f"{NAME}:{hit.object_id}")
    comment = "comment" in hit.tags
    counts = {"score": hit.points, "replies": hit.num_comments}
    return make_record(
        source=NAME,
        native_id=hit.object_id,
        kind=RecordKind.COMMENT if comment else RecordKind.POST,
        url=f"{SITE}/item?id={hit.object_id}",
        author=Author(hit.author, hit.author),
        created_at=as_heard(from_unix(hit.created_at_i), now),
        not_after=now,
        text=body.text,
        title=None if comment else hit.title,
        parent=str(hit.parent_id) if comment and hit.parent_id else None,
        root=str(hit.story_id) if comment and hit.story_id else None,
        community=NAME,
        links=(*((hit.url,) if hit.url else ()), *body.links),
        metrics=counts,
    )
