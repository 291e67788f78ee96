from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from bot.domain.disclosure import disclaimer
from tests.web.fiction import fiction

if TYPE_CHECKING:
    import httpx2

GOLDEN = Path(__file__).parent / "feed.atom"


@pytest.fixture
async def feed(web: httpx2.AsyncClient) -> Any:
    """Give the feed as a feed reader parses it."""
    response = await web.get("/feed.atom")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return feedparser.parse(response.content)


async def test_is_valid_atom(feed: Any) -> None:
    """A strict parser takes the feed, and it has all that Atom wants."""
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.id
    assert feed.feed.updated
    assert all(entry.id and entry.updated and entry.title and entry.link for entry in feed.entries)


async def test_order_and_addresses(feed: Any) -> None:
    """Entries come newest first; ids are permanent, links lead to the site's public address."""
    newest = [told.story.id for told in fiction()]
    assert [entry.link for entry in feed.entries] == [
        f"https://news.example/stories/{item}" for item in newest
    ]
    assert feed.entries[0].id == f"tag:news.example,2026-03-06:stories/{newest[0]}"


async def test_every_item_has_its_disclaimer(feed: Any) -> None:
    """Every item says that a machine made it, and which kind."""
    for told, entry in zip(fiction(), feed.entries, strict=True):
        assert disclaimer("Groundswell", model=told.story.draft.model) in entry.content[0].value


async def test_empty_feed(empty_web: httpx2.AsyncClient) -> None:
    """Before the first story the feed is valid and empty."""
    parsed = feedparser.parse((await empty_web.get("/feed.atom")).content)
    assert not parsed.bozo
    assert parsed.entries == []


async def test_golden(web: httpx2.AsyncClient) -> None:
    """The feed of the fixed house is, byte for byte, the one that was read and approved."""
    text = (await web.get("/feed.atom")).text
    assert text == GOLDEN.read_text(encoding="utf-8")
