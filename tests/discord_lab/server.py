"""The loopback Discord: start it, point discord.py at it, break it on purpose."""

from __future__ import annotations

import base64
import json
import re
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import discord.gateway
import discord.http
import yarl
from aiohttp import web

from tests.discord_lab import schema
from tests.discord_lab.gateway import Gateway
from tests.discord_lab.people import Person
from tests.discord_lab.rest import HANDLERS, Answer, Call
from tests.discord_lab.world import ApiError, World

if TYPE_CHECKING:
    from tests.discord_lab.schema import Json

_MOST_BYTES = 30 * 2**20


@dataclass
class _Fault:
    """A failure to come, after `skip` requests: `after` says that it is done, and only its answer is lost."""

    method: str
    path: re.Pattern[str]
    status: int
    body: Json
    headers: dict[str, str]
    times: int
    after: bool
    skip: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Tell whether this request fails."""
        if self.method != method or not self.path.search(path) or not self.times:
            return False
        self.skip -= 1
        return self.skip < 0


@dataclass
class FakeDiscord:
    """A Discord with its world. `violations` is what it did itself that Discord would not do."""

    world: World = field(default_factory=World)
    requests: list[tuple[str, str, Any, int]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the token and the gateway."""
        user = base64.b64encode(self.world.bot["id"].encode()).decode()
        self.token = f"{user}.fictional.token"
        self.gateway = Gateway(self.world, self.token)
        self.gateway.violations = self.violations
        self.world.dispatch = self.gateway.dispatch
        self._faults: list[_Fault] = []

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_route("*", "/api/v10/{tail:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway/"
        point_at(self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def person(self, name: str, guild: Json, *roles: Json) -> Person:
        """Let somebody into a guild."""
        user = self.world.add_user(name)
        self.world.add_member(guild, user, *roles)
        return Person(self.world, user, guild)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        code: int = 0,
        times: int = 1,
        after: bool = False,
        skip: int = 0,
    ) -> None:
        """Have the next calls of that kind, but for `skip`, fail, or with `after` only lose their answers."""
        body = {"message": "injected", "code": code}
        self._faults.append(_Fault(method, re.compile(path), status, body, {}, times, after, skip))

    def limit(
        self,
        method: str,
        path: str,
        seconds: float,
        *,
        times: int = 1,
        everywhere: bool = False,
        skip: int = 0,
    ) -> None:
        """Have the next calls of that kind, but for `skip`, meet a rate limit."""
        body = {
            "message": "You are being rate limited.",
            "retry_after": seconds,
            "global": everywhere,
            "code": 0,
        }
        headers = {"Retry-After": str(seconds), "X-RateLimit-Scope": "global" if everywhere else "user"}
        path_of = re.compile(path)
        self._faults.append(_Fault(method, path_of, 429, body, headers, times, after=False, skip=skip))

    def heal(self) -> None:
        """Take all faults away."""
        self._faults.clear()

    def sent(self, method: str, path: str) -> list[Any]:
        """Return the bodies of the calls of that kind that succeeded."""
        return [b for m, p, b, s in self.requests if m == method and re.search(path, p) and s < 400]

    async def _rest(self, request: web.Request) -> web.Response:
        path, method = f"/{request.match_info['tail']}", request.method
        operation = schema.find(method, path)
        headers = _headers(method, operation)
        readable, body, files = await _read(request)
        fault = next((f for f in self._faults if f.strikes(method, path)), None)
        status, data = 500, None
        try:
            if fault is None or fault.after:
                self._admit(request, operation, readable=readable)
                assert operation is not None
                status, data = self._do(operation, Call(self.world, dict(request.query), body, files), path)
            if fault is not None:
                fault.times -= 1
                status, data = fault.status, fault.body
                headers |= fault.headers
        except ApiError as error:
            status, data = error.status, error.body
        except Exception as error:  # noqa: BLE001 - a hole in this Discord must not look like the bot's fault
            self.violations.append(f"{method} {path}: this Discord broke: {error!r}")
            status, data = 500, {"code": 0, "message": "broken"}
        self.requests.append((method, path, body, status))
        return self._answer(operation, status, data, headers)

    def _admit(self, request: web.Request, operation: schema.Operation | None, *, readable: bool) -> None:
        if operation is None or (operation.method, operation.path) not in HANDLERS:
            self.violations.append(f"{request.method} {request.path} is not implemented here")
            raise ApiError(404, 0, "404: Not Found")
        by_token = operation.path.startswith(("/interactions/", "/webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")
        if not readable:
            raise ApiError(400, 50109, "The request body contains invalid JSON.")

    def _do(self, operation: schema.Operation, call: Call, path: str) -> Answer:
        if errors := schema.request_errors(operation, call.body):
            raise ApiError(400, 50035, "Invalid Form Body", errors=schema.form_error(errors))
        found = operation.pattern.fullmatch(path)
        call.ids = found.groupdict() if found else {}
        return HANDLERS[operation.method, operation.path](call)

    def _answer(
        self, operation: schema.Operation | None, status: int, data: Any, headers: dict[str, str]
    ) -> web.Response:
        if data is None:
            return web.Response(status=status, headers=headers)
        raw = json.dumps(data).encode()
        if operation is not None:
            wrong = schema.answer_errors(operation, status, json.loads(raw))
            self.violations += [
                f"{operation.method} {operation.path} -> {status}: {error}" for error in wrong
            ]
        # discord.py compares this exactly: no charset.
        return web.Response(body=raw, status=status, headers={**headers, "Content-Type": "application/json"})


def point_at(port: int) -> None:
    """Point discord.py at a loopback Discord; nothing else in it is touched."""
    discord.http.Route.BASE = f"http://127.0.0.1:{port}/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{port}/gateway/")


async def _read(request: web.Request) -> tuple[bool, Any, list[tuple[str, bytes]]]:
    """Return whether the body could be read, the body, and the files sent with it."""
    body, files = None, list[tuple[str, bytes]]()
    try:
        if request.content_type.startswith("multipart/"):
            async for part in await request.multipart():
                assert not isinstance(part, web.Request)
                name, raw = getattr(part, "name", ""), await part.read()  # type: ignore[union-attr]
                if name == "payload_json":
                    body = json.loads(raw)
                else:
                    files.append((getattr(part, "filename", None) or "file", bytes(raw)))
        elif raw := await request.read():
            body = json.loads(raw)
    except ValueError:
        return False, None, []
    return True, body, files


def _headers(method: str, operation: schema.Operation | None) -> dict[str, str]:
    # Without `Via` discord.py takes a 429 for a ban by the network in front.
    via = {"Via": "1.1 google"}
    if operation is None or operation.path.startswith("/interactions/"):
        return via
    bucket = f"{zlib.crc32(f'{method}{operation.path}'.encode()):08x}"
    return {
        **via,
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "49",
        "X-RateLimit-Reset": str(time.time() + 1),
        "X-RateLimit-Reset-After": "1.0",
        "X-RateLimit-Bucket": bucket,
    }
