"""A forum, an outlet and an index of Hacker News on loopback, each of which says something every second."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORUM, FEED = "https://forum.example", "https://outlet.example/feed.xml"
# The sources that are asked here, by name.
SOURCES = frozenset({"discourse", "hackernews", "rss"})

_LATEST = 50
_BOUNDS = re.compile(r"created_at_i>(\d+),created_at_i<=(\d+)")
_RSS = "<rss version='2.0'><channel><title>The Outlet</title>{items}</channel></rss>"
_ITEM = (
    "<item><title>Matter {n}</title><link>https://outlet.example/{n}</link><pubDate>{at}</pubDate>"
    "<description>What is known of matter {n}.</description></item>"
)


class Pages:
    """What was said since `began`: number n after n seconds."""

    def __init__(self) -> None:
        self.began = datetime.now(UTC).replace(microsecond=0)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[int]:
        """Serve every host at one port of the loopback interface; gives the port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]

    def said(self) -> int:
        """Return the number of what was said last, at each of the places."""
        return int((datetime.now(UTC) - self.began).total_seconds())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            host = next(line[5:].strip() for line in head if line.lower().startswith("host:"))
            body = self._answer(host, head[0].split(" ")[1])
            status = HTTPStatus.OK if body else HTTPStatus.NOT_FOUND
            writer.write(f"HTTP/1.1 {status.value} Answer\r\nConnection: close\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()

    def _answer(self, host: str, target: str) -> bytes:
        query = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        said = self.said()
        if host == "hn.algolia.com":
            return json.dumps({"hits": self._hits(query["numericFilters"], said)}).encode()
        if host == urlsplit(FORUM).netloc:
            newest = min(said, int(query.get("before", said + 1)) - 1)
            numbers = range(newest, max(0, newest - _LATEST), -1)
            return json.dumps({"latest_posts": [self._post(number) for number in numbers]}).encode()
        if host == urlsplit(FEED).netloc:
            items = (
                _ITEM.format(n=n, at=f"{self._at(n):%a, %d %b %Y %H:%M:%S} GMT")
                for n in range(said, max(0, said - _LATEST), -1)
            )
            return _RSS.format(items="".join(items)).encode()
        return b""

    def _at(self, number: int) -> datetime:
        return self.began + timedelta(seconds=number)

    def _hits(self, bounds: str, said: int) -> list[dict[str, Any]]:
        found = _BOUNDS.fullmatch(bounds)
        if found is None:
            return []
        began = int(self.began.timestamp())
        after, until = (int(bound) - began for bound in found.groups())
        return [
            {
                "objectID": str(number), "created_at_i": began + number, "author": "ines",
                "comment_text": f"Answer {number}.", "story_id": 1, "parent_id": 1, "_tags": ["comment"],
            }
            for number in range(max(1, after + 1), min(said, until) + 1)
        ]  # fmt: skip

    def _post(self, number: int) -> dict[str, Any]:
        return {
            "id": number, "username": "marlow", "user_id": 3, "created_at": self._at(number).isoformat(),
            "cooked": f"<p>Answer {number}.</p>", "post_number": number, "post_type": 1, "topic_id": 1,
            "topic_slug": "lanterns", "topic_title": "Lanterns",
        }  # fmt: skip
