"""How sources reach the world: over HTTP, by WebSocket, and with pauses where a server asks for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import httpx2

from bot.collect.dial import CheckedBackend, CheckedTransport, is_public
from bot.collect.frames import open_frames

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import httpcore2

    from bot.collect.frames import Timing


class Stream(Protocol):
    """The frames of one connection, as they come."""

    async def take(self) -> list[bytes]:
        """Return what arrived; nothing if the host was silent too long. Raises SourceError at the end."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Connect(Protocol):
    """Opens a stream; raises SourceError, RefusedError if the host answered with something else."""

    async def __call__(self, url: str, headers: Mapping[str, str], timing: Timing) -> Stream:
        """Open the stream at `url`."""
        ...


@dataclass(frozen=True, slots=True)
class Network:
    """The ways out. `transport` makes what one fetcher sends its requests through."""

    transport: Callable[[], httpx2.AsyncBaseTransport]
    connect: Connect = open_frames
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def over(backend: httpcore2.AsyncNetworkBackend) -> httpx2.AsyncBaseTransport:
    """Return a transport of which every connection goes through `backend`."""
    return CheckedTransport(backend, httpx2.Limits(max_connections=20))


# The internet: public addresses only.
LIVE = Network(lambda: over(CheckedBackend(is_public)))
