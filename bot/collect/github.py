"""GitHub: issues, their comments, releases and discussions of chosen repositories; a token is optional.

Without a token GitHub allows 60 requests an hour, so repositories are visited rarely; its rate-limit headers
are heeded. Pull requests and what GitHub marks as a bot's are left out. Discussions come by their Atom feed:
the API has them only with a token.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from bot.collect.feeds import MAX_BYTES, date_of, passage_of, read_feed, text_of
from bot.collect.intake import Batch, Heard, as_heard, decode, from_iso, make_record
from bot.collect.standing import gone_among
from bot.domain.errors import InputError, SourceError
from bot.domain.record import Author, RecordKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.collect.http import Fetcher, Page
    from bot.collect.port import Haul
    from bot.domain.record import Record

NAME = "github"
SITE = "https://github.com"

_PAGE = 100
_PAGES = 3
_FIRST_LOOK_BACK = timedelta(days=2)
_HURRY = timedelta(minutes=2)
_SPARE_REQUESTS = 5
_ACCEPT = "application/vnd.github+json"
_NATIVE_ID = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<release>\d+)|#(?P<issue>\d+)(?:/(?P<comment>\d+))?)", re.ASCII
)


class _User(msgspec.Struct):
    login: str
    type: str = "User"


class _Item(msgspec.Struct):
    """An issue, a comment or a release."""

    id: int
    html_url: str
    created_at: str
    updated_at: str | None = None
    user: _User | None = None
    author: _User | None = None
    number: int | None = None
    issue_url: str | None = None
    title: str | None = None
    name: str | None = None
    tag_name: str | None = None
    body: str | None = None
    comments: int | None = None
    draft: bool = False
    pull_request: msgspec.Raw = msgspec.Raw(b"")


class _Stamp(msgspec.Struct):
    updated_at: str


class GitHub:
    """What is said in repositories; a target is `owner/name`."""

    name = NAME

    def __init__(
        self,
        fetcher: Fetcher,
        repositories: Sequence[str],
        token: str | None = None,
        *,
        api: str = "https://api.github.com",
        site: str = SITE,
    ) -> None:
        self.targets: Sequence[str] = tuple(repositories)
        self.off_reason: str | None = None if repositories else "no repository is configured"
        self.interval = timedelta(minutes=10 if token else 60)
        self._fetcher = fetcher
        self._api = api
        self._site = site
        self._headers = {"Accept": _ACCEPT, **({"Authorization": f"Bearer {token}"} if token else {})}

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fetch what was written or changed since the cursor (at first: in two days), oldest first.

        What does not fit into three pages of each kind is left for the next visit, which is asked for soon.
        """
        batch, place, more, wait = Batch(), dict(cursor), False, None
        for kind in ("issues", "issues/comments"):
            since = _moment(cursor.get(kind)) or now - _FIRST_LOOK_BACK
            reached, unread, until = await self._changes(target, kind, since, batch, now)
            place[kind], more, wait = reached.isoformat(), more or unread, until or wait
        page = await self._get(
            f"{self._api}/repos/{target}/releases", {"per_page": "20"}, now, cursor.get("releases")
        )
        # An answer that nothing changed does not count against the limit.
        place["releases"] = dict(page.validators)
        for item in () if page.not_modified else page.json(list[msgspec.Raw]):
            batch.read(lambda raw: read_release(raw, target, now), item)
        await self._discussions(target, batch, now)
        wait = wait or _exhausted_until(page, now)
        return batch.haul(place, next_check_at=wait or (now + _HURRY if more else None), unfinished=more)

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those records that GitHub does not have any more.

        Raises SourceError.
        """

        async def gone(record: Record) -> bool:
            if "/discussions/" in record.url:
                return not await self._fetcher.stands(record.url, now=now)
            if (place := _place(record.native_id)) is not None:
                await self._get(f"{self._api}/repos/{place}", {}, now)
            return False

        return await gone_among(records, gone)

    async def _changes(
        self, target: str, kind: str, since: datetime, batch: Batch, now: datetime
    ) -> tuple[datetime, bool, datetime | None]:
        """Read changes upwards from `since`; returns how far, whether more waits, and a time to wait for."""
        reached = since
        for number in range(1, _PAGES + 1):
            params = {
                "state": "all",
                "sort": "updated",
                "direction": "asc",
                "since": f"{since:%Y-%m-%dT%H:%M:%SZ}",
                "per_page": str(_PAGE),
                "page": str(number),
            }
            page = await self._get(f"{self._api}/repos/{target}/{kind}", params, now)
            items = page.json(list[msgspec.Raw])
            for item in items:
                batch.read(lambda raw: read_issue(raw, target, now), item)
            reached = max([reached, *(stamp for raw in items if (stamp := _stamp(raw, now)) is not None)])
            until = _exhausted_until(page, now)
            if len(items) < _PAGE or until:
                return reached, len(items) >= _PAGE, until
        return reached, True, None

    async def _discussions(self, target: str, batch: Batch, now: datetime) -> None:
        """Read the feed of discussions; a repository without discussions has none."""
        try:
            page = await self._fetcher.get(
                f"{self._site}/{target}/discussions.atom", now=now, max_bytes=MAX_BYTES
            )
            feed = await asyncio.to_thread(read_feed, page)
        except SourceError:
            return
        for entry in feed.entries:
            batch.read(lambda item: read_discussion(item, target, now), entry)

    async def _get(
        self, url: str, params: Mapping[str, str], now: datetime, cursor: Mapping[str, Any] | None = None
    ) -> Page:
        return await self._fetcher.get(url, now=now, params=params, headers=self._headers, cursor=cursor)


def read_issue(raw: msgspec.Raw, repository: str, now: datetime) -> Heard | None:
    """Read an issue or a comment on one; pull requests and bots are nothing.

    Raises InputError.
    """
    item = decode(raw, _Item)
    number = str(item.number) if item.number else (item.issue_url or "").rpartition("/")[2]
    if not number.isdecimal():
        msg = "number: the comment names no issue"
        raise InputError(msg)
    pull = bool(item.pull_request) or f"/pull/{number}" in item.html_url
    if pull or item.user is None or item.user.type == "Bot":
        return None
    root = f"{repository}#{number}".lower()
    comment = item.number is None
    if comment and not (item.body or "").strip():
        return None
    return make_record(
        source=NAME,
        native_id=f"{root}/{item.id}" if comment else root,
        kind=RecordKind.COMMENT if comment else RecordKind.POST,
        url=item.html_url,
        author=Author(item.user.login, item.user.login),
        created_at=as_heard(from_iso(item.created_at), now),
        not_after=now,
        text=item.body or "",
        title=None if comment else item.title,
        parent=root if comment else None,
        root=root if comment else None,
        community=f"{NAME}/{repository}",
        metrics={"replies": item.comments},
    )


def read_release(raw: msgspec.Raw, repository: str, now: datetime) -> Heard | None:
    """Read a release; a draft is nothing, and so is one of more than a month ago.

    Raises InputError.
    """
    item = decode(raw, _Item)
    made = from_iso(item.created_at)
    if item.draft or item.author is None or made < now - timedelta(days=30):
        return None
    return make_record(
        source=NAME,
        native_id=f"{repository}@{item.id}".lower(),
        kind=RecordKind.ARTICLE,
        url=item.html_url,
        author=Author(item.author.login, item.author.login),
        created_at=as_heard(made, now),
        not_after=now,
        text=item.body or "",
        title=f"{repository.partition('/')[2]} {item.name or item.tag_name or ''}".strip(),
        community=f"{NAME}/{repository}",
    )


def read_discussion(entry: Any, repository: str, now: datetime) -> Heard:  # noqa: ANN401 - feedparser has no types
    """Read the opening of a discussion.

    Raises InputError.
    """
    url = text_of(entry, "link")
    number = url.rpartition("/")[2]
    if not number.isdecimal():
        msg = "link: is not the address of a discussion"
        raise InputError(msg)
    content = dict.get(entry, "content") or [entry]
    body = passage_of(content[0], "value" if content[0] is not entry else "summary", url)
    name = text_of(entry, "author")
    return make_record(
        source=NAME,
        native_id=f"{repository}#{number}".lower(),
        kind=RecordKind.POST,
        url=url,
        author=Author(name, name),
        created_at=as_heard(date_of(entry, "published", "updated"), now),
        not_after=now,
        text=body.text,
        title=passage_of(entry, "title").text,
        community=f"{NAME}/{repository}",
        links=body.links,
    )


def _place(native_id: str) -> str | None:
    """Return where the API keeps an issue, a comment on one or a release."""
    match = _NATIVE_ID.fullmatch(native_id)
    if match is None:
        return None
    if match["release"]:
        return f"{match['repository']}/releases/{match['release']}"
    comment = match["comment"]
    return f"{match['repository']}/issues/{f'comments/{comment}' if comment else match['issue']}"


def _stamp(raw: msgspec.Raw, now: datetime) -> datetime | None:
    try:
        return min(from_iso(decode(raw, _Stamp).updated_at), now)
    except InputError:
        return None


def _moment(value: object) -> datetime | None:
    return from_iso(value) if isinstance(value, str) else None


def _exhausted_until(page: Page, now: datetime) -> datetime | None:
    """Return until when GitHub wants no further request, if it soon wants none."""
    remaining = page.headers.get("x-ratelimit-remaining", "")
    reset = page.headers.get("x-ratelimit-reset", "")
    if not (remaining.isdecimal() and reset.isdecimal()) or int(remaining[:9]) >= _SPARE_REQUESTS:
        return None
    return min(max(now, datetime.fromtimestamp(int(reset[:10]), UTC)), now + timedelta(hours=2))
