"""A recording served again: every host of it on one loopback address, reached by the real fetch path.

Whatever name a source dials, the connection goes to this server; TLS is left out, since nobody listens in.
What was not recorded is answered with status 504.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore2
from picows import WSCloseCode, WSListener, WSMsgType, ws_create_server

from bot.collect.frames import open_frames
from bot.collect.network import Network, over
from bot.collect.tape import Answer, Sent, without_secrets

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable, Mapping

    from picows import WSTransport, WSUpgradeRequest

    from bot.collect.frames import Frames, Timing
    from bot.collect.tape import Entry

_HOST = "127.0.0.1"


class _Plain(httpcore2.AsyncNetworkStream):
    """A connection on which no TLS is spoken, though the other side believes so."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the interface
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the interface
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - the interface
        server_hostname: str | None = None,  # noqa: ARG002 - the interface
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - the interface
    ) -> httpcore2.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class Loopback(httpcore2.AsyncNetworkBackend):
    """Dials one port of the loopback interface, whatever was asked for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - every host is here
        port: int,  # noqa: ARG002 - the same
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the port."""
        return _Plain(
            await self._inner.connect_tcp(_HOST, self._port, timeout, local_address, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore2 asks between its own tries."""
        await asyncio.sleep(seconds)


def loopback(http_port: int, stream_port: int) -> Network:
    """Return a network with every HTTP host at one port and every stream at another, without pauses."""

    async def connect(url: str, headers: Mapping[str, str], timing: Timing) -> Frames:
        parts = urlsplit(url)
        here = parts._replace(scheme="ws", netloc=f"{_HOST}:{stream_port}").geturl()
        return await open_frames(here, {"Host": parts.netloc, **headers}, timing)

    async def hurry(_seconds: float) -> None:
        await asyncio.sleep(0)

    return Network(lambda: over(Loopback(http_port)), connect, hurry)


class _Shelf:
    """The recorded answers, each served once, in order, to those who ask for its address."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._answers: dict[tuple[str, str], deque[Answer]] = defaultdict(deque)
        self.frames: list[bytes] = []
        for entry in entries:
            if isinstance(entry, Answer):
                self._answers[entry.method, entry.url].append(entry)
            elif isinstance(entry, Sent):
                self.frames += entry.frames

    def take(self, method: str, host: str, target: str) -> Answer | None:
        for scheme in ("https", "http"):
            waiting = self._answers[method, without_secrets(f"{scheme}://{host}{target}")]
            if waiting:
                return waiting.popleft()
        return None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        with suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, target, _ = head[0].split(" ")
            host = next(line[5:].strip() for line in head if line.lower().startswith("host:"))
            writer.write(_raw(self.take(method, host, target)))
            await writer.drain()
        writer.close()


def _raw(answer: Answer | None) -> bytes:
    if answer is None:
        return (
            f"HTTP/1.1 {HTTPStatus.GATEWAY_TIMEOUT.value} Not Recorded\r\nConnection: close\r\n\r\n".encode()
        )
    lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
    head = f"HTTP/1.1 {answer.status} Recorded\r\n{lines}Connection: close\r\n\r\n"
    return head.encode("latin-1", "replace") + answer.body


class _Sender(WSListener):
    """Sends the recorded frames to whoever connects, as fast as they are taken, and closes."""

    def __init__(self, frames: list[bytes]) -> None:
        self._frames = frames
        self._room = asyncio.Event()
        self._room.set()
        self._task: asyncio.Task[None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._task = asyncio.create_task(self._send(transport))

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - the listener's signature
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    async def _send(self, transport: WSTransport) -> None:
        for frame in self._frames:
            await self._room.wait()
            transport.send(WSMsgType.TEXT, frame)
        transport.send_close(WSCloseCode.OK)


@asynccontextmanager
async def serve(entries: Iterable[Entry]) -> AsyncIterator[Network]:
    """Serve a recording on loopback; gives the network in which all of its hosts are there."""
    shelf = _Shelf(entries)

    def listener(_: WSUpgradeRequest) -> WSListener:
        return _Sender(shelf.frames)

    pages = await asyncio.start_server(shelf.serve, _HOST, 0)
    streams = await ws_create_server(listener, _HOST, 0)
    async with pages, streams:
        yield loopback(*(server.sockets[0].getsockname()[1] for server in (pages, streams)))
