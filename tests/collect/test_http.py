"""The fetcher against servers that behave and servers that do not."""

from __future__ import annotations

import gzip
import ipaddress
import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.dial import CheckedBackend
from bot.collect.http import Fetcher, Limits, open_client, open_fetcher
from bot.collect.network import over
from bot.domain.errors import SourceError
from tests.collect.loopback import NEARBY, NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.settings import Settings

MINUTES_20 = timedelta(minutes=20)


async def test_second_visit_is_conditional(site: Site, fetcher: Fetcher) -> None:
    """The validators of one visit are sent at the next, and 304 brings no body and keeps them."""

    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return reply(status=304)
        return reply(b"news", etag='"v1"', last_modified="Mon, 02 Mar 2026 10:00:00 GMT")

    site.answer = answer
    first = await fetcher.get(f"{site.url}/feed", now=NOW)
    assert first.body == b"news"
    assert not first.not_modified
    second = await fetcher.get(f"{site.url}/feed", now=NOW, cursor=first.validators)
    assert second.not_modified
    assert second.body == b""
    assert second.validators == first.validators
    assert site.requests[1].headers["if-modified-since"] == "Mon, 02 Mar 2026 10:00:00 GMT"


async def test_unasked_304_is_an_error(site: Site, fetcher: Fetcher) -> None:
    """A server that says 304 to a first visit gave nothing, and that is not taken for "nothing new"."""
    site.answer = lambda _: reply(status=304)
    with pytest.raises(SourceError, match="304"):
        await fetcher.get(f"{site.url}/feed", now=NOW)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", NOW + timedelta(seconds=120)),
        ("Mon, 02 Mar 2026 12:10:00 GMT", NOW + timedelta(minutes=10)),
        ("Mon, 02 Mar 2020 12:10:00 GMT", NOW),
        ("99999999999999", NOW + timedelta(days=1)),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_retry_after_is_heard(site: Site, fetcher: Fetcher, header: str, expected: object) -> None:
    """A 429 carries when the server allows another try, at most a day away."""
    site.answer = lambda _: reply(status=429, retry_after=header)
    with pytest.raises(SourceError, match="fewer requests") as caught:
        await fetcher.get(f"{site.url}/api", now=NOW)
    assert caught.value.retry_at == expected


@pytest.mark.parametrize(
    ("status", "says"), [(404, "no such page"), (410, "gone"), (500, "server failed"), (403, "refuses")]
)
async def test_errors_name_status_and_page(site: Site, fetcher: Fetcher, status: int, says: str) -> None:
    """An error status becomes a SourceError with the status, its meaning and the page, without the query."""
    site.answer = lambda _: reply(b"secret page", status=status)
    with pytest.raises(SourceError, match=f"/api answered with status {status}: .*{says}") as caught:
        await fetcher.get(f"{site.url}/api", now=NOW, params={"key": "swordfish"})
    assert "swordfish" not in str(caught.value)


async def test_slow_body_is_given_up(site: Site, fetcher: Fetcher) -> None:
    """A body that stops coming ends in a SourceError within the read timeout."""
    site.answer = lambda _: reply(b"par", hang=True, content_length="100")
    with pytest.raises(SourceError, match="in time"):
        await fetcher.get(f"{site.url}/slow", now=NOW)


async def test_dripping_body_is_given_up(site: Site, settings: Settings) -> None:
    """The whole request has a time limit, however often single bytes arrive."""
    site.answer = lambda _: reply(b"par", hang=True, content_length="100")
    limits = Limits(connect=1, read=30, total=0.1)
    async with open_fetcher(settings, network=NEARBY, limits=limits) as patient:
        with pytest.raises(SourceError, match=r"did not finish within 0\.1 seconds"):
            await patient.get(f"{site.url}/drip", now=NOW)


async def test_cut_body_is_an_error(site: Site, fetcher: Fetcher) -> None:
    """A body shorter than announced is never taken for whole."""
    site.answer = lambda _: reply(b"[1, 2]", content_length="100")
    with pytest.raises(SourceError, match="could not be read"):
        await fetcher.get(f"{site.url}/cut", now=NOW)


async def test_garbage_instead_of_http_is_an_error(site: Site, fetcher: Fetcher) -> None:
    """Bytes that are no HTTP end in a SourceError."""
    site.answer = lambda _: Reply(b"\x00\xff\r\n\r\n")
    with pytest.raises(SourceError, match="could not be read"):
        await fetcher.get(f"{site.url}/junk", now=NOW)


