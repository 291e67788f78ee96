"""The bot's account on its server: one session, kept across restarts, and exactly the JSON that is asked for.

Nothing but this file knows the SDK. Its typed methods add to the records they are handed, which changes the
CIDs.
"""

from __future__ import annotations

import asyncio
import json
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
from atproto import AsyncClient, AsyncRequest, Session, SessionEvent
from atproto.exceptions import AtProtocolError, RateLimitExceededError, RequestErrorBase

from bot.domain.errors import PublishError
from bot.domain.text import shorten, squeeze

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from pydantic import SecretStr

    from bot.domain.clock import Clock

FILE = "bluesky-session.json"
_TIMEOUT_SECONDS = 30
_STALE = frozenset({"ExpiredToken", "InvalidToken", "AuthenticationRequired", "AuthMissing"})
_UNTOLD_WAIT = timedelta(minutes=5)
_FIRST_LOGIN_WAIT = timedelta(minutes=1)
_LONGEST_LOGIN_WAIT = timedelta(hours=1)
_SHOWN = 200


class Account:
    """The bot's account.

    `service` is the address it logs in to; `folder` holds the session between runs, if it is there.
    Every call raises PublishError: with the protocol's word for what is wrong in `reason`, with `retry_at`
    if the server said when, or if logging in failed and must not be tried again at once.
    """

    def __init__(self, *, handle: str, password: SecretStr, service: str, folder: Path, clock: Clock) -> None:
        self._handle = handle
        self._password = password
        self._service = service.rstrip("/")
        self._file = folder / FILE
        self._clock = clock
        self._client: AsyncClient | None = None
        self._did: str | None = None
        self._entrance = asyncio.Lock()
        self._wait_until: dict[str, datetime] = {}
        self._failed_logins = 0

    @property
    def did(self) -> str:
        """The account's lasting name; raises PublishError if it has never been logged in to."""
        if self._did is None and (kept := self._kept()):
            self._did = kept.did
        if self._did is None:
            msg = "Bluesky: this account was never reached; `groundswell bluesky setup` logs in"
            raise PublishError(msg)
        return self._did

    async def open(self) -> str:
        """Return the DID, logging in if no earlier session is kept."""
        try:
            return self.did
        except PublishError:
            await self._entered(None)
            return self.did

    async def query(self, nsid: str, **params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask, and return the answer's JSON. A list is given as a parameter that repeats."""
        asked = f"{nsid}?{urlencode(params, doseq=True)}" if params else nsid
        return await self._call(nsid, lambda client: client.invoke_query(asked))

    async def do(self, nsid: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Have something done with exactly this JSON, and return the answer's JSON."""
        content = json.dumps(body, ensure_ascii=False).encode()
        return await self._call(nsid, lambda client: _post(client, nsid, content, "application/json"))

    async def upload(self, data: bytes, mime: str) -> dict[str, Any]:
        """Upload a blob and return the reference that records hold."""
        nsid = "com.atproto.repo.uploadBlob"
        answer = await self._call(nsid, lambda client: _post(client, nsid, data, mime))
        blob: dict[str, Any] = answer["blob"]
        return blob

    async def close(self) -> None:
        """Close the connections; the session stays kept."""
        client, self._client = self._client, None
        if client:
            await client.request.close()

    async def _call(self, nsid: str, ask: Callable[[AsyncClient], Awaitable[Any]]) -> Any:  # noqa: ANN401 - JSON
        if (until := self._wait_until.get(nsid)) and self._clock.now() < until:
            msg = f"Bluesky: {nsid} is limited until {until:%Y-%m-%d %H:%M:%S} UTC"
            raise PublishError(msg, retry_at=until, reason="RateLimitExceeded")
        client = await self._entered(None)
        try:
            try:
                return (await ask(client)).content
            except AtProtocolError as error:
                if not _stale(error):
                    raise
            client = await self._entered(client)
            return (await ask(client)).content
        except (AtProtocolError, httpx.HTTPError) as error:
            raise self._told(nsid, error) from None

    async def _entered(self, refused: AsyncClient | None) -> AsyncClient:
        """Return a client that is logged in, and not the one whose session was refused."""
        async with self._entrance:
            if self._client and self._client is not refused:
                return self._client
            await self.close()
            kept = None if refused else self._kept()
            client = AsyncClient(self._service, AsyncRequest(timeout=_TIMEOUT_SECONDS))
            client.on_session_change(self._keep)
            try:
                await self._log_in(client, kept)
            except BaseException:
                await client.request.close()
                raise
            self._client = client
            return client

    async def _log_in(self, client: AsyncClient, kept: Session | None) -> None:
        if kept:
            await client.login(session_string=kept.encode(), fetch_bsky_profile=False)
            return
        nsid = "com.atproto.server.createSession"
        if (until := self._wait_until.get(nsid)) and self._clock.now() < until:
            msg = f"Bluesky: no login before {until:%Y-%m-%d %H:%M:%S} UTC, the last one failed"
            raise PublishError(msg, retry_at=until, reason="AuthenticationRequired")
        try:
            await client.login(self._handle, self._password.get_secret_value(), fetch_bsky_profile=False)
        except (AtProtocolError, httpx.HTTPError) as error:
            told = self._told(nsid, error)
            if told.reason:
                # Servers allow few logins an hour; a wrong password must not use them up.
                wait = min(_FIRST_LOGIN_WAIT * 2.0 ** min(self._failed_logins, 10), _LONGEST_LOGIN_WAIT)
                self._failed_logins += 1
                told.retry_at = told.retry_at or self._clock.now() + wait
                self._wait_until[nsid] = told.retry_at
            raise told from None
        self._failed_logins = 0

    def _told(self, nsid: str, error: Exception) -> PublishError:
        """Return what `error` means for the rest of the house."""
        if not isinstance(error, RequestErrorBase) or error.response is None:
            return PublishError(f"Bluesky: {nsid}: no answer ({type(error).__name__})")
        retry_at = None
        if isinstance(error, RateLimitExceededError):
            now = self._clock.now()
            after = timedelta(seconds=error.retry_after) if error.retry_after is not None else _UNTOLD_WAIT
            retry_at = max(error.reset_at or now + after, now + timedelta(seconds=1))
            self._wait_until[nsid] = retry_at
        status, content = error.response.status_code, error.response.content
        name = getattr(content, "error", None) or f"HTTP {status}"
        words = shorten(squeeze(getattr(content, "message", None) or ""), _SHOWN)
        message = f"Bluesky: {nsid}: {status} {name}" + (f": {words}" if words else "")
        return PublishError(message, retry_at=retry_at, reason=name)

    def _kept(self) -> Session | None:
        """Return the session of an earlier run, if it is this account's and can be read."""
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            if (kept["handle"], kept["service"]) != (self._handle, self._service):
                return None
            session = Session.decode(kept["session"])
            readable = session.access_jwt_payload.exp is not None
        except (OSError, ValueError, KeyError, TypeError, AtProtocolError):
            return None
        return session if readable else None

    def _keep(self, event: SessionEvent, session: Session) -> None:
        self._did = session.did
        if event is SessionEvent.IMPORT or not self._file.parent.is_dir():
            return
        kept = {"handle": self._handle, "service": self._service, "session": session.encode()}
        fresh = self._file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - Path.open cannot set the mode
            json.dump(kept, file)
        fresh.replace(self._file)


async def _post(client: AsyncClient, nsid: str, content: bytes, mime: str) -> Any:  # noqa: ANN401 - the SDK's untyped answer
    return await client.invoke_procedure(nsid, content=content, headers={"Content-Type": mime})


def _stale(error: AtProtocolError) -> bool:
    response = getattr(error, "response", None)
    name = getattr(getattr(response, "content", None), "error", None)
    return response is not None and (response.status_code == httpx.codes.UNAUTHORIZED or name in _STALE)
