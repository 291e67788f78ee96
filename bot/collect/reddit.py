"""Reddit: new submissions and comments of chosen subreddits, by the OAuth API; off until access was approved.

Two listings are all that is needed, so they go through the project's own fetcher and obey its limits.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bot.collect.intake import Batch, Gone, Heard, as_heard, decode, from_unix, make_record
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher, Page
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "reddit"
SITE = "https://www.reddit.com"

_PAGE = 100
_PAGES = 5
_OVERLAP = 120
_RENEW_BEFORE = timedelta(minutes=5)
# With fewer requests left than this, the rest of the window is left to the other subreddits.
_SPARE_REQUESTS = 10
_LISTINGS = {"new": "posts", "comments": "comments"}
_TAKEN_BACK = frozenset({"[deleted]", "[removed]", "[deleted by user]"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """An approved application: its id and secret, and the header that names it as Reddit wants it."""

    client_id: str
    client_secret: str
    user_agent: str

    def __repr__(self) -> str:
        return f"Credentials(user_agent={self.user_agent!r})"

    @property
    def basic(self) -> str:
        """The value of the Authorization header that asks for a token."""
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _Thing(msgspec.Struct):
    kind: str
    data: msgspec.Raw


class _Children(msgspec.Struct):
    children: list[msgspec.Raw]
    after: str | None = None


class _Listing(msgspec.Struct):
    data: _Children


class _Data(msgspec.Struct):
    name: str
    created_utc: float
    permalink: str
    subreddit: str
    author: str | None = None
    title: str | None = None
    selftext: str | None = None
    body: str | None = None
    url: str | None = None
    is_self: bool = True
    link_id: str | None = None
    parent_id: str | None = None
    score: int | None = None
    num_comments: int | None = None
    removed_by_category: str | None = None


@dataclass(slots=True)
class _Walk:
    """What a visit brought so far, and until when Reddit wants no further request."""

    batch: Batch
    next_check_at: datetime | None = None


class Reddit:
    """New submissions and comments; a target is a subreddit's name."""

    name = NAME
    interval = timedelta(minutes=2)

    def __init__(
        self,
        fetcher: Fetcher,
        subreddits: Sequence[str],
        credentials: Credentials | None,
        *,
        off_reason: str | None = None,
        site: str = SITE,
        api: str = "https://oauth.reddit.com",
    ) -> None:
        self.targets: Sequence[str] = tuple(subreddits)
        self.off_reason = off_reason
        self._fetcher = fetcher
        self._credentials = credentials
        self._site = site
        self._api = api
        self._token: tuple[str, datetime] | None = None

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch what was said in a subreddit since the cursor, at most 500 submissions and 500 comments."""
        walk, reached = _Walk(Batch()), dict(cursor)
        gaps: list[Gap] = []
        for listing, key in _LISTINGS.items():
            known = cursor.get(key)
            floor = known if isinstance(known, int) else None
            newest, oldest = await self._walk(f"{self._api}/r/{target}/{listing}", floor, walk, now)
            reached[key] = max(newest, floor or 0)
            if floor and oldest > floor:
                gaps.append(Gap(from_unix(floor), from_unix(oldest), f"more {listing} than Reddit lists"))
        return walk.batch.haul(reached, next_check_at=walk.next_check_at, gaps=gaps)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those records that were deleted or removed, by author or moderator.

        Raises SourceError.
        """
        found = Batch()
        for start in range(0, len(records), _PAGE):
            names = ",".join(record.native_id for record in records[start : start + _PAGE])
            page = await self._get(f"{self._api}/api/info", {"id": names, "raw_json": "1"}, now)
            read_children(page.json(_Listing).data.children, found, now)
        return tuple(record.id for record in records if record.id in found.gone)

    async def _walk(self, url: str, floor: int | None, walk: _Walk, now: datetime) -> tuple[int, int]:
        """Read a listing back to `floor` (at first: one page); returns the newest and oldest time reached."""
        newest, oldest, after = 0, floor or 0, None
        for _ in range(_PAGES if floor else 1):
            page = await self._page(url, after, now)
            walk.next_check_at = _exhausted_until(page, now) or walk.next_check_at
            listing = page.json(_Listing).data
            times = read_children(listing.children, walk.batch, now)
            newest, oldest, after = max([newest, *times]), min(times, default=floor or 0), listing.after
            if not after or (floor and oldest <= floor - _OVERLAP):
                return newest, floor or 0
        return newest, oldest

    async def _page(self, url: str, after: str | None, now: datetime) -> Page:
        params = {"limit": str(_PAGE), "raw_json": "1", **({"after": after} if after else {})}
        return await self._get(url, params, now)

    async def _get(self, url: str, params: Mapping[str, str], now: datetime) -> Page:
        credentials, token = self._approved(), await self._access(now)
        headers = {"Authorization": f"Bearer {token}", "User-Agent": credentials.user_agent}
        try:
            return await self._fetcher.get(url, now=now, params=params, headers=headers)
        except SourceError:
            # A token may be revoked before its time; the next visit asks for another.
            self._token = None
            raise

    async def _access(self, now: datetime) -> str:
        if self._token is None or now >= self._token[1] - _RENEW_BEFORE:
            credentials = self._approved()
            page = await self._fetcher.post(
                f"{self._site}/api/v1/access_token",
                now=now,
                form={"grant_type": "client_credentials"},
                headers={"Authorization": credentials.basic, "User-Agent": credentials.user_agent},
            )
            token = page.json(_Token)
            self._token = (token.access_token, now + timedelta(seconds=min(token.expires_in, 86_400)))
        return self._token[0]

    def _approved(self) -> Credentials:
        if self.off_reason or self._credentials is None:
            msg = f"Reddit is off: {self.off_reason or 'no credentials'}"
            raise SourceError(msg)
        return self._credentials


