"""Bluesky's AppView: do posts still stand, and may their authors be quoted?

It is asked through the bot's own account where there is one, which shows blocks too, else in public. What
people declare about reuse lies in their own repositories, which the AppView does not keep.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import msgspec

from bot.collect.intake import web_url
from bot.domain.errors import PublishError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.collect.http import Fetcher
    from bot.domain.record import Record

NAME = "bluesky"
PUBLIC = "https://public.api.bsky.app"
HIDDEN, BLOCKED, SAID, DECLARED, AWAY = (
    "asks not to be shown to those who are not logged in",
    "blocks the bot, or is blocked by it",
    "says so in the profile",
    "declared it to the network",
    "has no account any more",
)

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,240}")
_POST = re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]{1,240}/app\.bsky\.feed\.post/[A-Za-z0-9._~:-]{1,512}")
_MOST = 25
_PARALLEL = 8
_SAYING = re.compile(r"[#\uff03]no(?:bots?|ai)(?!\w)", re.IGNORECASE)
_DECLARATION = "org.user-intents.declaration"
# The server knows neither the record nor, in rare cases, the repository.
_UNDECLARED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})


class Ask(Protocol):
    """Asks the AppView one thing and returns its JSON; raises PublishError or SourceError."""

    async def __call__(self, nsid: str, **params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask; a list is given as a parameter that repeats."""
        ...


class _Label(msgspec.Struct):
    val: str = ""
    neg: bool = False


class _Viewer(msgspec.Struct, rename="camel"):
    blocked_by: bool = False
    blocking: str | None = None
    blocking_by_list: Any = None


class _Profile(msgspec.Struct, rename="camel"):
    did: str
    display_name: str | None = None
    description: str | None = None
    labels: list[_Label] = msgspec.field(default_factory=list)
    viewer: _Viewer = msgspec.field(default_factory=_Viewer)


class _Post(msgspec.Struct):
    uri: str


class _Service(msgspec.Struct, rename="camel"):
    id: str = ""
    service_endpoint: Any = None


class _Identity(msgspec.Struct):
    service: list[_Service] = msgspec.field(default_factory=list)


class _Wish(msgspec.Struct):
    allow: bool | None = None


class _Intents(msgspec.Struct, rename="camel"):
    synthetic_content_generation: _Wish = msgspec.field(default_factory=_Wish)


class _Declared(msgspec.Struct):
    value: _Intents


class AppView:
    """Bluesky's view of posts and people; `ask` goes through an account, without it the public is asked."""

    name = NAME

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        ask: Ask | None = None,
        public: str = PUBLIC,
        directory: str = "https://plc.directory",
    ) -> None:
        self._fetcher = fetcher
        self._ask = ask
        self._public = public
        self._directory = directory

    async def recheck(self, records: Sequence[Record], now: datetime) -> tuple[str, ...]:
        """Return the ids of those posts that the network does not show any more.

        Raises SourceError.
        """
        uris = {uri: record.id for record in records if _POST.fullmatch(uri := _uri(record))}
        for some in _portions(uris):
            page = await self._view("app.bsky.feed.getPosts", now, uris=some)
            for post in _read(page, "posts", _Post):
                uris.pop(post.uri, None)
        return tuple(uris.values())

    async def refusals(self, author_ids: Sequence[str], now: datetime) -> dict[str, str | None]:
        """Return why each author may not be quoted, None if nothing speaks against it.

        Those whose own server does not answer are left out. Raises SourceError if the AppView does not.
        """
        found: dict[str, str | None] = dict.fromkeys(author_ids, AWAY)
        undecided: list[str] = []
        # The AppView refuses a whole page for one name that is none.
        for some in _portions(did for did in found if _DID.fullmatch(did)):
            page = await self._view("app.bsky.actor.getProfiles", now, actors=some)
            for profile in _read(page, "profiles", _Profile):
                found[profile.did] = reason = _refusal(profile)
                undecided += [] if reason else [profile.did]
        slots = asyncio.Semaphore(_PARALLEL)
        declared = await asyncio.gather(*(self._declared(did, now, slots) for did in undecided))
        for did, refuses in zip(undecided, declared, strict=True):
            if refuses is None:
                del found[did]
            elif refuses:
                found[did] = DECLARED
        return {did: found[did] for did in author_ids if did in found}

    async def _declared(self, did: str, now: datetime, slots: asyncio.Semaphore) -> bool | None:
        """Tell whether this person declared to refuse; None if it cannot be known now."""
        async with slots:
            try:
                server = await self._server(did, now)
                where = {"repo": did, "collection": _DECLARATION, "rkey": "self"}
                page = await self._fetcher.get(
                    f"{server}/xrpc/com.atproto.repo.getRecord", now=now, params=where
                )
                return page.json(_Declared).value.synthetic_content_generation.allow is False
            except SourceError as error:
                return False if error.status in _UNDECLARED else None

    async def _server(self, did: str, now: datetime) -> str:
        """Return the address of the server that holds a person's repository."""
        known = f"{self._directory}/{did}"
        if did.startswith("did:web:"):
            known = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
        page = await self._fetcher.get(known, now=now)
        for service in page.json(_Identity).service:
            if service.id.endswith("#atproto_pds") and (url := web_url(service.service_endpoint)):
                return url.rstrip("/")
        msg = f"{did} names no server"
        raise SourceError(msg)

    async def _view(self, nsid: str, now: datetime, **params: list[str]) -> object:
        if self._ask is None:
            url = f"{self._public}/xrpc/{nsid}?{urlencode(params, doseq=True)}"
            return (await self._fetcher.get(url, now=now)).json(dict[str, Any])
        try:
            return await self._ask(nsid, **params)
        except PublishError as error:
            raise SourceError(str(error), retry_at=error.retry_at) from None


def _refusal(profile: _Profile) -> str | None:
    viewer = profile.viewer
    if viewer.blocked_by or viewer.blocking or viewer.blocking_by_list:
        return BLOCKED
    if any(label.val == "!no-unauthenticated" and not label.neg for label in profile.labels):
        return HIDDEN
    said = f"{profile.display_name or ''} {profile.description or ''}"
    return SAID if _SAYING.search(said) else None


def _read(page: object, name: str, shape: type[Any]) -> Iterator[Any]:
    """Yield the items of a list that have this shape; raises SourceError if there is no list."""
    items = page.get(name) if isinstance(page, dict) else None
    if not isinstance(items, list):
        msg = f"Bluesky's AppView answered without {name}"
        raise SourceError(msg)
    for item in items:
        try:
            yield msgspec.convert(item, shape)
        except msgspec.ValidationError:
            continue


def _portions(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    return (every[start : start + _MOST] for start in range(0, len(every), _MOST))


def _uri(record: Record) -> str:
    did, _, rkey = record.native_id.partition("/")
    return f"at://{did}/app.bsky.feed.post/{rkey}"
