"""The one HTTP fetcher: limits of time, size and address; conditional GET; the server's wishes heard."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2

from bot.collect.intake import decode
from bot.collect.network import LIVE
from bot.domain.errors import InputError, SourceError
from bot.domain.text import squeeze

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.collect.network import Network
    from bot.settings import Settings

T = TypeVar("T")

MAX_WAIT = timedelta(days=1)
MAX_FRESH = timedelta(hours=6)
# What a server says of a page that was taken away.
MISSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

_NOT_MODIFIED = 304
_SERVER_FAILED = 500
_MAX_VALIDATOR = 1_000
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)", re.IGNORECASE)
_MEANING = {
    401: "it wants other credentials",
    403: "it refuses access",
    404: "there is no such page",
    410: "the page is gone",
    429: "it asks for fewer requests",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, for each read, for a request with its redirects; bytes of a decoded body."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    body: int = 8 * 1024 * 1024
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Page:
    """What a server answered.

    `validators` belong into the cursor, for the next conditional GET; `fresh_until` is how long the server
    says that nothing new can be had (at most six hours).
    """

    url: str
    body: bytes
    content_type: str
    headers: Mapping[str, str]
    validators: Mapping[str, str]
    fresh_until: datetime | None = None
    not_modified: bool = False

    def json(self, shape: type[T]) -> T:
        """Read the body as JSON of this shape.

        Raises SourceError, and says so when the server sent a web page instead.
        """
        if _MARKUP.match(self.body):
            msg = f"{name_of(self.url)} answered with an HTML page where JSON was expected"
            raise SourceError(msg)
        try:
            return decode(self.body, shape)
        except InputError as error:
            msg = f"{name_of(self.url)} answered with JSON that cannot be used: {error}"
            raise SourceError(msg) from None

    def next_check(self, now: datetime, interval: timedelta) -> datetime | None:
        """Return when to come back if the server wants it later than the source's own interval."""
        later = self.fresh_until is not None and self.fresh_until > now + interval
        return self.fresh_until if later else None


@dataclass(frozen=True, slots=True)
class _Errand:
    """What holds for one request through all its redirects; with `max_bytes` 0 no body is read."""

    name: str
    now: datetime
    redirects: int
    max_bytes: int
    known: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages with `client`, within `limits`.

    Every method raises SourceError when the server gives nothing usable; messages name host and path, never
    the query or a header, so that no secret gets into a log.
    """

    client: httpx2.AsyncClient
    limits: Limits = field(default_factory=Limits)

    async def get(
        self,
        url: str,
        *,
        now: datetime,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        cursor: Mapping[str, Any] | None = None,
        max_bytes: int | None = None,
    ) -> Page:
        """Fetch a page of at most `max_bytes` (None: the limit for all).

        With the validators in `cursor` the server may answer that nothing changed.
        """
        known = _validators_in(cursor or {})
        conditions = {
            header: known[key]
            for header, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last_modified"))
            if key in known
        }
        query = dict(params) if params else None
        return await self._ask(
            lambda: self.client.build_request(
                "GET", url, params=query, headers={**(headers or {}), **conditions}
            ),
            _Errand(name_of(url), now, self.limits.redirects, max_bytes or self.limits.body, known),
        )

    async def stands(self, url: str, *, now: datetime) -> bool:
        """Tell whether a page is still there; its body is not read.

        A server that refuses to show it to us (such as 403) has not taken it away.
        """
        try:
            await self._ask(
                lambda: self.client.build_request("GET", url),
                _Errand(name_of(url), now, self.limits.redirects, 0, {}),
            )
        except SourceError as error:
            status = error.status
            if status is None or status == HTTPStatus.TOO_MANY_REQUESTS or status >= _SERVER_FAILED:
                raise
            return status not in MISSING
        return True

    async def post(
        self,
        url: str,
        *,
        now: datetime,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Send a form; redirects are not followed, since a form may hold a secret."""
        return await self._ask(
            lambda: self.client.build_request("POST", url, data=dict(form), headers=dict(headers or {})),
            _Errand(name_of(url), now, 0, self.limits.body, {}),
        )

    async def _ask(self, build: Callable[[], httpx2.Request], errand: _Errand) -> Page:
        name = errand.name
        try:
            async with asyncio.timeout(self.limits.total):
                return await self._follow(build(), errand)
        except TimeoutError:
            msg = f"{name} did not finish within {self.limits.total:g} seconds"
        except httpx2.TimeoutException as error:
            msg = f"{name} did not answer in time ({type(error).__name__})"
        except httpx2.InvalidURL:
            msg = f"{name} is not a usable URL"
        except httpx2.ConnectError as error:
            # Said by the dialler, the system or TLS: which of them, is what there is to mend.
            msg = f"{name} could not be reached: {squeeze(str(error)) or type(error).__name__}"
        except httpx2.HTTPError as error:
            msg = f"{name} could not be read ({type(error).__name__})"
        raise SourceError(msg)

    async def _follow(self, request: httpx2.Request, errand: _Errand) -> Page:
        for _ in range(errand.redirects + 1):
            response = await self.client.send(request, stream=True)
            try:
                # The body of a redirect is never read: it could be endless.
                if response.next_request is None:
                    return await _page(response, errand)
                request = response.next_request
            finally:
                await response.aclose()
        msg = f"{errand.name} redirects more than {errand.redirects} times"
        raise SourceError(msg)


