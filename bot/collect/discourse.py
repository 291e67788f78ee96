"""Discourse forums: the newest posts of the whole forum, walked back to where the last visit ended.

A record's native id is `host/topic/post number` and not the post's own number, because a post names its
thread and the post it answers only in these terms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from bot.collect.intake import Batch, Gone, Heard, as_heard, decode, from_iso, make_record
from bot.collect.markup import read_html
from bot.collect.port import Haul
from bot.collect.standing import gone_among
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.domain.record import Record

NAME = "discourse"

_PAGES = 10
_FIRST_PAGES = 4
_HURRY = timedelta(seconds=15)
_REGULAR = 1


class _Post(msgspec.Struct):
    id: int
    topic_id: int
    post_number: int
    username: str
    created_at: str
    user_id: int | None = None
    cooked: str | None = None
    topic_slug: str | None = None
    topic_title: str | None = None
    reply_to_post_number: int | None = None
    reply_count: int | None = None
    reads: int | None = None
    post_type: int = _REGULAR
    deleted_at: str | None = None
    user_deleted: bool | None = None
    hidden: bool | None = None


class _Standing(msgspec.Struct):
    deleted_at: str | None = None
    user_deleted: bool | None = None
    hidden: bool | None = None


class _Number(msgspec.Struct):
    id: int


class _Latest(msgspec.Struct):
    latest_posts: list[msgspec.Raw]


class Discourse:
    """Every public post of each forum; a target is a forum's address."""

    name = NAME
    interval = timedelta(minutes=5)

    def __init__(self, fetcher: Fetcher, forums: Sequence[str]) -> None:
        self.targets: Sequence[str] = tuple(forum.rstrip("/") for forum in forums)
        self.off_reason: str | None = None if forums else "no forum is configured"
        self._fetcher = fetcher

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch the posts since the cursor, newest first, ten pages of 50 at most.

        A walk that is not finished by then goes on from there at the next visit. The first visit reads four
        pages.
        """
        floor, before, top = (_whole(cursor.get(key)) for key in ("floor", "before", "top"))
        batch, first = Batch(), None
        for _ in range(_PAGES if floor else _FIRST_PAGES):
            page = await self._page(target, before, now, cursor if before is None else {})
            first = first or page
            if page.not_modified:
                return Haul(
                    (), dict(cursor), not_modified=True, next_check_at=page.next_check(now, self.interval)
                )
            posts = page.json(_Latest).latest_posts
            for post in posts:
                batch.read(lambda raw: read_post(raw, target, now), post)
            numbers = [number for post in posts if (number := _number(post))]
            top = max([top or 0, *numbers])
            if not numbers or min(numbers) <= (floor or 0) or min(numbers) == before:
                before = None
                break
            before = min(numbers)
        if floor and before is not None:
            place = {"floor": floor, "before": before, "top": top}
            return batch.haul(place, next_check_at=now + _HURRY, unfinished=True)
        validators = first.validators if first and not cursor.get("before") else {}
        return batch.haul(
            {"floor": top, **validators},
            next_check_at=first.next_check(now, self.interval) if first else None,
        )

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those posts that were deleted or hidden, or that the forum does not know.

        Raises SourceError.
        """

        async def gone(record: Record) -> bool:
            forum = record.url.partition("/t/")[0]
            topic, _, number = record.native_id.rpartition("/")
            place = f"{forum}/posts/by_number/{topic.rpartition('/')[2]}/{number}.json"
            post = (await self._fetcher.get(place, now=now)).json(_Standing)
            return bool(post.deleted_at or post.user_deleted or post.hidden)

        return await gone_among(records, gone)

    async def _page(self, forum: str, before: int | None, now: datetime, cursor: Mapping[str, Any]) -> Page:
        params = {"before": str(before)} if before else None
        return await self._fetcher.get(f"{forum}/posts.json", now=now, params=params, cursor=cursor)


def read_post(raw: msgspec.Raw, forum: str, now: datetime) -> Heard | None:
    """Read one post; one that was taken back is gone; a system notice or a picture is nothing.

    Raises InputError.
    """
    post = decode(raw, _Post)
    host = _host(forum)
    thread = f"{host}/{post.topic_id}"
    native_id = f"{thread}/{post.post_number}"
    if post.deleted_at or post.user_deleted or post.hidden:
        return Gone(f"{NAME}:{native_id}")
    if post.post_type != _REGULAR:
        return None
    opens = post.post_number == 1
    url = f"{forum}/t/{post.topic_slug or '-'}/{post.topic_id}/{post.post_number}"
    body = read_html(post.cooked or "", url)
    if not body.text and not (opens and post.topic_title):
        return None
    counts = {"replies": post.reply_count, "reads": post.reads}
    return make_record(
        source=NAME,
        native_id=native_id,
        kind=RecordKind.POST if opens else RecordKind.COMMENT,
        url=url,
        author=Author(f"{host}/{post.user_id or post.username}", post.username),
        created_at=as_heard(from_iso(post.created_at), now),
        not_after=now,
        text=body.text,
        title=post.topic_title if opens else None,
        parent=None if opens else f"{thread}/{post.reply_to_post_number or 1}",
        root=None if opens else f"{thread}/1",
        community=host,
        links=body.links,
        metrics=counts,
    )


def _host(forum: str) -> str:
    place = urlsplit(forum)
    return f"{place.netloc}{place.path}".lower()


def _number(raw: msgspec.Raw) -> int | None:
    try:
        return msgspec.json.decode(raw, type=_Number).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
