"""YouTube: new videos of chosen channels, by the feed each channel has; with a key what is said under them.

A channel and its comments are targets of their own, so that trouble with the key does not stop the videos.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.collect.feeds import MAX_BYTES, date_of, passage_of, read_feed, text_of
from bot.collect.intake import Batch, Heard, as_heard, make_record
from bot.collect.port import Haul
from bot.collect.rss import Listed, newest_in, place
from bot.collect.standing import gone_among
from bot.collect.youtube_comments import API, INTERVAL, NAME, OLDEST, SITE, Comments
from bot.domain.errors import InputError, SourceError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.domain.record import Record

_COMMENTS = " comments"


class YouTube:
    """The newest videos of each channel; a target is a channel's id (`UC...`), or that and " comments"."""

    name = NAME
    interval = INTERVAL

    def __init__(
        self,
        fetcher: Fetcher,
        channels: Sequence[str],
        key: str | None = None,
        *,
        site: str = SITE,
        api: str = API,
    ) -> None:
        self._comments = Comments(fetcher, key, len(channels), api=api) if key else None
        talk = [f"{channel}{_COMMENTS}" for channel in channels] if key else []
        self.targets: Sequence[str] = (*channels, *talk)
        self.off_reason: str | None = None if channels else "no channel is configured"
        self._fetcher = fetcher
        self._site = site

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch a channel's feed unless it did not change, or what is new among its comments.

        The feed holds the 15 newest videos. Raises SourceError.
        """
        if self._comments is not None and target.endswith(_COMMENTS):
            return await self._comments.fetch(target.removesuffix(_COMMENTS), cursor, now)
        page = await self._fetcher.get(
            f"{self._site}/feeds/videos.xml",
            now=now,
            params={"channel_id": target},
            cursor=cursor,
            max_bytes=MAX_BYTES,
        )
        later, newest = page.next_check(now, self.interval), newest_in(cursor)
        if page.not_modified:
            return Haul((), place(page, newest), not_modified=True, next_check_at=later)
        found = await asyncio.to_thread(read_videos, page, now)
        return found.batch.haul(
            place(page, max(filter(None, (newest, found.newest)), default=None)),
            next_check_at=later,
            gaps=found.missed_since(newest),
        )

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those videos, and with a key of those comments, that were deleted.

        A watch page answers even for a video that is gone, so the description for embedding is asked for.
        Raises SourceError, also if there are comments and no key any more.
        """
        comments = [record for record in records if record.kind is RecordKind.COMMENT]
        videos = [record for record in records if record.kind is not RecordKind.COMMENT]

        async def gone(record: Record) -> bool:
            query = urlencode({"url": record.url, "format": "json"})
            return not await self._fetcher.stands(f"{self._site}/oembed?{query}", now=now)

        return (*await gone_among(videos, gone), *await self._gone_comments(comments, now))

    async def _gone_comments(self, comments: Sequence[Record], now: datetime) -> tuple[str, ...]:
        if comments and self._comments is None:
            msg = "comments cannot be asked for again without GROUNDSWELL_YOUTUBE_API_KEY"
            raise SourceError(msg)
        return await self._comments.recheck(comments, now) if self._comments is not None else ()


def read_videos(page: Page, now: datetime) -> Listed:
    """Read the videos of a channel's feed.

    Raises SourceError if the page is not a feed.
    """
    batch = Batch()
    dates: list[datetime] = []
    for entry in read_feed(page).entries:
        batch.read(lambda item: read_video(item, now), entry)
        with suppress(InputError):
            dates.append(min(date_of(entry, "published"), now))
    return Listed(batch, min(dates, default=None), max(dates, default=None), None)


def read_video(entry: Any, now: datetime) -> Heard | None:  # noqa: ANN401 - feedparser has no types
    """Read one video: its title and description; one of more than a month ago is nothing.

    Raises InputError.
    """
    created_at = as_heard(date_of(entry, "published"), now)
    if created_at < now - OLDEST:
        return None
    video, channel = text_of(entry, "yt_videoid"), text_of(entry, "yt_channelid")
    if not video or not channel:
        msg = "yt:videoId: the entry names no video and channel"
        raise InputError(msg)
    return make_record(
        source=NAME,
        native_id=video,
        kind=RecordKind.POST,
        url=f"{SITE}/watch?v={video}",
        author=Author(channel, text_of(entry, "author") or channel),
        created_at=created_at,
        not_after=now,
        text=passage_of(entry, "summary").text,
        title=passage_of(entry, "title").text,
        community=NAME,
    )
