"""The pages of articles: what sites allow, what is read out of them, and what that may cost."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.collect.article import Articles, Outcome
from bot.collect.extract import Bounds, extract
from bot.domain.errors import SourceError
from tests.collect.loopback import NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from pathlib import Path

    from bot.collect.http import Fetcher

_SENTENCES = "The harbour of Lanternport opened its new lock on Monday, and three barges passed it. " * 12
PAGE = (
    "<html><head><title>Lock</title><script>track()</script></head><body><nav>Home | Sport</nav><article>"
    f"<h1>The lock is open</h1><p>{_SENTENCES}</p><p>Nobody was hurt.</p></article><footer>Imprint</footer>"
    "</body></html>"
).encode()
_HTML = "text/html; charset=utf-8"


def _site(robots: Reply, page: Reply | None = None) -> object:
    def answer(request: Request) -> Reply:
        if request.path == "/robots.txt":
            return robots
        if "if-none-match" in request.headers:
            return reply(status=304)
        return page or reply(PAGE, content_type=_HTML, etag='"one"')

    return answer


async def test_the_text_of_an_article_is_read(site: Site, fetcher: Fetcher) -> None:
    """Its paragraphs are there, without menus and scripts; the next look is a conditional GET."""
    site.answer = _site(reply(status=404))  # type: ignore[assignment]
    articles = Articles(fetcher)
    reading = await articles.read(f"{site.url}/lock", {}, NOW)
    assert reading.outcome is Outcome.READ
    assert "three barges passed" in reading.text
    assert "Nobody was hurt." in reading.text
    assert not {"track()", "Sport", "Imprint"} & set(reading.text.split())
    again = await articles.read(f"{site.url}/lock", reading.validators, NOW)
    assert (again.outcome, again.validators) == (Outcome.UNCHANGED, {"etag": '"one"'})
    assert site.paths == ["/robots.txt", "/lock", "/lock"]


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        (reply(b"User-agent: *\nDisallow: /private/"), "/private/lock", False),
        (reply(b"User-agent: *\nDisallow: /private/"), "/news/lock", True),
        (reply(b"User-agent: *\nDisallow: /*.pdf$\n"), "/a.pdf", False),
        (reply(b"User-agent: groundswell\nDisallow: /\n\nUser-agent: *\nAllow: /"), "/lock", False),
        (reply(b"User-agent: other\nDisallow: /"), "/lock", True),
        (reply(b"\xff\xfe\x00 no such thing"), "/lock", True),
        (reply(status=410), "/lock", True),
        (reply(status=403), "/lock", True),
    ],
)
async def test_robots_txt_is_honoured(
    site: Site,
    fetcher: Fetcher,
    robots: Reply,
    path: str,
    allowed: bool,  # noqa: FBT001 - a table of cases
) -> None:
    """What a site bans is not fetched; without a file all is allowed."""
    site.answer = _site(robots, reply(b"", content_type=_HTML))  # type: ignore[assignment]
    reading = await Articles(fetcher).read(f"{site.url}{path}", {}, NOW)
    assert (reading.outcome is not Outcome.REFUSED) is allowed
    assert (path in site.paths) is allowed


@pytest.mark.parametrize("robots", [reply(status=429), reply(status=503), Reply(b"")])
async def test_nothing_is_fetched_while_the_wishes_are_unknown(
    site: Site, fetcher: Fetcher, robots: Reply
) -> None:
    """While robots.txt cannot be had, pages are left alone, which is a failure to be tried again."""
    site.answer = _site(robots)  # type: ignore[assignment]
    with pytest.raises(SourceError, match=r"robots\.txt") as failed:
        await Articles(fetcher).read(f"{site.url}/lock", {}, NOW)
    assert failed.value.retry_at == NOW + timedelta(hours=1)
    assert site.paths == ["/robots.txt"]


async def test_wishes_count_for_a_day(site: Site, fetcher: Fetcher) -> None:
    """robots.txt is asked for once a day, sooner if it failed, and also where a redirect leads."""
    articles = Articles(fetcher)
    site.answer = _site(reply(status=503))  # type: ignore[assignment]
    with pytest.raises(SourceError):
        await articles.read(f"{site.url}/lock", {}, NOW)
    site.answer = _site(reply(b"User-agent: *\nDisallow: /"))  # type: ignore[assignment]
    with pytest.raises(SourceError):
        await articles.read(f"{site.url}/lock", {}, NOW + timedelta(hours=0.5))
    for hours in (1, 2):
        reading = await articles.read(f"{site.url}/lock", {}, NOW + timedelta(hours=hours))
        assert reading.outcome is Outcome.REFUSED
    assert site.paths == ["/robots.txt", "/robots.txt"]

    def moved(request: Request) -> Reply:
        if request.path == "/robots.txt":
            return reply(b"User-agent: *\nDisallow: /private")
        to = "/private" if request.path == "/public" else ""
        return reply(status=302, location=to) if to else reply(PAGE, content_type=_HTML)

    site.answer = moved
    assert (await Articles(fetcher).read(f"{site.url}/public", {}, NOW)).outcome is Outcome.REFUSED


@pytest.mark.parametrize("status", [404, 410])
async def test_a_page_that_was_taken_down_is_gone(site: Site, fetcher: Fetcher, status: int) -> None:
    """Not found and gone are an outcome; a server in trouble is a failure; what is no page has no text."""
    articles = Articles(fetcher)
    site.answer = _site(reply(status=404), reply(status=status))  # type: ignore[assignment]
    assert (await articles.read(f"{site.url}/lock", {}, NOW)).outcome is Outcome.GONE
    site.answer = _site(reply(status=404), reply(status=500))  # type: ignore[assignment]
    with pytest.raises(SourceError, match="500"):
        await articles.read(f"{site.url}/lock", {}, NOW)
    site.answer = _site(reply(status=404), reply(b"%PDF-1.7"))  # type: ignore[assignment]
    assert (await articles.read(f"{site.url}/lock", {}, NOW)).outcome is Outcome.EMPTY


async def test_a_page_costs_no_more_than_its_bounds() -> None:
    """Too little memory, CPU time or patience ends the process, and the house goes on."""
    with pytest.raises(SourceError, match="MB to read"):
        await extract(PAGE, "https://outlet.example/", Bounds(megabytes=40))
    begun = time.monotonic()
    with pytest.raises(SourceError, match=r"more than 0\.05 seconds"):
        await extract(PAGE, "https://outlet.example/", Bounds(seconds=0.05))
    assert time.monotonic() - begun < 5


async def test_who_reads_a_page_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads what strangers wrote is not given the bot's settings and keys."""
    told = "import os, pathlib; pathlib.Path(__file__).with_name('told').write_text(repr(dict(os.environ)))"
    (tmp_path / "sitecustomize.py").write_text(told)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("GROUNDSWELL_ANTHROPIC_API_KEY", "sk-fictional")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/fictional")
    await extract(PAGE, "https://outlet.example/", Bounds())
    assert "fictional" not in (tmp_path / "told").read_text()


@pytest.mark.parametrize(
    "page",
    [b"", b"\0" * 1000, b"<" * 50_000, b"<div>" * 3_000, "<p>é\ud83d</p>".encode("utf-8", "surrogatepass")],
)
async def test_a_page_that_is_none_has_no_text(page: bytes) -> None:
    """Whatever the bytes are, the outcome is a text, mostly none, or SourceError."""
    try:
        text = await extract(page, "https://outlet.example/", Bounds())
    except SourceError:
        return
    assert len(text) < 100
