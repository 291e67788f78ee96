"""Every source against servers in trouble: a failure of the source, soon, and nothing half-read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect import registry
from bot.collect.dial import CheckedBackend, is_public
from bot.collect.http import Limits, open_fetcher
from bot.collect.network import Network, over
from bot.collect.port import PolledSource
from bot.collect.wire_host import Loopback
from bot.domain.errors import SourceError
from bot.settings import load
from tests.collect.loopback import NOW, Reply, Request, reply
from tests.collect.places import BEATS, SETTINGS

if TYPE_CHECKING:
    import httpcore2

    from tests.collect.loopback import Site

SOURCES = ("hackernews", "discourse", "rss", "arxiv", "mastodon", "lemmy", "github", "youtube", "reddit")
HUGE = b" " * 9_000_000
FAULTS = {
    "too many requests": reply(status=429, retry_after="60"),
    "server error": reply(status=500),
    "unavailable": reply(status=503),
    "silence": reply(b"[", content_length="9000", hang=True),
    "cut body": reply(b'{"items": [{', content_length="9000"),
    "no HTTP": Reply(b"\x00\x01\x02\r\n\r\n"),
    "wrong charset": reply(
        "caf\u00e9 \u2013".encode("utf-16"), content_type="application/json; charset=nope"
    ),
    "huge page": reply(HUGE),
    "redirect inward": reply(status=302, location="http://10.0.0.1/latest"),
    "redirect to this machine": reply(status=302, location="http://[::1]/latest"),
    "redirect to a file": reply(status=302, location="file:///etc/hostname"),
    "redirects without end": reply(status=302, location="/again"),
}


class _Town(Loopback):
    """Every named host is the site; addresses are checked as on the internet."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._checked = CheckedBackend(is_public)

    async def connect_tcp(
        self, host: str, port: int, *rest: Any, **more: Any
    ) -> httpcore2.AsyncNetworkStream:
        if host[-1].isalpha():
            return await super().connect_tcp(host, port, *rest, **more)
        return await self._checked.connect_tcp(host, port, *rest, **more)


@pytest.mark.parametrize("fault", FAULTS)
async def test_trouble_is_a_failure_of_the_source(site: Site, fault: str) -> None:
    """Whatever a server does, each target of each source fails with a reason, within its time."""

    def answer(request: Request) -> Reply:
        granted = reply({"access_token": "fictional", "expires_in": 3600})
        return granted if request.path == "/api/v1/access_token" else FAULTS[fault]

    async def hurry(_seconds: float) -> None:
        await asyncio.sleep(0)

    site.answer = answer
    port = int(site.url.rpartition(":")[2])
    network = Network(lambda: over(_Town(port)), sleep=hurry)
    settings, limits = load(**SETTINGS), Limits(connect=1, read=0.1, total=1)
    async with open_fetcher(settings, network=network, limits=limits) as fetcher:
        every = registry.build(settings, BEATS, fetcher, None, network)
        polled = {source.name: source for source in every if isinstance(source, PolledSource)}
        asked = [(polled[name], target) for name in SOURCES for target in polled[name].targets]
        outcomes = await asyncio.gather(
            *(source.fetch(target, {}, NOW) for source, target in asked), return_exceptions=True
        )
    for (source, target), outcome in zip(asked, outcomes, strict=True):
        assert isinstance(outcome, SourceError), f"{source.name} {target}: {outcome!r}"
        assert str(outcome)
        assert "fictional" not in str(outcome).replace("UCfictional", "")