async def test_big_body_is_refused(site: Site, fetcher: Fetcher) -> None:
    """A body beyond the limit is refused, and a caller may set a lower limit."""
    site.answer = lambda _: reply(b"x" * 200_001)
    with pytest.raises(SourceError, match="more than 200,000 bytes"):
        await fetcher.get(f"{site.url}/big", now=NOW)
    with pytest.raises(SourceError, match="more than 1,000 bytes"):
        await fetcher.get(f"{site.url}/big", now=NOW, max_bytes=1_000)


async def test_gzip_bomb_is_stopped(site: Site, fetcher: Fetcher) -> None:
    """A small body that unpacks to 300 MB is stopped at the limit without the memory for it."""
    bomb = gzip.compress(bytes(300_000_000), compresslevel=1)
    site.answer = lambda _: reply(bomb, content_encoding="gzip")
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="more than 200,000 bytes"):
            await fetcher.get(f"{site.url}/bomb", now=NOW)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


async def test_damaged_gzip_is_an_error(site: Site, fetcher: Fetcher) -> None:
    """A body that cannot be unpacked ends in a SourceError."""
    site.answer = lambda _: reply(b"not gzip at all", content_encoding="gzip")
    with pytest.raises(SourceError, match="could not be read"):
        await fetcher.get(f"{site.url}/damaged", now=NOW)


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><p>Sign in</p>", b"  <html><body>Maintenance</body></html>"]
)
async def test_html_for_json_is_named(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """A web page where JSON was expected is called that."""
    site.answer = lambda _: reply(body, content_type="application/json")
    page = await fetcher.get(f"{site.url}/api", now=NOW)
    with pytest.raises(SourceError, match="HTML page where JSON was expected"):
        page.json(dict)


@pytest.mark.parametrize(
    "body",
    [b'{"a":', '{"a": "caf\u00e9"}'.encode("latin-1"), b'{"a": ' + b"[" * 50_000, b"", b"[1]", b"\x00"],
)
async def test_unusable_json_is_a_source_error(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """Cut, wrongly encoded, endlessly nested or wrongly shaped JSON ends in a SourceError."""
    site.answer = lambda _: reply(body)
    page = await fetcher.get(f"{site.url}/api", now=NOW)
    with pytest.raises(SourceError, match="JSON that cannot be used"):
        page.json(dict[str, str])


async def test_redirects_are_followed_up_to_five(site: Site, fetcher: Fetcher) -> None:
    """Five redirects lead to the page, a sixth is refused."""

    def answer(request: Request) -> Reply:
        left = int(request.path[1:])
        return reply(b"there") if left == 0 else reply(status=302, location=f"/{left - 1}")

    site.answer = answer
    page = await fetcher.get(f"{site.url}/5", now=NOW)
    assert (page.body, page.url) == (b"there", f"{site.url}/0")
    with pytest.raises(SourceError, match="redirects more than 5 times"):
        await fetcher.get(f"{site.url}/6", now=NOW)


async def test_redirect_body_is_not_read(site: Site, fetcher: Fetcher) -> None:
    """An endless body behind a redirect is never read."""

    def answer(request: Request) -> Reply:
        if request.path == "/there":
            return reply(b"there")
        return reply(b"x" * 100, status=302, location="/there", hang=True, content_length="999999999")

    site.answer = answer
    assert (await fetcher.get(f"{site.url}/", now=NOW)).body == b"there"


@pytest.mark.parametrize("location", ["ftp://files.example/x", "file:///etc/hostname", "http://["])
async def test_redirect_to_other_schemes_is_refused(site: Site, fetcher: Fetcher, location: str) -> None:
    """A redirect to anything but a usable http(s) URL ends in a SourceError."""
    site.answer = lambda _: reply(status=302, location=location)
    with pytest.raises(SourceError):
        await fetcher.get(f"{site.url}/", now=NOW)
    assert len(site.requests) == 1


@pytest.mark.parametrize("inward", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "[::1]", "2130706434"])
async def test_redirect_inward_is_refused(site: Site, inward: str) -> None:
    """A redirect to an address inside the operator's network is refused when it would be dialled."""
    here = ipaddress.ip_address("127.0.0.1")
    site.answer = lambda _: reply(status=302, location=f"http://{inward}:9/admin")
    async with open_client(
        "Test/1", over(CheckedBackend(lambda address: address == here)), Limits()
    ) as client:
        with pytest.raises(SourceError, match="not a public address"):
            await Fetcher(client).get(f"{site.url}/", now=NOW)


async def test_private_addresses_are_refused_by_default(site: Site, settings: Settings) -> None:
    """Without leave, loopback is not dialled at all."""
    async with open_fetcher(settings) as strict:
        with pytest.raises(SourceError, match="not a public address"):
            await strict.get(f"{site.url}/", now=NOW)
    assert site.requests == []


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "gopher://x.example/", "http://", "nonsense", "http://[x"]
)
async def test_only_http_is_fetched(fetcher: Fetcher, url: str) -> None:
    """A URL that is not http(s) ends in a SourceError."""
    with pytest.raises(SourceError):
        await fetcher.get(url, now=NOW)