def read_children(children: Sequence[msgspec.Raw], batch: Batch, now: datetime) -> list[int]:
    """Read the things of a listing into `batch`; returns the times they were made, in seconds since 1970."""
    times: list[int] = []

    def read(raw: msgspec.Raw) -> Heard | None:
        thing = decode(raw, _Thing)
        data = decode(thing.data, _Data)
        heard = read_thing(data, now)
        times.append(min(int(data.created_utc), int(now.timestamp())))
        return heard

    for child in children:
        batch.read(read, child)
    return times


def read_thing(data: _Data, now: datetime) -> Heard:
    """Read a submission or a comment; one that was deleted or removed is gone, with all its words.

    Raises InputError.
    """
    created_at = as_heard(from_unix(data.created_utc), now)
    words = data.body if data.body is not None else data.selftext or ""
    taken_back = {data.author, words.strip(), data.title} & _TAKEN_BACK or data.removed_by_category
    if not data.author or taken_back:
        return Gone(f"{NAME}:{data.name}")
    comment = data.name.startswith("t1_")
    if comment and not data.link_id:
        msg = "link_id: the comment names no submission"
        raise InputError(msg)
    counts = {"score": data.score, "replies": data.num_comments}
    return make_record(
        source=NAME,
        native_id=data.name,
        kind=RecordKind.COMMENT if comment else RecordKind.POST,
        url=f"{SITE}{data.permalink}",
        author=Author(data.author, data.author),
        created_at=created_at,
        not_after=now,
        text=words,
        title=None if comment else data.title,
        parent=data.parent_id if comment else None,
        root=data.link_id if comment else None,
        community=f"r/{data.subreddit}",
        links=() if comment or data.is_self else (data.url,),
        metrics=counts,
    )


def _exhausted_until(page: Page, now: datetime) -> datetime | None:
    try:
        remaining = float(page.headers.get("x-ratelimit-remaining", _SPARE_REQUESTS))
        reset = timedelta(seconds=float(page.headers.get("x-ratelimit-reset", 0)))
    except (ValueError, OverflowError):
        return None
    return now + min(reset, timedelta(hours=1)) if remaining < _SPARE_REQUESTS else None