@asynccontextmanager
async def open_fetcher(
    settings: Settings, *, network: Network = LIVE, limits: Limits | None = None
) -> AsyncIterator[Fetcher]:
    """Open the fetcher all sources share, and close its connections at the end.

    The live network refuses private, loopback and link-local addresses. Proxy settings in the environment are
    not used: behind a proxy the addresses could not be checked.
    """
    limits = limits or Limits()
    async with open_client(user_agent(settings), network.transport(), limits) as client:
        yield Fetcher(client, limits)


def open_client(agent: str, transport: httpx2.AsyncBaseTransport, limits: Limits) -> httpx2.AsyncClient:
    """Return a client that sends through `transport`, and takes no cookies; close it after use."""
    return httpx2.AsyncClient(
        transport=transport,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx2.Timeout(limits.read, connect=limits.connect, pool=limits.total),
        headers={"User-Agent": agent},
        trust_env=False,
    )


def user_agent(settings: Settings) -> str:
    """Return how the bot names itself to every server: project, version, site, contact."""
    contact = f"; {settings.contact}" if settings.contact else ""
    words = f"Groundswell/{version('groundswell')} (+{settings.site_url}{contact})"
    return "".join(char for char in words if char.isascii() and char.isprintable())


def name_of(url: str) -> str:
    """Return host and path of a URL, for messages."""
    return url.partition("?")[0].partition("#")[0].partition("://")[2][:200]


async def _page(response: httpx2.Response, errand: _Errand) -> Page:
    unchanged = response.status_code == _NOT_MODIFIED and bool(errand.known)
    if not unchanged and not response.is_success:
        meaning = _MEANING.get(response.status_code, "the server failed" if response.is_server_error else "")
        msg = f"{errand.name} answered with status {response.status_code}{meaning and ': ' + meaning}"
        retry_at = _retry_at(response.headers.get("retry-after", ""), errand.now)
        raise SourceError(msg, retry_at=retry_at, status=response.status_code)
    return Page(
        url=str(response.url),
        body=b"" if unchanged or not errand.max_bytes else await _body(response, errand),
        content_type=response.headers.get("content-type", ""),
        headers=dict(response.headers),
        validators={**(errand.known if unchanged else {}), **_validators_of(response.headers)},
        fresh_until=_fresh_until(response.headers.get("cache-control", ""), errand.now),
        not_modified=unchanged,
    )


async def _body(response: httpx2.Response, errand: _Errand) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > errand.max_bytes:
            msg = f"{errand.name} sent more than {errand.max_bytes:,} bytes"
            raise SourceError(msg)
    return bytes(body)


def _validators_in(cursor: Mapping[str, Any]) -> dict[str, str]:
    return {key: cursor[key] for key in ("etag", "last_modified") if isinstance(cursor.get(key), str)}


def _validators_of(headers: Mapping[str, str]) -> dict[str, str]:
    found = {"etag": headers.get("etag"), "last_modified": headers.get("last-modified")}
    return {key: value for key, value in found.items() if value and len(value) <= _MAX_VALIDATOR}


def _retry_at(value: str, now: datetime) -> datetime | None:
    value = value.strip()
    if value.isascii() and value.isdigit():
        return now + min(MAX_WAIT, timedelta(seconds=int(value[:9])))
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return max(now, min(at, now + MAX_WAIT))


def _fresh_until(cache_control: str, now: datetime) -> datetime | None:
    match = _MAX_AGE.search(cache_control)
    if match is None or "no-cache" in cache_control or "no-store" in cache_control:
        return None
    return now + min(MAX_FRESH, timedelta(seconds=int(match[1])))
