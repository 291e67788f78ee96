"""Bluesky: every post of the network as it is made, from a Jetstream host.

The cursor names host, protocol and place. It moves only with the batch it covers; what is read twice after a
restart is stored once.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

from bot.collect.intake import Batch, from_unix
from bot.collect.jetstream import NAME, POSTS, Event, Protocol, parse, read
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from websockets.asyncio.client import ClientConnection

    from bot.collect.port import Haul

_V2_METHOD = "network.bsky.jetstream.subscribeEvents"
_PATHS = {Protocol.V1: "/subscribe", Protocol.V2: f"/xrpc/{_V2_METHOD}"}
# Hosts disagree about the order of events by seconds.
_REWIND_US = 5_000_000
_MAX_FRAME = 1024 * 1024
# The network is never silent for as long as this.
_SILENCE_US = 60_000_000
_TOO_OLD = "away for longer than the host looks back"


@dataclass(frozen=True, slots=True)
class Timing:
    """Frames in a batch, seconds until an unfilled batch is handed over, and seconds for the socket."""

    batch: int = 500
    flush: float = 1.0
    silence: float = 60.0
    connect: float = 10.0
    ping: float = 20.0
    close: float = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One Jetstream host and the protocol it speaks."""

    base: str
    protocol: Protocol

    @classmethod
    def of(cls, host: str) -> Endpoint:
        """Read a setting: a host name, or a `wss://` address.

        A path tells the protocol; without one, the numbered public hosts (`jetstream1.`) speak v1 and the
        unnumbered ones (`jetstream.`) v2.
        """
        parts = urlsplit(host if "://" in host else f"wss://{host}")
        bare_v2 = parts.path in {"", "/"} and (parts.hostname or "").startswith("jetstream.")
        protocol = Protocol.V2 if _V2_METHOD in parts.path or bare_v2 else Protocol.V1
        return cls(f"{parts.scheme}://{parts.netloc}", protocol)

    def url(self, cursor: Mapping[str, Any]) -> str:
        """Return the address to connect to, with the place to go on from if the cursor knows one."""
        if self.protocol is Protocol.V1:
            query = [("wantedCollections", POSTS)]
        else:
            query = [("collections", POSTS), ("kinds", "commit"), ("kinds", "account")]
        place = self._place(cursor)
        if place is not None:
            query.append(("cursor", str(place)))
        return f"{self.base}{_PATHS[self.protocol]}?{urlencode(query)}"

    def _place(self, cursor: Mapping[str, Any]) -> int | None:
        time_us, seq = cursor.get("time_us"), cursor.get("seq")
        same = (cursor.get("host"), cursor.get("version")) == (self.base, self.protocol.value)
        # A sequence number means something on its own host only; every host understands a time.
        if same and self.protocol is Protocol.V2 and isinstance(seq, int):
            return seq
        return time_us - _REWIND_US if isinstance(time_us, int) else None


@dataclass(slots=True)
class _Window:
    """A batch under way and the last event it covers."""

    batch: Batch = field(default_factory=Batch)
    first: Event | None = None
    last: Event | None = None
    frames: int = 0

    def add(self, frame: bytes, protocol: Protocol) -> None:
        self.frames += 1
        try:
            self.last = parse(frame, protocol)
        except InputError:
            self.batch.bad += 1
        else:
            self.first = self.first or self.last
            self.batch.read(read, self.last)


