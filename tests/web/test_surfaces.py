"""What the pages say of the networks: the picture that is shared, and the records that vouch for the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.card import Card
from bot.domain.publication import Publication, PublicationKind, PublicationState, publication_id
from bot.store import cards, publications
from tests.store.house import plan as plan_publication
from tests.web.fiction import NOW
from tests.web.page import CORRECTED, LEAD, RETRACTED, read

if TYPE_CHECKING:
    import httpx2

    from bot.store.engine import Store

_CARD = Card(b"\x89PNG fictional", 'Clinics turn away. 148 posts; 60 to be expected. "Automated narrative".')
_SITE = "at://did:plc:fictional/site.standard.publication/3fictional222"
_DOCUMENT = "at://did:plc:fictional/site.standard.document/3fictional333"
_WELL_KNOWN = "/.well-known/site.standard.publication"


async def _sent(house: Store, story_id: str, kind: PublicationKind, version: int = 1, **remote: Any) -> None:
    name = publication_id(story_id, version, "bluesky", kind)
    plan = Publication(name, story_id, version, "bluesky", PublicationState.PLANNED, {}, NOW, kind=kind)
    async with house.write() as connection:
        await plan_publication(connection, plan)
        await publications.sent(connection, name, remote=remote, at=NOW)


async def _told(house: Store, story_id: str = LEAD.rsplit("/", maxsplit=1)[-1]) -> str:
    url = "https://bsky.app/profile/did:plc:fictional/post/3fictional444"
    await _sent(house, story_id, PublicationKind.STORY, url=url, site=_SITE, document=_DOCUMENT)
    return story_id


async def test_a_story_is_shared_with_its_picture(web: httpx2.AsyncClient, house: Store) -> None:
    """The page names picture, size and alternative text; the address stays and gives the picture."""
    async with house.write() as connection:
        await cards.keep(connection, LEAD.rsplit("/", maxsplit=1)[-1], 1, _CARD)
    page = await read(web, LEAD)
    named = {it.get("property"): it.get("content") for it in page.find(".//meta") if it.get("property")}
    assert named["og:image"] == f"https://news.example{LEAD}/card.png"
    assert named["og:image:alt"] == _CARD.alt
    given = await web.get(f"{LEAD}/card.png")
    assert (given.content, given.headers["content-type"]) == (_CARD.png, "image/png")


@pytest.mark.parametrize("path", [LEAD, RETRACTED, "/stories/nothing-of-the-kind"])
async def test_no_picture_is_promised_that_is_not_there(
    web: httpx2.AsyncClient, house: Store, path: str
) -> None:
    """A story without a card, a retracted one and one that never was have no picture and name none."""
    if path == RETRACTED:
        async with house.write() as connection:
            await cards.keep(connection, path.rsplit("/", maxsplit=1)[-1], 1, _CARD)
    assert (await web.get(f"{path}/card.png")).status_code == 404
    assert "og:image" not in (await web.get(path)).text


async def test_site_and_page_name_their_records(web: httpx2.AsyncClient, house: Store) -> None:
    """Once a thread is there, site and page name the records that name them; before, they name none."""
    assert (await web.get(_WELL_KNOWN)).status_code == 404
    await _told(house)
    given = await web.get(_WELL_KNOWN)
    assert (given.text, given.headers["content-type"]) == (_SITE, "text/plain; charset=utf-8")
    link = f'<link rel="site.standard.document" href="{_DOCUMENT}">'
    assert link in (await web.get(LEAD)).text
    assert "site.standard.document" not in (await web.get(CORRECTED)).text


async def test_a_record_that_is_gone_is_named_no_more(web: httpx2.AsyncClient, house: Store) -> None:
    """When a correction took the record away, the page keeps the thread's address and drops the record's."""
    story_id = await _told(house)
    await _sent(house, story_id, PublicationKind.CORRECTION, url=None, gone=[_DOCUMENT])
    page = (await web.get(LEAD)).text
    assert "site.standard.document" not in page
    assert "bsky.app" in page


async def test_a_thread_that_was_removed_is_named_no_more(web: httpx2.AsyncClient, house: Store) -> None:
    """After the removal the page leads to no thread, until a later version stands there."""
    story_id = await _told(house, CORRECTED.rsplit("/", maxsplit=1)[-1])
    await _sent(house, story_id, PublicationKind.REMOVAL, url=None, gone=[_DOCUMENT])
    assert "bsky.app" not in (await web.get(CORRECTED)).text
    again = "https://bsky.app/profile/did:plc:fictional/post/3fictional555"
    await _sent(house, story_id, PublicationKind.STORY, 2, url=again)
    page = (await web.get(CORRECTED)).text
    assert again in page
    assert "3fictional444" not in page


async def test_a_correction_stands_in_the_feed(web: httpx2.AsyncClient) -> None:
    """The entry of a corrected story says so and is newer than the story."""
    feed = (await web.get("/feed.atom")).text
    assert "Correction, " in feed
