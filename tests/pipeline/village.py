"""A small world on loopback in which every source has something to say, and takes some of it back again.

It stands still at a step and changes only when it is told to. At each step every source says something new;
some of it is edited two steps later, some is taken back three steps later.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.collect.interchange import encode
from tests.collect import (
    places,
    test_arxiv,
    test_discourse,
    test_github,
    test_hackernews,
    test_lemmy,
    test_mastodon,
    test_reddit,
    test_youtube,
    test_youtube_comments,
)
from tests.collect.loopback import NOW, Reply, Request, open_site, reply
from tests.collect.test_jetstream import POST, SEEN_US, v1
from tests.factory import make_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

STEPS = 9
STEP = timedelta(minutes=10)
FRAMES = 900
SETTINGS: dict[str, Any] = {**places.SETTINGS, "bluesky_hosts": ("wss://jetstream.example/subscribe",)}
FILE = b"".join(encode(make_record(source="archive", native_id=str(number))) + b"\n" for number in range(50))

_RSS = "<rss version='2.0'><channel><title>The Outlet</title>{items}</channel></rss>"
_ITEM = (
    "<item><title>Matter {n}</title><link>https://outlet.example/{n}</link><pubDate>{at}</pubDate>"
    "<description>{text}</description></item>"
)


def time_of(step: int) -> datetime:
    """Return the time at a step."""
    return NOW + step * STEP


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance, as it stands now."""

    number: int
    text: str
    gone: bool

    @property
    def at(self) -> datetime:
        """When it was said."""
        return time_of(self.number) - timedelta(minutes=3)

    @property
    def iso(self) -> str:
        """When it was said."""
        return f"{self.at:%Y-%m-%dT%H:%M:%S}Z"


