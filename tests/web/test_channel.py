from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.publication import Publication, PublicationKind, PublicationState
from bot.publish.port import Order
from bot.publish.site import SiteChannel
from tests.web.conftest import reader
from tests.web.fiction import NOW, fiction, seed
from tests.web.page import LEAD, PAGES, read

if TYPE_CHECKING:
    import httpx2

    from bot.store.engine import Store


async def test_plan_leads_to_the_page(web: httpx2.AsyncClient) -> None:
    """What is frozen for the site is the path at which the story can be read, and its title."""
    story = fiction()[0].story
    order = Order(PublicationKind.STORY, story, {})
    content = await SiteChannel("https://news.example/").plan(order, NOW)
    assert content == {"path": LEAD, "title": "Small clinics turn against the note-taker they asked for"}
    assert (await web.get(content["path"])).status_code == 200


async def test_sending_twice_changes_nothing() -> None:
    """Sending gives the public address, the same each time."""
    channel = SiteChannel("https://news.example/")
    publication = Publication("x@1/site", "x", 1, "site", PublicationState.PLANNED, {"path": LEAD}, NOW)
    first, second = await channel.send(publication), await channel.send(publication)
    assert first == second == {"url": f"https://news.example{LEAD}"}


async def test_both_databases(store: Store) -> None:
    """Every page reads the same from SQLite and from PostgreSQL."""
    await seed(store)
    async with reader(store) as client:
        for path in PAGES:
            await read(client, path)
        page = await read(client, LEAD)
        assert "Mean fidelity100" in (await read(client, "/about")).text()
    assert sum(int(row[1].text or "") for row in page.find(".//tr[@class='in']")) == 148
