"""A scripted HTTP server on loopback that can also misbehave, and junk to feed to parsers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from hypothesis import strategies as st

from bot.collect.dial import CheckedBackend
from bot.collect.network import Network, over

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

# A network that reaches this machine.
NEARBY = Network(lambda: over(CheckedBackend(lambda _address: True)))
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked; `query` holds the last value of each name."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """Raw bytes to send; with `hang` the connection then stays open and silent."""

    raw: bytes
    hang: bool = False


def reply(body: object = b"", status: int = 200, *, hang: bool = False, **headers: str) -> Reply:
    """Return an ordinary answer; a body that is not bytes is sent as JSON."""
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content_type": kind, "content_length": str(len(content)), "connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return Reply(f"HTTP/1.1 {status} Answer\r\n{lines}\r\n".encode() + content, hang)


@dataclass(slots=True)
class Site:
    """The server as a test sees it: where it is, what was asked, and what it answers."""

    url: str = ""
    answer: Callable[[Request], Reply] = lambda _request: reply(status=404)
    requests: list[Request] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            parts = urlsplit(target)
            request = Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
            self.requests.append(request)
            answer = self.answer(request)
            writer.write(answer.raw)
            await writer.drain()
            if answer.hang:
                await reader.read()
        writer.close()


@asynccontextmanager
async def open_site() -> AsyncIterator[Site]:
    """Serve on a free port of 127.0.0.1."""
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield site


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def broken(valid: Mapping[str, Any]) -> st.SearchStrategy[bytes]:
    """Return JSON objects of the shape of `valid` with wrong, missing or strange values, and plain bytes."""
    return (
        st.builds(
            lambda wrong, missing: json.dumps(
                {name: wrong.get(name, value) for name, value in valid.items() if name not in missing}
            ).encode(),
            st.dictionaries(st.sampled_from(sorted(valid)), JUNK),
            st.sets(st.sampled_from(sorted(valid)), max_size=2),
        )
        | st.builds(lambda value: json.dumps(value).encode(), JUNK)
        | st.binary(max_size=60)
    )