class Bluesky:
    """The stream of all posts; hosts take turns when one fails."""

    name = NAME

    def __init__(self, hosts: Sequence[str], *, agent: str, timing: Timing | None = None) -> None:
        self.targets: Sequence[str] = ("jetstream",)
        self.off_reason: str | None = None if hosts else "no Jetstream host is configured"
        self._endpoints = tuple(Endpoint.of(host) for host in hosts)
        self._agent = agent
        self._timing = timing or Timing()
        self._turn: int | None = None

    async def stream(self, target: str, cursor: Mapping[str, Any]) -> AsyncGenerator[Haul, None]:  # noqa: ARG002 - one target
        """Yield batches from the cursor on, of at most 500 frames or one second.

        Every host is tried once. Raises SourceError when none can be had, or when the connection is lost;
        the next call goes on with the next host. Close the generator when leaving it early.
        """
        if self._turn is None:
            known = [endpoint.base for endpoint in self._endpoints]
            self._turn = known.index(cursor["host"]) if cursor.get("host") in known else 0
        failure = SourceError(self.off_reason or "no Jetstream host could be had")
        for _ in self._endpoints:
            endpoint = self._endpoints[self._turn]
            try:
                socket = await self._open(endpoint, cursor)
            except SourceError as error:
                failure, self._turn = error, self._after(self._turn)
                continue
            try:
                async with aclosing(self._batches(socket, endpoint, cursor)) as batches:
                    async for haul in batches:
                        yield haul
            except SourceError:
                self._turn = self._after(self._turn)
                raise
            finally:
                await socket.close()
        raise failure

    def _after(self, turn: int) -> int:
        return (turn + 1) % len(self._endpoints)

    async def _open(self, endpoint: Endpoint, cursor: Mapping[str, Any]) -> ClientConnection:
        """Connect; a cursor beyond the host's look-back is given up."""
        try:
            return await self._connect(endpoint, cursor)
        except InvalidStatus as error:
            if not cursor or b"CursorTooOld" not in (error.response.body or b""):
                raise _refused(endpoint, error) from None
        try:
            return await self._connect(endpoint, {})
        except InvalidStatus as error:
            raise _refused(endpoint, error) from None

    async def _connect(self, endpoint: Endpoint, cursor: Mapping[str, Any]) -> ClientConnection:
        timing = self._timing
        try:
            return await connect(
                endpoint.url(cursor),
                subprotocols=["xrpc.v1.json"] if endpoint.protocol is Protocol.V2 else None,  # type: ignore[list-item]  # Subprotocol is a NewType of str
                user_agent_header=self._agent,
                compression=None,
                proxy=None,
                open_timeout=timing.connect,
                ping_interval=timing.ping,
                ping_timeout=timing.ping,
                close_timeout=timing.close,
                max_size=_MAX_FRAME,
            )
        except InvalidStatus:
            raise
        except (OSError, TimeoutError, WebSocketException, InvalidURI) as error:
            msg = f"{endpoint.base} could not be reached ({type(error).__name__})"
            raise SourceError(msg) from None

    async def _batches(
        self, socket: ClientConnection, endpoint: Endpoint, cursor: Mapping[str, Any]
    ) -> AsyncGenerator[Haul, None]:
        lost: str | None = None
        while lost is None:
            window, lost = await self._gather(socket, endpoint)
            if window.first and window.last:
                gaps = _missed(cursor, window.first)
                cursor = {
                    "host": endpoint.base,
                    "version": endpoint.protocol.value,
                    "time_us": window.last.time_us,
                    "seq": window.last.seq,
                }
                reached = from_unix(window.last.time_us / 1e6)
                yield window.batch.haul(cursor, gaps=gaps, heard_until=reached)
            elif window.frames:
                yield window.batch.haul(cursor, unfinished=True)
        raise SourceError(lost)

    async def _gather(self, socket: ClientConnection, endpoint: Endpoint) -> tuple[_Window, str | None]:
        """Collect one batch; also tells why the connection is lost, if it is."""
        window, loop = _Window(), asyncio.get_running_loop()
        deadline = loop.time() + self._timing.silence
        try:
            while window.frames < self._timing.batch:
                async with asyncio.timeout_at(deadline):
                    frame = await socket.recv(decode=False)
                if not window.frames:
                    deadline = loop.time() + self._timing.flush
                window.add(frame, endpoint.protocol)
        except TimeoutError:
            silent = f"{endpoint.base} sent nothing for {self._timing.silence:g} seconds"
            return window, None if window.frames else silent
        except ConnectionClosed as closed:
            return (
                window,
                f"{endpoint.base} ended the stream (code {closed.rcvd.code if closed.rcvd else 'none'})",
            )
        return window, None


def _missed(cursor: Mapping[str, Any], first: Event) -> list[Gap]:
    """Return the gap between the cursor and the first event after it.

    v2 hosts refuse a cursor that is too old; v1 hosts go on with the oldest event they have, and say nothing.
    """
    known = cursor.get("time_us")
    if not isinstance(known, int) or first.time_us - known < _SILENCE_US:
        return []
    return [Gap(from_unix(known / 1e6), from_unix(first.time_us / 1e6), _TOO_OLD)]


def _refused(endpoint: Endpoint, error: InvalidStatus) -> SourceError:
    return SourceError(f"{endpoint.base} refused the stream with status {error.response.status_code}")