@dataclass(slots=True)
class Village:
    """The world at a step."""

    step: int = 0
    pages: int = 1
    streams: int = 1
    asked: int = 0
    _places: dict[str, Callable[[Request], Reply]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Say who answers at which host."""
        self._places = {
            "clock.example": self._tick,
            "hn.algolia.com": self._hackernews,
            "forum.example": lambda _: reply({"latest_posts": [self._post(said) for said in self._said()]}),
            "outlet.example": lambda _: self._feed(),
            "export.arxiv.org": lambda _: reply(
                test_arxiv._feed(
                    *(test_arxiv._entry(f"2603.{1000 + s.number}", at=s.iso) for s in self._said()),
                    test_arxiv._entry("2602.00001", at="2026-02-01T00:00:00Z"),
                )
            ),
            "town.example": self._mastodon,
            "barn.example": self._lemmy,
            "api.github.com": self._github,
            "github.com": lambda _: reply(test_github.DISCUSSIONS),
            "www.youtube.com": lambda _: reply(
                test_youtube._feed(
                    *(test_youtube.ENTRY.format(id=f"v{s.number}", at=s.iso) for s in self._said())
                )
            ),
            "www.googleapis.com": lambda _: test_youtube_comments.listed(
                *(
                    test_youtube_comments.thread(
                        test_youtube_comments.said(s.number, s.iso, textDisplay=s.text)
                    )
                    for s in self._said()
                )
            ),
            "www.reddit.com": lambda _: reply({"access_token": "fictional", "expires_in": 3600}),
            "oauth.reddit.com": self._reddit,
        }

    def answer(self, request: Request) -> Reply:
        """Answer for whichever host was asked."""
        self.asked += 1
        return self._places[request.headers["host"]](request)

    def _said(self) -> list[Said]:
        """Return what was said so far, newest first."""
        return [
            Said(
                n,
                f"Lantern {n} is lit" + (", and edited" if n % 3 == 2 and self.step >= n + 2 else ""),
                gone=n % 3 == 1 and self.step >= n + 3,
            )
            for n in range(self.step, -1, -1)
        ]

    def _tick(self, request: Request) -> Reply:
        self.step = int(request.query["step"])
        return reply(b"")

    def _hackernews(self, request: Request) -> Reply:
        after, until = test_hackernews._bounds(request)
        hits = [
            {
                **test_hackernews.COMMENT,
                "objectID": str(100 + said.number),
                "created_at_i": int(said.at.timestamp()),
                "comment_text": said.text,
                "author": None if said.gone else "ines",
            }
            for said in self._said()
            if after < said.at.timestamp() <= until
        ]
        return reply({"hits": hits})

    def _post(self, said: Said) -> dict[str, Any]:
        deleted = said.iso if said.gone else None
        return {
            **test_discourse.OPENER, "id": 900 + said.number, "topic_id": 50 + said.number,
            "cooked": f"<p>{said.text}</p>", "created_at": said.iso, "deleted_at": deleted,
        }  # fmt: skip

    def _feed(self) -> Reply:
        items = [
            _ITEM.format(n=s.number, at=f"{s.at:%a, %d %b %Y %H:%M:%S} GMT", text=s.text)
            for s in self._said()
        ]
        return reply(_RSS.format(items="".join(items)).encode(), etag=f'"{self.step}"')

    def _mastodon(self, request: Request) -> Reply:
        after = int(request.query.get("min_id", "0"))
        statuses = [
            {
                **test_mastodon.STATUS, "id": str(5000 + s.number), "created_at": s.iso, "content": s.text,
                "url": f"https://town.example/@mira/{s.number}",
            }
            for s in self._said() if 5000 + s.number > after
        ]  # fmt: skip
        return reply(statuses)

    def _lemmy(self, request: Request) -> Reply:
        if request.path == "/api/v3/comment/list":
            said = [
                test_lemmy._said(id=s.number, content=s.text, published=s.iso, deleted=s.gone)
                for s in self._said()
            ]
            return reply({"comments": said})
        views = [test_lemmy._view(id=s.number, body=s.text, published=s.iso) for s in self._said()]
        return reply({"posts": views})

    def _github(self, request: Request) -> Reply:
        if not request.path.endswith("/issues"):
            return reply([])
        since = datetime.fromisoformat(request.query["since"])
        issues = [
            {
                **test_github.ISSUE, "number": s.number + 1, "body": s.text, "created_at": s.iso,
                "updated_at": f"{time_of(s.number + (2 if 'edited' in s.text else 0)):%Y-%m-%dT%H:%M:%S}Z",
                "html_url": f"https://github.com/{places.REPOSITORY}/issues/{s.number + 1}",
            }
            for s in reversed(self._said())
        ]  # fmt: skip
        return reply([issue for issue in issues if datetime.fromisoformat(issue["updated_at"]) >= since])

    def _reddit(self, request: Request) -> Reply:
        if not request.path.endswith("/new"):
            return reply({"kind": "Listing", "data": {"children": []}})
        things = [
            {
                **test_reddit.POST, "name": f"t3_{s.number}", "selftext": "[removed]" if s.gone else s.text,
                "created_utc": s.at.timestamp(),
            }
            for s in self._said()
        ]  # fmt: skip
        return reply({"kind": "Listing", "data": {"children": [{"kind": "t3", "data": t} for t in things]}})


def frames() -> list[bytes]:
    """Return the frames of the stream: posts, of which some are edited and some taken back later."""
    found = []
    for n in range(FRAMES):
        operation, of = "create", n
        if n > 100 and n % 5 == 0:
            operation, of = ("delete" if n % 2 else "update"), n - 99
        commit = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": f"3n{of}"}
        if operation != "delete":
            commit |= {"record": {**POST, "text": f"Lantern {of}, {operation}d"}}  # type: ignore[dict-item]
        found.append(v1(commit=commit, time_us=SEEN_US + n * 1_000_000))
    return found


async def _stream(socket: ServerConnection) -> None:
    """Send what comes from the cursor on, then stay."""
    query = parse_qs(urlsplit(socket.request.path if socket.request else "").query)
    start = int(query.get("cursor", ["0"])[0])
    try:
        for frame in frames():
            if json.loads(frame)["time_us"] >= start:
                await socket.send(frame.decode())
        await socket.wait_closed()
    except ConnectionClosed:
        return


@asynccontextmanager
async def open_village() -> AsyncIterator[Village]:
    """Serve the world; `pages` and `streams` are the ports at which its hosts are."""
    village = Village()
    async with (
        open_site() as site,
        serve(_stream, "127.0.0.1", 0, compression=None) as streams,
    ):
        site.answer = village.answer
        village.pages = int(site.url.rpartition(":")[2])
        village.streams = next(iter(streams.sockets)).getsockname()[1]
        yield village
