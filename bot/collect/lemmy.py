"""Lemmy: posts and comments of chosen communities, by the public API of the instance that is named."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from bot.collect.intake import Batch, Gone, Heard, as_heard, decode, from_iso, make_record
from bot.collect.standing import gone_among
from bot.domain.errors import InputError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.collect.http import Fetcher
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "lemmy"

_PAGE = 50
_PAGES = 5
_LISTINGS = {"post": "posts", "comment": "comments"}
_NATIVE_ID = re.compile(r"(?P<host>[^/]+)/(?P<kind>post|comment)/(?P<number>\d+)", re.ASCII)


class _Creator(msgspec.Struct):
    name: str
    actor_id: str


class _Post(msgspec.Struct):
    id: int
    published: str
    name: str = ""
    ap_id: str = ""
    url: str | None = None
    body: str | None = None
    deleted: bool = False
    removed: bool = False
    featured_community: bool = False
    featured_local: bool = False


class _Comment(msgspec.Struct):
    id: int
    published: str
    content: str = ""
    ap_id: str = ""
    path: str = "0"
    deleted: bool = False
    removed: bool = False


class _Counts(msgspec.Struct):
    score: int | None = None
    comments: int | None = None
    child_count: int | None = None


class _PostView(msgspec.Struct):
    post: _Post
    creator: _Creator
    counts: _Counts = msgspec.field(default_factory=_Counts)


class _CommentView(msgspec.Struct):
    comment: _Comment
    post: _Post
    creator: _Creator
    counts: _Counts = msgspec.field(default_factory=_Counts)


class _OnePost(msgspec.Struct):
    post: _Post


class _OneComment(msgspec.Struct):
    comment: _Comment


class _One(msgspec.Struct):
    post_view: _OnePost | None = None
    comment_view: _OneComment | None = None


class _Posts(msgspec.Struct):
    posts: list[msgspec.Raw]


class _Comments(msgspec.Struct):
    comments: list[msgspec.Raw]


class Lemmy:
    """New posts and comments; a target is a community's address (`https://host/c/name`)."""

    name = NAME
    interval = timedelta(minutes=5)

    def __init__(self, fetcher: Fetcher, communities: Sequence[str]) -> None:
        self.targets: Sequence[str] = tuple(address.rstrip("/") for address in communities)
        self.off_reason: str | None = None if communities else "no community is configured"
        self._fetcher = fetcher

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch what was said since the cursor, at most 250 posts and 250 comments (at first: one page)."""
        batch, reached = Batch(), dict(cursor)
        gaps: list[Gap] = []
        for listing, key in _LISTINGS.items():
            floor = _known(cursor.get(key))
            times = await self._walk(target, listing, floor, batch, now)
            newest = max([*times, *([floor] if floor else [])], default=None)
            if newest is not None:
                reached[key] = newest.isoformat()
            if floor and times and min(times) > floor:
                gaps.append(Gap(floor, min(times), f"more {key} than are read at one visit"))
        return batch.haul(reached, gaps=gaps)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those records that were deleted or removed.

        Raises SourceError.
        """
        homes = {_host(target): target for target in self.targets}

        async def gone(record: Record) -> bool:
            match = _NATIVE_ID.fullmatch(record.native_id)
            if match is None or match["host"] not in homes:
                return False
            host, kind, number = match.groups()
            url = f"{urlsplit(homes[host]).scheme}://{host}/api/v3/{kind}"
            found = (await self._fetcher.get(url, now=now, params={"id": number})).json(_One)
            said: _Post | _Comment | None = found.post_view.post if found.post_view else None
            said = found.comment_view.comment if found.comment_view else said
            return said is not None and (said.deleted or said.removed)

        return await gone_among(records, gone)

    async def _walk(
        self, target: str, listing: str, floor: datetime | None, batch: Batch, now: datetime
    ) -> list[datetime]:
        """Read a listing back to `floor`; returns the times that were seen, the last being the oldest."""
        seen: list[datetime] = []
        for number in range(1, (_PAGES if floor else 1) + 1):
            items = await self._page(target, listing, number, now)
            read = read_post if listing == "post" else read_comment
            times = [moment for raw in items if (moment := _take(batch, read, raw, target, now)) is not None]
            seen += times
            if len(items) < _PAGE or not times or (floor and min(times) <= floor):
                # Everything back to the floor was listed.
                return [*seen, floor] if floor else seen
        return seen

    async def _page(self, target: str, listing: str, number: int, now: datetime) -> list[msgspec.Raw]:
        parts = urlsplit(target)
        page = await self._fetcher.get(
            f"{parts.scheme}://{parts.netloc}/api/v3/{listing}/list",
            now=now,
            params={
                "community_name": parts.path.removeprefix("/c/"),
                "sort": "New",
                "type_": "All",
                "limit": str(_PAGE),
                "page": str(number),
            },
        )
        return page.json(_Posts).posts if listing == "post" else page.json(_Comments).comments