async def test_dead_server_is_an_error(fetcher: Fetcher) -> None:
    """A port where nobody listens ends in a SourceError."""
    with pytest.raises(SourceError, match="could not be reached"):
        await fetcher.get("http://127.0.0.1:1/", now=NOW)


@pytest.mark.parametrize(
    ("cache_control", "expected"),
    [
        ("public, max-age=7200", NOW + timedelta(hours=2)),
        ("max-age=60", None),
        ("max-age=999999999", NOW + timedelta(hours=6)),
        ("no-cache, max-age=7200", None),
        ("s-maxage=7200", None),
        ("max-age=often", None),
    ],
)
async def test_max_age_postpones_the_next_visit(
    site: Site, fetcher: Fetcher, cache_control: str, expected: object
) -> None:
    """max-age counts when it is longer than the source's own interval, and up to six hours."""
    site.answer = lambda _: reply(b"x", cache_control=cache_control)
    page = await fetcher.get(f"{site.url}/", now=NOW)
    assert page.next_check(NOW, MINUTES_20) == expected


async def test_bot_names_itself(site: Site, fetcher: Fetcher) -> None:
    """Every request says which project this is, where to read about it and whom to write to."""
    site.answer = lambda _: reply(b"x")
    await fetcher.get(f"{site.url}/", now=NOW)
    agent = site.requests[0].headers["user-agent"]
    assert agent.startswith("Groundswell/")
    assert "https://groundswell.example/" in agent
    assert "desk@newsroom.example" in agent


async def test_form_is_not_sent_on(site: Site, fetcher: Fetcher) -> None:
    """A form with a secret in it is not carried to where a redirect points."""
    site.answer = lambda _: reply(status=307, location="/elsewhere")
    with pytest.raises(SourceError, match="redirects"):
        await fetcher.post(f"{site.url}/token", now=NOW, form={"secret": "swordfish"})
    assert site.paths == ["/token"]


async def test_cookies_are_not_taken(site: Site, fetcher: Fetcher) -> None:
    """Nobody can follow the bot from visit to visit, or fill its memory, with cookies."""
    site.answer = lambda _: reply(b"x", set_cookie="visitor=1; Max-Age=31536000")
    for _ in range(2):
        await fetcher.get(f"{site.url}/", now=NOW)
    assert "cookie" not in site.requests[1].headers
    assert not list(fetcher.client.cookies.jar)


async def test_credentials_stay_with_their_host(site: Site, fetcher: Fetcher) -> None:
    """An Authorization header does not follow a redirect to another host."""
    other = site.url.replace("127.0.0.1", "localhost")

    def answer(request: Request) -> Reply:
        return reply(b"x") if request.path == "/other" else reply(status=302, location=f"{other}/other")

    site.answer = answer
    await fetcher.get(f"{site.url}/", now=NOW, headers={"Authorization": "Bearer swordfish"})
    assert "authorization" not in site.requests[1].headers


@pytest.mark.parametrize("cursor", [{"etag": 5}, {"etag": None, "last_modified": []}, {}])
async def test_strange_cursor_is_a_first_visit(site: Site, fetcher: Fetcher, cursor: dict[str, Any]) -> None:
    """A cursor without usable validators asks unconditionally."""
    site.answer = lambda _: reply(b"x")
    assert (await fetcher.get(f"{site.url}/", now=NOW, cursor=cursor)).body == b"x"
    assert "if-none-match" not in site.requests[0].headers


@pytest.fixture
def huge_etag() -> Callable[[Request], Reply]:
    """A server whose validator is as long as a book."""
    return lambda _request: reply(b"x", etag="e" * 5_000)


async def test_huge_validators_are_not_kept(
    site: Site, fetcher: Fetcher, huge_etag: Callable[[Request], Reply]
) -> None:
    """A validator of thousands of characters does not get into the cursor."""
    site.answer = huge_etag
    assert (await fetcher.get(f"{site.url}/", now=NOW)).validators == {}
