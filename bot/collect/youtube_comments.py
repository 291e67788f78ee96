"""Comments on the videos of a YouTube channel, by the Data API; an operator's key is needed.

One call gives the hundred newest threads of a whole channel, each with some of its answers. Every call here
costs one unit of the 10,000 that a key has a day, so how often channels are visited follows how many there
are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from bot.collect.http import MISSING
from bot.collect.intake import Batch, Heard, as_heard, decode, from_iso, make_record
from bot.collect.standing import gone_among
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "youtube"
SITE = "https://www.youtube.com"
OLDEST = timedelta(days=30)
INTERVAL = timedelta(minutes=30)
API = "https://www.googleapis.com/youtube/v3"

_PAGE = 100
_PAGES = 3
_ANSWERED = 10
_IDS = 50
_PLAIN = {"maxResults": str(_PAGE), "textFormat": "plainText"}
# A tenth of the 10,000 units is left for asking again.
_UNITS_A_DAY = 9_000
_REFUSED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
# The day of a quota ends at midnight in California: at this hour of UTC or, in summer, one earlier.
_DAY_ENDS = 8
_TOO_MANY = "more comments than are read at one visit"


class _Channel(msgspec.Struct):
    value: str


class _Said(msgspec.Struct):
    text: str = msgspec.field(name="textDisplay")
    author: str = msgspec.field(name="authorDisplayName")
    published_at: str = msgspec.field(name="publishedAt")
    channel: _Channel | None = msgspec.field(name="authorChannelId", default=None)
    likes: int | None = msgspec.field(name="likeCount", default=None)
    parent: str | None = msgspec.field(name="parentId", default=None)


class _Comment(msgspec.Struct):
    id: str
    snippet: _Said


class _About(msgspec.Struct):
    opening: msgspec.Raw = msgspec.field(name="topLevelComment")
    # A remark about the channel itself is about no video.
    video: str | None = msgspec.field(name="videoId", default=None)
    answers: int = msgspec.field(name="totalReplyCount", default=0)


class _Answers(msgspec.Struct):
    comments: list[msgspec.Raw]


class _Thread(msgspec.Struct):
    snippet: _About
    replies: _Answers | None = None


class _List(msgspec.Struct):
    items: list[msgspec.Raw]
    next_page: str | None = msgspec.field(name="nextPageToken", default=None)


class _Id(msgspec.Struct):
    id: str


class _Ids(msgspec.Struct):
    items: list[_Id]


@dataclass(frozen=True, slots=True)
class Thread:
    """A comment with the answers that came with it (`said`, the comment first); it may have more of them.

    `video` is what it is about, None if that is the channel itself.
    """

    id: str
    video: str | None
    made_at: datetime
    answers: int
    said: list[msgspec.Raw]

    @property
    def whole(self) -> bool:
        """Whether all its answers came with it."""
        return len(self.said) > self.answers


class Comments:
    """What is said under the videos of each of so many channels."""

    def __init__(self, fetcher: Fetcher, key: str, channels: int, *, api: str = API) -> None:
        self._fetcher = fetcher
        self._key = key
        self._api = api
        pause = timedelta(days=1) * channels * (_PAGES + _ANSWERED) / _UNITS_A_DAY
        self._pause = pause if pause > INTERVAL else None

    async def fetch(self, channel: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch the threads since the cursor (at first: one page), and what is new in the newest hundred.

        At one visit ten threads are read in full that have more answers than came with them, in turns.
        Raises SourceError if the threads cannot be had. When the API refuses them, it is left alone until the
        day of its quota has ended.
        """
        batch, known = Batch(), cursor.get("newest")
        floor = from_iso(known) if isinstance(known, str) else None
        threads, more = await self._threads(channel, floor, batch, now)
        for thread in threads:
            _take(batch, thread.said, thread.video, now)
        read = await self._answers(threads, cursor, batch, now)
        times = [thread.made_at for thread in threads]
        newest = min(now, max([*times, *([floor] if floor else [])])) if times or floor else None
        missed = [Gap(floor, min(times), _TOO_MANY)] if floor and more else []
        place = {**read, **({"newest": newest.isoformat()} if newest else {})}
        later = now + self._pause if self._pause else None
        return batch.haul(place, next_check_at=later, gaps=missed)

    async def recheck(self, comments: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those comments that the API does not know any more.

        Raises SourceError.
        """
        gone: list[str] = []
        for start in range(0, len(comments), _IDS):
            asked = comments[start : start + _IDS]
            try:
                standing = await self._standing(asked, now)
                gone += [record.id for record in asked if record.native_id not in standing]
            except SourceError as error:
                if error.status not in MISSING:
                    raise
                # One that is missing may be the reason why the whole list was not found.
                gone += await gone_among(asked, lambda record: self._missing(record, now))
        return tuple(gone)

    async def _missing(self, record: Record, now: datetime) -> bool:
        return record.native_id not in await self._standing([record], now)

    async def _standing(self, comments: Sequence[Record], now: datetime) -> set[str]:
        ids = ",".join(record.native_id for record in comments)
        page = await self._get("comments", {"part": "id", "id": ids}, now)
        return {item.id for item in page.json(_Ids).items}

    async def _threads(
        self, channel: str, floor: datetime | None, batch: Batch, now: datetime
    ) -> tuple[list[Thread], bool]:
        """Read threads, newest first, back to `floor`; also tells whether that is further than is read."""
        query = {
            "part": "snippet,replies", "allThreadsRelatedToChannelId": channel, "order": "time", **_PLAIN,
        }  # fmt: skip
        threads: list[Thread] = []
        for _ in range(_PAGES if floor else 1):
            page = (await self._get("commentThreads", query, now)).json(_List)
            for raw in page.items:
                try:
                    threads.append(read_thread(raw))
                except InputError:
                    batch.bad += 1
            if page.next_page is None or not threads or (floor and threads[-1].made_at <= floor):
                return threads, False
            query["pageToken"] = page.next_page
        return threads, True

    async def _answers(
        self, threads: Sequence[Thread], cursor: Mapping[str, Any], batch: Batch, now: datetime
    ) -> dict[str, Any]:
        """Read answers that did not come with their threads, at most a hundred of each.

        Begins after the thread that was asked for last, and ends when the API refuses. Returns, for the
        cursor, how many answers each thread had when they were read, and which was asked for last.
        """
        known, last, left = cursor.get("answers"), cursor.get("asked"), _ANSWERED
        before = known if isinstance(known, dict) else {}
        counts = dict[str, int]()
        for thread in _after(last, threads[:_PAGE]):
            if thread.whole or thread.answers == before.get(thread.id):
                counts[thread.id] = thread.answers
            elif left:
                left, last = left - 1, thread.id
                if await self._read_answers(thread, batch, now):
                    counts[thread.id] = thread.answers
                else:
                    left = 0
        return {"answers": counts, "asked": last}

    async def _read_answers(self, thread: Thread, batch: Batch, now: datetime) -> bool:
        """Read the answers of one thread; tell whether others may be asked for.

        A thread that is missing counts as bad and is not asked for again until it grows.
        """
        query = {"part": "snippet", "parentId": thread.id, **_PLAIN}
        try:
            page = (await self._get("comments", query, now)).json(_List)
        except SourceError as error:
            if error.status not in MISSING:
                return False
            batch.bad += 1
        else:
            _take(batch, page.items, thread.video, now)
        return True

    async def _get(self, what: str, query: Mapping[str, str], now: datetime) -> Page:
        try:
            return await self._fetcher.get(f"{self._api}/{what}", now=now, params={**query, "key": self._key})
        except SourceError as error:
            if error.status not in _REFUSED:
                raise
            msg = f"{error} (the quota of the day is used up, or the key may not read comments)"
            raise SourceError(msg, retry_at=error.retry_at or _next_day(now), status=error.status) from None


def read_thread(raw: msgspec.Raw) -> Thread:
    """Read a thread as far as it matters for reading its comments.

    Raises InputError.
    """
    about = (found := decode(raw, _Thread)).snippet
    opening = decode(about.opening, _Comment)
    said = [about.opening, *(found.replies.comments if found.replies else ())]
    return Thread(opening.id, about.video, from_iso(opening.snippet.published_at), about.answers, said)


def read_comment(raw: msgspec.Raw, video: str | None, now: datetime) -> Heard | None:
    """Read one comment; one about no video, or of more than a month ago, is nothing.

    Raises InputError.
    """
    comment = decode(raw, _Comment)
    said = comment.snippet
    created_at = as_heard(from_iso(said.published_at), now)
    if video is None or created_at < now - OLDEST:
        return None
    name = said.author.removeprefix("@")
    return make_record(
        source=NAME,
        native_id=comment.id,
        kind=RecordKind.COMMENT,
        url=f"{SITE}/watch?v={quote(video, safe='')}&lc={quote(comment.id, safe='')}",
        author=Author(said.channel.value if said.channel else name, name),
        created_at=created_at,
        not_after=now,
        text=said.text,
        parent=said.parent or video,
        root=video,
        community=NAME,
        metrics={"score": said.likes},
    )


def _take(batch: Batch, said: Iterable[msgspec.Raw], video: str | None, now: datetime) -> None:
    for raw in said:
        batch.read(lambda item: read_comment(item, video, now), raw)


def _after(last: object, threads: Sequence[Thread]) -> Iterator[Thread]:
    """Yield the threads in turns: first those after the one with the id `last`, if it is among them."""
    start = next((number for number, thread in enumerate(threads, 1) if thread.id == last), 0)
    yield from threads[start:]
    yield from threads[:start]


def _next_day(now: datetime) -> datetime:
    """Return when the day of a quota that is used up at `now` has ended."""
    end = now.replace(hour=_DAY_ENDS, minute=0, second=0, microsecond=0)
    return end if end > now else end + timedelta(days=1)
