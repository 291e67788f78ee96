"""Frames of a WebSocket as they come, in bulk: one must cost next to nothing until it is known to matter."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from picows import WSError, WSHandshakeError, WSListener, WSMsgType, ws_connect

from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from picows import WSFrame, WSTransport

# A record of a megabyte, written as JSON with an escape for each byte, is read; one refused would come again.
_MAX_FRAME = 16 * 1024 * 1024
_MAX_WAITING_BYTES = 32 * 1024 * 1024
# By the protocol, what controls the connection is never longer.
_MAX_CONTROL = 125
_DATA = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION})


@dataclass(frozen=True, slots=True)
class Timing:
    """Frames in a batch, seconds until an unfilled batch is handed over, and seconds for the socket."""

    batch: int = 20000
    flush: float = 1.0
    silence: float = 60.0
    connect: float = 10.0
    ping: float = 20.0


class RefusedError(SourceError):
    """The host answered the request for a stream with something else; `body` says what."""

    def __init__(self, message: str, body: bytes) -> None:
        super().__init__(message)
        self.body = body


class Frames(WSListener):
    """The frames of one connection. Reading pauses while a batch of them waits, so memory stays bounded."""

    # Each frame comes through here, and slots are found faster.
    __slots__ = ("_arrived", "_bytes", "_code", "_parts", "_paused", "_timing", "_transport",
                 "_waiting", "ended")  # fmt: skip

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._waiting: list[bytes] = []
        self._parts: list[bytes] = []
        self._bytes = 0
        self._paused = False
        self._arrived = asyncio.Event()
        self._code: str = "none"
        self._transport: WSTransport | None = None
        self.ended = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Note the connection."""
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Keep a frame of data; note why the host closes."""
        size = frame.payload_size
        # Nearly every frame is a whole message; asking for its type would cost more than keeping it.
        if size > _MAX_CONTROL and frame.fin and not self._parts:
            self._bytes += size
            self._waiting.append(frame.get_payload_as_bytes())
        elif frame.msg_type in _DATA:
            self._join(frame)
        elif frame.msg_type is WSMsgType.CLOSE:
            self._code = str(getattr(frame.get_close_code(), "value", "none"))
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        if frame.last_in_buffer:
            self._arrived.set()
            full = len(self._waiting) >= self._timing.batch or self._bytes >= _MAX_WAITING_BYTES
            if full and not self._paused:
                self._paused = True
                transport.underlying_transport.pause_reading()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - the listener's signature
        """Note the end."""
        self.ended = True
        self._arrived.set()

    async def take(self) -> list[bytes]:
        """Return what arrived: a full batch, or less after a while; nothing if the host was silent too long.

        Raises SourceError when the stream has ended and everything was taken.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timing.flush if self._waiting else self._timing.silence)
        while len(self._waiting) < self._timing.batch and not (self.ended or self._paused):
            fresh = not self._waiting
            self._arrived.clear()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._arrived.wait()
            except TimeoutError:
                break
            if fresh and self._waiting:
                deadline = loop.time() + self._timing.flush
        if self.ended and not self._waiting:
            msg = f"ended the stream (code {self._code})"
            raise SourceError(msg)
        taken = self._waiting[: self._timing.batch]
        del self._waiting[: len(taken)]
        self._bytes -= sum(map(len, taken))
        room = len(self._waiting) < self._timing.batch and self._bytes < _MAX_WAITING_BYTES
        if self._paused and room and self._transport is not None and not self.ended:
            self._paused = False
            self._transport.underlying_transport.resume_reading()
        return taken

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.disconnect()

    def _join(self, frame: WSFrame) -> None:
        """Keep a message that comes in several frames."""
        self._bytes += frame.payload_size
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > _MAX_FRAME:
            self.close()
        elif frame.fin:
            self._waiting.append(b"".join(self._parts))
            self._parts = []


async def open_frames(url: str, headers: Mapping[str, str], timing: Timing) -> Frames:
    """Connect to `url`; redirects are not followed and the environment's proxies not used.

    Raises RefusedError if the host answers with a status, SourceError if it cannot be reached.
    """
    try:
        _, frames = await ws_connect(
            lambda: Frames(timing),
            url,
            websocket_handshake_timeout=timing.connect,
            enable_auto_ping=True,
            auto_ping_idle_timeout=timing.ping,
            auto_ping_reply_timeout=timing.ping,
            max_frame_size=_MAX_FRAME,
            max_redirects=0,
            extra_headers=dict(headers),
        )
    except WSHandshakeError as error:
        if error.response is None:
            msg = f"could not be reached ({type(error).__name__})"
            raise SourceError(msg) from None
        msg = f"refused the stream with status {int(error.response.status)}"
        raise RefusedError(msg, error.raw_body or b"") from None
    except (OSError, TimeoutError, ValueError, WSError) as error:
        msg = f"could not be reached ({getattr(error, 'strerror', None) or type(error).__name__})"
        raise SourceError(msg) from None
    assert isinstance(frames, Frames)
    return frames
