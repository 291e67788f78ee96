"""The gateway: READY, events by intent, whose words a bot may read, heartbeats, RESUME."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import zlib
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests.discord_lab import schema
from tests.discord_lab.rights import INTENTS, PRIVILEGED

if TYPE_CHECKING:
    from tests.discord_lab.schema import Json
    from tests.discord_lab.world import World

_HEARTBEAT_MILLISECONDS = 41_250
_LONGEST_FRAME = 4096
_SCHEMAS = {
    "MESSAGE_CREATE": "MessageResponse",
    "MESSAGE_UPDATE": "MessageResponse",
    "THREAD_CREATE": "ThreadResponse",
    "CHANNEL_CREATE": "GuildChannelResponse",
}


class _Session:
    """One session: what was sent in it, so that it can be resumed."""

    def __init__(self, name: str) -> None:
        self.id = name
        self.intents = 0
        self.log: list[Json] = []
        self.socket: web.WebSocketResponse | None = None
        self.packer: Any = None

    def add(self, event: str, data: Json) -> Json:
        """Put an event into the log."""
        message = {"op": 0, "t": event, "s": len(self.log) + 1, "d": data}
        self.log.append(message)
        return message

    async def send(self, message: Json) -> None:
        """Send to whoever is connected, if anybody is."""
        raw = json.dumps(message).encode()
        if self.socket is None or self.socket.closed:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            if self.packer:
                packed = self.packer.compress(raw) + self.packer.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(packed)
            else:
                await self.socket.send_str(raw.decode())


class Gateway:
    """The gateway of a world; `violations` collects what it sent against the schemas."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""
        self.sessions: dict[str, _Session] = {}
        self.resumed = 0
        self.violations: list[str] = []

    def dispatch(self, event: str, data: Json, intent: int) -> None:
        """Tell every session that asked for such events."""
        for session in self.sessions.values():
            if intent and not session.intents & intent:
                continue
            seen = self._redacted(event, copy.deepcopy(data), session.intents)
            if event in _SCHEMAS:
                wrong = schema.payload_errors(_SCHEMAS[event], seen)
                self.violations += [f"{event}: {error}" for error in wrong]
            self._soon(session, session.add(event, seen))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        session = _Session("unidentified")
        session.socket = socket
        if request.query.get("compress") == "zlib-stream":
            session.packer = zlib.compressobj()
        await session.send(_frame(10, {"heartbeat_interval": _HEARTBEAT_MILLISECONDS}))
        async for message in socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY} or len(message.data) > _LONGEST_FRAME:
                break
            payload = json.loads(message.data)
            if payload["op"] == 1:
                await session.send(_frame(11, None))
            elif payload["op"] == 2:
                if (refused := self._refusal(payload["d"])) is not None:
                    await socket.close(code=refused[0], message=refused[1])
                    break
                session = await self._identify(session, payload["d"])
            elif payload["op"] == 6:
                session = await self._resume(session, payload["d"])
        return socket

    async def drop(self, *, forget: bool = False) -> None:
        """Cut every connection; `forget` the sessions as well, so that none can be resumed."""
        for session in list(self.sessions.values()):
            if forget:
                del self.sessions[session.id]
            if session.socket is not None:
                await session.socket.close(code=4000)

    def _refusal(self, data: Json) -> tuple[int, bytes] | None:
        if data["token"] != self._token:
            return 4004, b"Authentication failed"
        if data["intents"] & PRIVILEGED:
            return 4014, b"Disallowed intent(s)"
        return None

    async def _identify(self, old: _Session, data: Json) -> _Session:
        world = self._world
        session = _Session(f"session-{world.number()}")
        session.socket, session.packer, session.intents = old.socket, old.packer, data["intents"]
        self.sessions[session.id] = session
        here = [g for g in world.guilds.values() if world.member(g["id"], world.bot["id"])]
        ready = {
            "v": 10, "session_id": session.id, "resume_gateway_url": self.url, "shard": [0, 1],
            "user": {**world.bot, "verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in here],
            "application": {"id": world.bot["id"], "flags": 0}, "private_channels": [], "_trace": [],
        }  # fmt: skip
        await session.send(session.add("READY", ready))
        for guild in here:
            payload = copy.deepcopy(world.guild_payload(guild))
            await session.send(session.add("GUILD_CREATE", payload))
        return session

    async def _resume(self, new: _Session, data: Json) -> _Session:
        session = self.sessions.get(data["session_id"])
        if session is None or data["token"] != self._token:
            await new.send(_frame(9, data=False))
            return new
        session.socket, session.packer = new.socket, new.packer
        for message in session.log[data["seq"] :]:
            await session.send(message)
        self.resumed += 1
        await session.send(session.add("RESUMED", {"_trace": []}))
        return session

    def _redacted(self, event: str, data: Json, intents: int) -> Json:
        """Take a message's words out unless the bot may read them without the privileged intent."""
        if event not in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} or intents & INTENTS["content"]:
            return data
        ours = self._world.bot["id"]
        named = ours in {data["author"]["id"], *(user["id"] for user in data["mentions"])}
        if named or "guild_id" not in data:
            return data
        return {**data, "content": "", "embeds": [], "attachments": [], "components": []}

    def _soon(self, session: _Session, message: Json) -> None:
        task = asyncio.ensure_future(session.send(message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _frame(op: int, data: object) -> Json:
    return {"op": op, "d": data, "s": None, "t": None}
