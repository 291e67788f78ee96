"""The thread and the site vouch for each other: the picture, the records, and the update that quotes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.card import Card
from bot.domain.errors import PublishError
from bot.domain.story import StoryState
from bot.pipeline import amend, post
from bot.publish.bluesky import records
from bot.store import cards, publications, signals
from tests.bluesky.rig import open_newsroom, page
from tests.bluesky.story import NOWHERE, make_account, make_channel, make_story, planned, put_approved
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.pipeline.newsroom import Newsroom
    from tests.network import Account, BlueskyNetwork

_CLOSE = {"at:told": 0.0}
_UPDATE = _CLOSE | {"new": 40.0}


@pytest.fixture
def bot(network: BlueskyNetwork) -> Account:
    """Give the bot's account on the network."""
    return network.create_account("bot")


@pytest.fixture
async def newsroom(bot: Account, tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Give a newsroom that told one story."""
    async with open_newsroom(bot, tmp_path) as opened:
        await put_approved(opened.store, 1)
        await post.run(opened)
        yield opened


async def test_thread_and_page_show_the_same_picture(
    network: BlueskyNetwork, bot: Account, newsroom: Newsroom
) -> None:
    """The card's picture is on the network by the hash that was planned, and is the page's own."""
    async with newsroom.store.read() as connection:
        card = await cards.get(connection, "heron-1", 1)
        told = [it for it in await publications.of_story(connection, "heron-1") if it.channel == "bluesky"]
    assert card is not None
    uri = told[0].remote["root"]["uri"]
    shown = network.until(lambda: network.posts(uri))[0]
    assert "feed_thumbnail" in shown["embed"]["external"]["thumb"]
    thumb = shown["record"]["embed"]["external"]["thumb"]
    assert thumb == records.blob(card.png, "image/png")
    (document,) = bot.records(records.DOCUMENT)
    assert document["value"]["coverImage"] == thumb
    story = await page(newsroom, "/stories/heron-1")
    assert 'property="og:image" content="https://groundswell.example/stories/heron-1/card.png"' in story.text
    picture = await page(newsroom, "/stories/heron-1/card.png")
    assert (picture.content, picture.headers["content-type"]) == (card.png, "image/png")


async def test_page_and_site_name_their_records(bot: Account, newsroom: Newsroom) -> None:
    """The page links to its document's record, and the site to its own, which name page and site."""
    (document,), (site,) = bot.records(records.DOCUMENT), bot.records(records.PUBLICATION)
    assert (await page(newsroom, "/.well-known/site.standard.publication")).text == site["uri"]
    story = (await page(newsroom, document["value"]["path"])).text
    assert f'<link rel="site.standard.document" href="{document["uri"]}">' in story


async def test_a_picture_is_uploaded_anew_for_each_try(bot: Account, tmp_path: Path) -> None:
    """However long a plan waited, and whatever the server threw away since, the picture comes with it."""
    account = make_account(bot, tmp_path)
    channel = make_channel(account)
    picture = Card(b"\x89PNG\r\n\x1a\n" + bytes(9), "a picture")
    publication = await planned(channel, make_story(), card=picture)
    away = make_account(bot, tmp_path, service=NOWHERE)
    with pytest.raises(PublishError, match="no answer"):
        await make_channel(away).send(publication)
    with pytest.raises(PublishError, match="not in the store") as caught:
        await channel.send(replace(publication, card=None))
    assert caught.value.conflict
    assert bot.records(records.POST) == []
    await channel.send(publication)
    assert len(bot.records(records.POST)) == 6
    await account.close()


async def test_a_picture_that_the_server_lost_while_it_committed_is_sent_again_at_once(
    bot: Account, tmp_path: Path
) -> None:
    """Where two records of a commit fail over the picture that both hold, the next try follows at once."""
    account = make_account(bot, tmp_path)
    upload = account.upload
    tries: list[object] = []

    async def lose_the_first(data: bytes, mime: str) -> dict[str, Any]:
        reference = await upload(data, mime)
        if not tries:
            bot.network.lose_uploads(bot)
        tries.append(reference)
        return reference

    account.upload = lose_the_first  # type: ignore[method-assign]
    channel = make_channel(account)
    publication = await planned(
        channel, make_story(), card=Card(b"\x89PNG\r\n\x1a\n" + bytes(9), "a picture")
    )
    await channel.send(publication)
    assert (len(tries), len(bot.records(records.POST))) == (2, 6)
    await account.close()


async def _update(newsroom: Newsroom, numbers: Mapping[str, float]) -> None:
    """Tell a later story with these numbers, that names the first as an earlier one."""
    async with newsroom.store.write() as connection:
        await signals.add(connection, house.make_signal(id="heron-2"))
        headline = replace(make_story(2).draft.headline, text="Heron: 40 more posts since Sunday")
        story = make_story(2)
        story = replace(
            story,
            signal_id="heron-2",
            updates="heron-1",
            draft=replace(story.draft, headline=headline),
            numbers=numbers,
        )
        await house.put(connection, story, StoryState.APPROVED, at=story.created_at + timedelta(days=1))
    assert await post.run(newsroom) == ["heron-2"]


@pytest.mark.parametrize(
    ("numbers", "said"), [(_UPDATE, "Update · "), (_CLOSE, "Close to an earlier story · "), ({}, "")]
)
async def test_an_update_quotes_the_thread_it_continues(
    network: BlueskyNetwork, bot: Account, newsroom: Newsroom, numbers: Mapping[str, float], said: str
) -> None:
    """Its opening post says what it is to the earlier story and what is new, and shows the earlier thread."""
    await _update(newsroom, numbers)
    opening = bot.records(records.POST)[6]
    first = bot.records(records.POST)[0]
    shown = network.until(lambda: network.posts(opening["uri"]))[0]
    assert shown["record"]["text"].startswith("Heron: 40 more posts since Sunday")
    assert f"\n\n{said}Automated narrative by Groundswell" in shown["record"]["text"]
    assert shown["embed"]["record"]["record"]["uri"] == first["uri"]
    assert shown["embed"]["media"]["external"]["uri"].endswith("/stories/heron-2")
    assert "reply" not in shown["record"]


async def test_an_update_does_not_lead_to_what_was_retracted(bot: Account, newsroom: Newsroom) -> None:
    """An update of a story that was retracted stands by itself."""
    now = newsroom.clock.now()
    await amend.retract(newsroom.store, "heron-1", "It was a joke.", remove=False, at=now, dry_run=False)
    await post.run(newsroom)
    await _update(newsroom, _UPDATE)
    opening = next(it for it in bot.records(records.POST) if "40 more posts" in it["value"]["text"])
    assert opening["value"]["embed"]["$type"] == "app.bsky.embed.external"
