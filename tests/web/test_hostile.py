from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.record import Author
from bot.domain.story import Draft, Paragraph
from bot.store import consents, records
from bot.web.view import safe_url
from tests.web.conftest import reader
from tests.web.fiction import NOW, fiction, tell
from tests.web.page import LEAD, Page, read

if TYPE_CHECKING:
    import httpx2

    from bot.domain.record import Record
    from bot.domain.story import Claim
    from bot.store.engine import Store

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{7*7}}"
TURNED = "safe \u202egnp.exe\u2066 \u200bhidden"


def _poisoned(told_index: int = 0) -> tuple[Draft, tuple[Record, ...]]:
    told = fiction()[told_index]

    def poison(claim: Claim) -> Claim:
        return replace(
            claim,
            text=f"{claim.text} {SCRIPT} {TURNED}",
            citations=tuple(replace(item, quote=f"{SCRIPT}{TURNED}") for item in claim.citations),
        )

    draft = replace(
        told.story.draft,
        headline=poison(told.story.draft.headline),
        deck=poison(told.story.draft.deck),
        paragraphs=tuple(Paragraph(tuple(map(poison, item.claims))) for item in told.story.draft.paragraphs),
    )
    bad = tuple(
        replace(
            item,
            author=Author(item.author.id, SCRIPT + TURNED),
            url="javascript:alert(1)",
            community=SCRIPT,
            lang='en" onclick="x',
        )
        for item in told.records[:14]
    )
    return draft, bad + told.records[14:]


@pytest.fixture
async def poisoned(sqlite_store: Store) -> Store:
    """Give a store in which everything that came from the network is hostile."""
    told = fiction()[0]
    draft, said = _poisoned()
    signal = replace(told.signal, why=SCRIPT + TURNED)
    async with sqlite_store.write() as connection:
        await tell(
            connection,
            replace(
                told,
                story=replace(told.story, draft=draft),
                signal=signal,
                records=said,
                label=SCRIPT + TURNED,
            ),
        )
    return sqlite_store


@pytest.mark.parametrize("path", ["/", "/stories", LEAD, "/wire", "/beats/health"])
async def test_words_stay_words(poisoned: Store, path: str) -> None:
    """Markup, scripts, addresses and direction marks in what people wrote are never obeyed."""
    async with reader(poisoned) as client:
        page = await read(client, path)
    assert "<script>alert(1)</script>" in page.text()
    assert "{{7*7}}" in page.text()
    assert not page.find(".//img")
    assert all(item.get("type") == "application/ld+json" for item in page.find(".//script"))
    assert not any(name.startswith("on") for item in page.tree.iter() for name in item.keys())  # noqa: SIM118 - an Element is no dict
    assert not any("javascript" in link for link in page.links)
    assert not set("\u202e\u2066\u200b") & set(page.text())


async def test_linked_data_stays_data(poisoned: Store) -> None:
    """A headline cannot break out of the page's linked data, and only http addresses get in."""
    async with reader(poisoned) as client:
        page = await read(client, LEAD)
    (block,) = page.find(".//script")
    data = json.loads(block.text or "")
    assert SCRIPT in data["headline"]
    assert data["citation"] == []


async def test_feed_carries_no_script(poisoned: Store) -> None:
    """What readers of the feed unpack holds no script and no unsafe address either."""
    async with reader(poisoned) as client:
        text = (await client.get("/feed.atom")).text
    import feedparser  # noqa: PLC0415 - only here

    (entry,) = feedparser.parse(text, sanitize_html=False).entries
    body = Page(f"<html><body>{entry.content[0].value}</body></html>")
    assert not body.find(".//script")
    assert not body.find(".//img")
    assert body.links == []


async def test_a_hostile_address_is_just_not_there(web: httpx2.AsyncClient) -> None:
    """Addresses nobody published are not found, whatever they hold, and are not echoed."""
    for path in (
        "/stories/%3Cscript%3E", "/stories/..%2f..%2fetc", "/beats/nope", "/stories/x/versions/9",
        f"{LEAD}/versions/7", "/static/../../bot/settings.py", "/static/x/site.css", "/stories/%00",
        f"{LEAD}/versions/99999999999999999999999",
    ):  # fmt: skip
        response = await web.get(path)
        assert response.status_code == 404, path
        assert "<script>" not in response.text


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/x?y=1#z", True), ("http://a.example", True), ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False), ("java\nscript:alert(1)", False), ("data:text/html,x", False),
        ("//a.example/x", False), ("/x", False), ("https://", False), ("http://[", False), ("", False),
        ("\u202ehttps://a.example", True),
    ],
)  # fmt: skip
def test_addresses(url: str, kept: bool) -> None:  # noqa: FBT001 - a parameter of the table above
    """Only absolute http and https addresses become links."""
    assert (safe_url(url) is not None) is kept


class TestTakenBack:
    async def test_quote_and_author_are_gone(self, house: Store) -> None:
        """A post that was taken back leaves page, versions, data and feed; its place says so."""
        gone = fiction()[0].records[4]
        async with house.write() as connection:
            await records.erase(connection, [gone.id], NOW)
        async with reader(house) as client:
            for path in (LEAD, f"{LEAD}/versions/1", f"{LEAD}.json", "/feed.atom", "/", "/stories"):
                text = (await client.get(path)).text
                assert "I sign it, so I own it" not in text
                assert gone.author.handle not in text
                assert gone.url not in text
                assert gone.id not in text
            page = await read(client, LEAD)
            data = (await client.get(f"{LEAD}.json")).json()
        cited = [
            item for part in data["paragraphs"] for claim in part["claims"] for item in claim["citations"]
        ]
        assert next(item for item in cited if item["marker"] == 5) == {
            "marker": 5, "record_id": None, "quote": "", "url": None, "author": None, "source": None,
            "created_at": None,
        }  # fmt: skip
        assert "taken back" in page.text(".//li[@id='source-5']")
        assert "A post this story rested on was taken back" in page.text(".//div[@class='notice']")

    async def test_who_refuses_is_not_shown(self, house: Store) -> None:
        """Whoever said that they are not to be quoted is named and linked nowhere, before any sweep."""
        silent = fiction()[0].records[4]
        async with house.write() as connection:
            await consents.keep(connection, {silent.author_key: "declared it"}, NOW)
        async with reader(house) as client:
            for path in (LEAD, f"{LEAD}/versions/1", f"{LEAD}.json", "/feed.atom"):
                text = (await client.get(path)).text
                assert [word for word in (silent.author.handle, silent.url, silent.id) if word in text] == []

    async def test_headline_without_words(self, house: Store) -> None:
        """When the headline itself rested on the post, every list has another name for the story."""
        async with house.write() as connection:
            await records.erase(connection, [fiction()[0].records[0].id], NOW)
        async with reader(house) as client:
            for path in ("/", "/stories", LEAD, "/beats/health", "/feed.atom"):
                assert "A story that is being checked again" in (await client.get(path)).text
