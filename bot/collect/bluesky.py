"""Bluesky: every post of the network as it is made, from a Jetstream host.

The cursor names host, protocol and place. It moves only with the batch it covers; what is read twice after a
restart is stored once. A gate decides from a glance which posts are read at all.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from bot.collect.frames import RefusedError, Timing, open_frames
from bot.collect.intake import EARLIEST, Batch
from bot.collect.jetstream import NAME, POSTS, Protocol, from_micros, parse, read
from bot.collect.sifting import MARKS, sift
from bot.domain.errors import InputError, SourceError
from bot.domain.gap import Gap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

    from bot.collect.jetstream import Event
    from bot.collect.network import Connect, Stream
    from bot.collect.port import Gate, Haul, Sieve

_V2_METHOD = "network.bsky.jetstream.subscribeEvents"
_PATHS = {Protocol.V1: "/subscribe", Protocol.V2: f"/xrpc/{_V2_METHOD}"}
# Hosts disagree about the order of events by seconds.
_REWIND_US = 5_000_000
# The network is never silent for as long as this.
_SILENCE_US = 60_000_000
# Frames that are read in one go: some 20 milliseconds.
_AT_ONCE = 1_000
# No post that anybody reads is as long as this, and the host is asked to keep those that are.
_LARGEST = 1_000_000
_TOO_OLD = "away for longer than the host looks back"


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
        query.append(("maxMessageSizeBytes", str(_LARGEST)))
        place = self._place(cursor)
        if place is not None:
            query.append(("cursor", str(place)))
        return f"{self.base}{_PATHS[self.protocol]}?{urlencode(query)}"

    def after(self, event: Event) -> dict[str, Any]:
        """Return the cursor that goes on at `event`."""
        return {
            "host": self.base,
            "version": self.protocol.value,
            "time_us": event.time_us,
            "seq": event.seq,
        }

    def _place(self, cursor: Mapping[str, Any]) -> int | None:
        time_us, seq = cursor.get("time_us"), cursor.get("seq")
        same = (cursor.get("host"), cursor.get("version")) == (self.base, self.protocol.value)
        # A sequence number means something on its own host only; every host understands a time.
        if same and self.protocol is Protocol.V2 and isinstance(seq, int):
            return seq
        return time_us - _REWIND_US if isinstance(time_us, int) else None


class Bluesky:
    """The stream of all posts; hosts take turns when one fails."""

    name = NAME

    def __init__(
        self,
        hosts: Sequence[str],
        *,
        agent: str,
        gate: Gate | None = None,
        timing: Timing | None = None,
        connect: Connect = open_frames,
    ) -> None:
        self.targets: Sequence[str] = ("jetstream",)
        self.off_reason: str | None = None if hosts else "no Jetstream host is configured"
        self._endpoints = tuple(Endpoint.of(host) for host in hosts)
        self._agent = agent
        self._gate = gate
        self._timing = timing or Timing()
        self._connect = connect
        self._turn: int | None = None
        self._admits = gate.admits if gate else None
        self._sieve: Sieve | None = None

    async def stream(self, target: str, cursor: Mapping[str, Any]) -> AsyncGenerator[Haul, None]:  # noqa: ARG002 - one target
        """Yield batches from the cursor on, of about 20,000 frames or one second.

        Every host is tried once. Raises SourceError when none can be had, or when the connection is lost;
        the next call goes on with the next host. Close the generator when leaving it early.
        """
        if self._turn is None:
            known = [endpoint.base for endpoint in self._endpoints]
            self._turn = known.index(cursor["host"]) if cursor.get("host") in known else 0
        if self._gate is not None and self._sieve is None:
            # It takes a second to make.
            self._sieve = await asyncio.to_thread(self._gate.sieve, MARKS)
        failure = SourceError(self.off_reason or "no Jetstream host could be had")
        for _ in self._endpoints:
            endpoint = self._endpoints[self._turn]
            try:
                frames = await self._open(endpoint, cursor)
            except SourceError as error:
                failure, self._turn = _of(endpoint, error), self._after(self._turn)
                continue
            try:
                async with aclosing(self._batches(frames, endpoint, cursor)) as batches:
                    async for haul in batches:
                        yield haul
            except SourceError as error:
                self._turn = self._after(self._turn)
                raise _of(endpoint, error) from None
            finally:
                frames.close()
        raise failure

    def _after(self, turn: int) -> int:
        return (turn + 1) % len(self._endpoints)

    async def _open(self, endpoint: Endpoint, cursor: Mapping[str, Any]) -> Stream:
        """Connect; a cursor beyond the host's look-back is given up."""
        headers = {"User-Agent": self._agent}
        if endpoint.protocol is Protocol.V2:
            headers["Sec-WebSocket-Protocol"] = "xrpc.v1.json"
        try:
            return await self._connect(endpoint.url(cursor), headers, self._timing)
        except RefusedError as error:
            if not cursor or b"CursorTooOld" not in error.body:
                raise
        return await self._connect(endpoint.url({}), headers, self._timing)

    async def _batches(
        self, frames: Stream, endpoint: Endpoint, cursor: Mapping[str, Any]
    ) -> AsyncGenerator[Haul, None]:
        resumed = True
        while taken := await frames.take():
            batch, first, last = await self._read(taken, endpoint.protocol)
            if first is None or last is None:
                yield batch.haul(cursor, unfinished=True)
                continue
            gaps = _missed(cursor, first) if resumed else []
            cursor, resumed = endpoint.after(last), False
            yield batch.haul(cursor, gaps=gaps, heard_until=last.seen)
        msg = f"sent nothing for {self._timing.silence:g} seconds"
        raise SourceError(msg)

    async def _read(
        self, frames: Sequence[bytes], protocol: Protocol
    ) -> tuple[Batch, Event | None, Event | None]:
        """Read what passes the gate; also returns the first and the last event."""
        threads: dict[int, str] = {}
        for start in range(0, len(frames), _AT_ONCE):
            piece = frames[start : start + _AT_ONCE]
            sifted = sift(piece, protocol, self._admits, self._sieve)
            threads |= {start + number: thread for number, thread in sorted(sifted.items())}
            # While a day is caught up, other sources and readers have their turn in between.
            await asyncio.sleep(0)
        asked = set(threads.values()) - {""}
        followed = {""}.union(await self._gate.follows(asked) if self._gate and asked else ())
        batch = Batch()
        for number, thread in threads.items():
            if thread in followed or thread in batch.records:
                batch.read(lambda raw: read(parse(raw, protocol)), frames[number])
        return batch, _first(frames, protocol), _first(reversed(frames), protocol)


def _first(frames: Iterable[bytes], protocol: Protocol) -> Event | None:
    """Return the first event that can be read and has a time to go on from."""
    for frame in frames:
        with suppress(InputError):
            event = parse(frame, protocol)
            if event.seen > EARLIEST:
                return event
    return None


def _missed(cursor: Mapping[str, Any], first: Event) -> list[Gap]:
    """Return the gap between the cursor and the first event after it.

    v2 hosts refuse a cursor that is too old; v1 hosts go on with the oldest event they have, and say nothing.
    """
    known = cursor.get("time_us")
    if not isinstance(known, int) or first.time_us - known < _SILENCE_US:
        return []
    return [Gap(from_micros(known), first.seen, _TOO_OLD)]


def _of(endpoint: Endpoint, error: SourceError) -> SourceError:
    return SourceError(f"{endpoint.base} {error}", retry_at=error.retry_at)
