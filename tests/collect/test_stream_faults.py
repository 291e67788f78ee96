"""The stream against hosts in trouble: a failure of the source, soon, and what came before it is kept."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.bluesky import Bluesky
from bot.collect.frames import Timing
from bot.domain.errors import SourceError
from tests.collect.test_jetstream import POST, v1

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FAST = Timing(batch=500, flush=0.02, silence=0.1, connect=0.2, ping=5)
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _BINARY, _PING, _CONTINUED = 0x81, 0x82, 0x89, 0x80


def _framed(payload: bytes, kind: int = _TEXT) -> bytes:
    if len(payload) < 126:
        return bytes([kind, len(payload)]) + payload
    if len(payload) < 65_536:
        return bytes([kind, 126]) + struct.pack(">H", len(payload)) + payload
    return bytes([kind, 127]) + struct.pack(">Q", len(payload)) + payload


_GOOD, _LATER = _framed(v1(POST)), _framed(v1(POST, did="did:plc:later"))
_LARGE = v1({**POST, "odd": "\x01" * 1_000_000}, did="did:plc:large")
# What the host sends before it falls silent, and how many posts and bad frames come of it.
AFTER_OPENING = {
    "a frame that never ends": (_GOOD + _GOOD[: len(_GOOD) // 2], 1, 0),
    "nothing in full": (_GOOD[:1], 0, 0),
    "no UTF-8": (_framed(b'{"did": "\xff\xfe", "time_us": 1, "commit": "\xe9"}' + b" " * 200) + _GOOD, 1, 1),
    "UTF-16": (_framed(v1(POST).decode().encode("utf-16")) + _GOOD, 1, 1),
    "a post of a megabyte, in escapes": (_GOOD + _framed(_LARGE) + _LATER, 3, 0),
    "a frame too large for any post": (_framed(b"[" * 17_000_000), 0, 0),
    "a frame of another kind": (_framed(b"\x28\xb5\x2f\xfd" + b"\0" * 200, _BINARY) + _GOOD, 1, 1),
    "pieces that never end": (_framed(b"[" * 9_000_000, 0x01) + _framed(b"[" * 9_000_000, 0x00), 0, 0),
    "a reserved opcode": (_GOOD + _framed(b"x" * 200, 0x83) + _LATER, 1, 0),
    "pings alone": (_framed(b"alive", _PING) * 3, 0, 0),
}
INSTEAD = {
    "too many requests": b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n",
    "server error": b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    "redirect inward": b"HTTP/1.1 302 Found\r\nLocation: ws://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "silence": b"",
}


@asynccontextmanager
async def _host(said: bytes, *, opens: bool) -> AsyncIterator[str]:
    """Run a host that says so much, as its frames or instead of a stream, and then nothing more.

    In the end every connection to it was closed.
    """
    served = set[Any]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        if opens:
            key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key"))
            digest = hashlib.sha1(key.split()[1] + _GUID, usedforsecurity=False).digest()
            accept = base64.b64encode(digest)
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
        writer.write(said)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(2):
            await asyncio.gather(*served)


async def _heard(base: str) -> tuple[int, int, SourceError]:
    """Return how many posts and bad frames came until the stream failed, and why it did."""
    posts = bad = 0
    source = Bluesky([base], agent="Groundswell/test", timing=FAST)
    async with asyncio.timeout(5), aclosing(source.stream("jetstream", {})) as stream:
        try:
            async for haul in stream:
                posts, bad = posts + len(haul.records), bad + haul.bad
        except SourceError as failure:
            return posts, bad, failure
    pytest.fail("the stream ended without a reason")


@pytest.mark.parametrize("fault", AFTER_OPENING)
async def test_a_stream_in_trouble_keeps_what_it_had(fault: str) -> None:
    """What is whole and readable is kept, what is not is counted, and the connection is given up in time."""
    said, posts, bad = AFTER_OPENING[fault]
    async with _host(said, opens=True) as base:
        heard = await _heard(base)
    assert heard[:2] == (posts, bad)
    assert base in str(heard[2])


@pytest.mark.parametrize("fault", INSTEAD)
async def test_a_host_without_a_stream_is_a_failure(fault: str) -> None:
    """Whatever a host says instead of opening a stream, the failure names it; no redirect is followed."""
    async with _host(INSTEAD[fault], opens=False) as base:
        *counts, failure = await _heard(base)
    assert counts == [0, 0]
    assert base in str(failure)
