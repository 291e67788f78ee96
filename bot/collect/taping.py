"""Recording: the network and a source, each with a tape that runs along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.collect.frames import Timing
    from bot.collect.network import Network, Stream
    from bot.collect.port import Haul, PolledSource
    from bot.collect.tape import Tape
    from bot.domain.clock import Clock


def taped(network: Network, tape: Tape, clock: Clock) -> Network:
    """Return the network with everything that servers send kept on the tape."""

    async def connect(url: str, headers: Mapping[str, str], timing: Timing) -> Stream:
        stream = await network.connect(url, headers, timing)
        tape.opened(clock.now(), url)
        return _TapedStream(stream, tape, clock)

    return replace(
        network, transport=lambda: _TapedTransport(network.transport(), tape, clock), connect=connect
    )


class TapedSource:
    """A polled source whose visits are noted."""

    def __init__(self, source: PolledSource, tape: Tape) -> None:
        self._source = source
        self._tape = tape
        self.name = source.name
        self.targets: Sequence[str] = source.targets
        self.interval: timedelta = source.interval
        self.off_reason = source.off_reason

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Note the visit and fetch."""
        self._tape.visit(now, target)
        return await self._source.fetch(target, cursor, now)


class _TapedStream:
    def __init__(self, stream: Stream, tape: Tape, clock: Clock) -> None:
        self._stream = stream
        self._tape = tape
        self._clock = clock

    async def take(self) -> list[bytes]:
        taken = await self._stream.take()
        if taken:
            self._tape.frames(self._clock.now(), taken)
        return taken

    def close(self) -> None:
        self._stream.close()


class _TapedTransport(httpx2.AsyncBaseTransport):
    def __init__(self, inner: httpx2.AsyncBaseTransport, tape: Tape, clock: Clock) -> None:
        self._inner = inner
        self._tape = tape
        self._clock = clock

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        body = _TapedBody(response.stream, lambda raw: self._keep(request, response, raw))
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=body, extensions=response.extensions
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    def _keep(self, request: httpx2.Request, response: httpx2.Response, raw: bytes) -> None:
        self._tape.answer(
            self._clock.now(),
            request.method,
            str(request.url),
            response.status_code,
            list(response.headers.multi_items()),
            raw,
        )


class _TapedBody(httpx2.AsyncByteStream):
    """A body that is passed on, and kept as far as it was read."""

    def __init__(self, stream: httpx2.AsyncByteStream, keep: Callable[[bytes], None]) -> None:
        self._stream = stream
        self._keep = keep
        self._read = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._read += chunk
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._keep(bytes(self._read))