def read_post(raw: msgspec.Raw, target: str, now: datetime) -> tuple[Heard, datetime | None]:
    """Read a post, and tell when it was made (None for a pinned one, which says nothing of the order).

    Raises InputError.
    """
    view = decode(raw, _PostView)
    post, host = view.post, _host(target)
    native_id = f"{host}/post/{post.id}"
    made = _time(post.published)
    ordered = None if post.featured_community or post.featured_local else min(made, now)
    if post.deleted or post.removed:
        return Gone(f"{NAME}:{native_id}"), ordered
    return make_record(
        source=NAME,
        native_id=native_id,
        kind=RecordKind.POST,
        url=post.ap_id,
        author=_author(view.creator),
        created_at=as_heard(made, now),
        not_after=now,
        text=post.body or "",
        title=post.name,
        community=_community(target),
        links=(post.url,),
        metrics=_metrics(view.counts),
    ), ordered


def read_comment(raw: msgspec.Raw, target: str, now: datetime) -> tuple[Heard, datetime | None]:
    """Read a comment, and tell when it was made.

    Raises InputError.
    """
    view = decode(raw, _CommentView)
    comment, host = view.comment, _host(target)
    native_id = f"{host}/comment/{comment.id}"
    made = _time(comment.published)
    if comment.deleted or comment.removed:
        return Gone(f"{NAME}:{native_id}"), min(made, now)
    above = comment.path.split(".")[-2:-1]
    root = f"{host}/post/{view.post.id}"
    return make_record(
        source=NAME,
        native_id=native_id,
        kind=RecordKind.COMMENT,
        url=comment.ap_id,
        author=_author(view.creator),
        created_at=as_heard(made, now),
        not_after=now,
        text=comment.content,
        parent=root if above in ([], ["0"]) else f"{host}/comment/{above[0]}",
        root=root,
        community=_community(target),
        metrics=_metrics(view.counts),
    ), min(made, now)


def _take(
    batch: Batch,
    read: Callable[[msgspec.Raw, str, datetime], tuple[Heard, datetime | None]],
    raw: msgspec.Raw,
    target: str,
    now: datetime,
) -> datetime | None:
    try:
        heard, made = read(raw, target, now)
    except InputError:
        batch.bad += 1
        return None
    batch.take(heard)
    return made


def _time(value: str) -> datetime:
    """Read a time; older servers leave the zone out and mean UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return from_iso(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else from_iso(value)


def _known(value: object) -> datetime | None:
    return from_iso(value) if isinstance(value, str) else None


def _author(creator: _Creator) -> Author:
    return Author(creator.actor_id, f"{creator.name}@{_host(creator.actor_id)}")


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def _community(target: str) -> str:
    return f"{urlsplit(target).path.removeprefix('/c/')}@{_host(target)}"


def _metrics(counts: _Counts) -> dict[str, object]:
    replies = counts.comments if counts.comments is not None else counts.child_count
    return {"score": counts.score, "replies": replies}
