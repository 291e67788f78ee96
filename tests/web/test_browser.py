"""The pages in a real browser, served over loopback."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.async_api import async_playwright

from tests import parts
from tests.web.conftest import site
from tests.web.page import CORRECTED, LEAD, PAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from socket import socket

    from playwright.async_api import Browser, Page

    from bot.store.engine import Store

# Everything that would call home is off: the tests allow loopback only.
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_AXE = "async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_TORN = """[...document.querySelectorAll('.key')].map(key => key.parentElement)
    .filter(keyed => keyed.getClientRects().length > 1).map(keyed => keyed.textContent)"""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def _served(store: Store) -> AsyncIterator[str]:
    server = _Server(uvicorn.Config(site(store), port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await server.up.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Give a headless Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=parts.chromium(), args=_QUIET)
        yield opened
        await opened.close()


async def _open(browser: Browser, **looks: Any) -> tuple[Page, list[str], list[str]]:
    page = await browser.new_page(**looks)
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    return page, complaints, asked


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_clean_and_accessible(house: Store, browser: Browser, scheme: Any) -> None:
    """In both colour schemes no page complains, asks another host, or breaks a rule of axe-core."""
    axe = parts.axe_source().read_text(encoding="utf-8")
    async with _served(house) as address:
        page, complaints, asked = await _open(browser, color_scheme=scheme)
        for path in PAGES:
            await page.goto(address + path)
            await page.evaluate(axe)
            assert await page.evaluate(_AXE) == [], path
        assert complaints == []
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
        await page.close()


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
async def test_fits(house: Store, browser: Browser, width: int) -> None:
    """From a small phone to a desk, no page has to be scrolled sideways, and each key stands by its words."""
    async with _served(house) as address:
        page, _, _ = await _open(browser, viewport={"width": width, "height": 800})
        for path in PAGES:
            await page.goto(address + path)
            assert await page.evaluate(_OVERFLOW) == 0, path
            assert await page.evaluate(_TORN) == [], path
        await page.close()


async def test_keyboard_and_jumps(house: Store, browser: Browser) -> None:
    """The first Tab offers the way past the masthead; a mark jumps to its source, and the source is lit."""
    async with _served(house) as address:
        page, _, _ = await _open(browser)
        await page.goto(address + LEAD)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await page.click("#s-2-2 .marks a")
        assert page.url.endswith("#source-5")
        assert await page.evaluate("document.querySelector('.source:target').id") == "source-5"
        await page.close()


async def test_prints(house: Store, browser: Browser) -> None:
    """On paper a story keeps its text, disclaimer and sources with addresses, and loses the navigation."""
    async with _served(house) as address:
        page, _, _ = await _open(browser)
        await page.goto(address + CORRECTED)
        await page.emulate_media(media="print")
        assert not await page.is_visible("nav")
        assert not await page.is_visible(".more")
        for part in (".story-text", ".disclaimer", ".sources", ".chart", ".notice"):
            assert await page.is_visible(part)
        shown = await page.evaluate(
            "getComputedStyle(document.querySelector('.source .meta a'), '::after').content"
        )
        assert "https://reddit.example" in shown or "attr(href)" in shown
        assert (await page.pdf())[:5] == b"%PDF-"
        await page.close()
