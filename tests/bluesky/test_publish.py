"""Publishing on the real network: a story is a thread that is there whole and once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.clock import SystemClock
from bot.domain.errors import PublishError
from bot.domain.text import graphemes
from bot.publish.bluesky import records
from tests.bluesky.story import SITE, make_account, make_channel, make_story, planned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.publish.bluesky.channel import BlueskyChannel
    from tests.network import Account, BlueskyNetwork


@pytest.fixture
def bot(network: BlueskyNetwork) -> Account:
    """Give the bot's account on the network."""
    return network.create_account("bot")


@pytest.fixture
async def channel(bot: Account, tmp_path: Path) -> AsyncIterator[BlueskyChannel]:
    """Give the channel, logged in."""
    account = make_account(bot, tmp_path)
    await account.open()
    yield make_channel(account)
    await account.close()


async def test_a_story_is_a_thread_in_order_on_the_appview(
    network: BlueskyNetwork, bot: Account, channel: BlueskyChannel
) -> None:
    """The AppView shows the opening post with its card, each post under the one before, and no others."""
    publication = await planned(channel, make_story())
    remote = await channel.send(publication)
    uris = [post["uri"] for post in remote["posts"]]
    shown = network.until(lambda: network.posts(*uris))
    assert len(shown) == 6
    by_uri = {post["uri"]: post for post in shown}
    thread = [by_uri[uri] for uri in uris]
    assert [post["cid"] for post in thread] == [post["cid"] for post in publication.content["posts"]]
    parents = [post["record"].get("reply", {}).get("parent", {}).get("uri") for post in thread]
    assert parents == [None, *uris[:-1]]
    assert {post["record"]["reply"]["root"]["uri"] for post in thread[1:]} == {uris[0]}
    card = thread[0]["embed"]["external"]
    assert (card["uri"], card["title"]) == (f"{SITE}/stories/heron-1", "Old laptops, new weights, part 1")
    assert "Automated narrative by Groundswell" in thread[0]["record"]["text"]
    assert all(post["record"]["langs"] == ["en"] for post in thread)
    feed = bot.get("app.bsky.feed.getAuthorFeed", actor=bot.did)["feed"]
    assert [entry["post"]["uri"] for entry in feed] == uris[::-1]


async def test_the_closing_post_carries_disclaimer_hint_link_and_hashtag(channel: BlueskyChannel) -> None:
    """The last post says who wrote it and how to ask; its link and hashtag are live at their very bytes."""
    writes = (await planned(channel, make_story())).content["writes"]
    closing = [write["value"] for write in writes if write["collection"] == records.POST][-1]
    text = closing["text"].encode()
    assert "assembled by Groundswell without a language model" in closing["text"]
    assert "sources?" in closing["text"]
    live = [
        (text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(), facet["features"][0])
        for facet in closing["facets"]
    ]
    address = f"{SITE}/stories/heron-1"
    assert live == [
        (address, {"$type": "app.bsky.richtext.facet#link", "uri": address}),
        ("#OpenSource", {"$type": "app.bsky.richtext.facet#tag", "tag": "OpenSource"}),
    ]


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("Open-source AI and licences", ("OpenSourceAI", "Licences")),
        ("AI, AI agents & 2026", ("AI", "AIAgents")),
        ("Sandbox", ("Sandbox",)),
        ("---", ()),
    ],
)
def test_a_beat_is_a_hashtag_for_each_of_its_things(name: str, tags: tuple[str, ...]) -> None:
    """What the name joins is parted; every hashtag is live where it stands, also as the start of another."""
    assert records.hashtags(name) == tags
    text = " ".join(f"#{tag}" for tag in tags)
    live = records.post(text, at=SystemClock().now(), tags=tags).get("facets", [])
    spans = [text[it["index"]["byteStart"] : it["index"]["byteEnd"]] for it in live]
    assert spans == [f"#{tag}" for tag in tags]


async def test_every_claim_is_in_a_post_that_knows_it(channel: BlueskyChannel) -> None:
    """Each post names the claims it states, so that a reply to it can be answered from them."""
    story = make_story()
    posts = (await planned(channel, story)).content["posts"]
    named = [claim for post in posts for claim in post["claims"]]
    assert named == [claim.id for claim in story.draft.claims()]
    assert posts[-1]["claims"] == []


async def test_sending_twice_is_sending_once(bot: Account, channel: BlueskyChannel) -> None:
    """A plan that is sent again changes nothing and comes to the same end."""
    publication = await planned(channel, make_story())
    first = await channel.send(publication)
    before = bot.get("com.atproto.sync.getLatestCommit", did=bot.did)
    assert await channel.send(publication) == first
    assert bot.get("com.atproto.sync.getLatestCommit", did=bot.did) == before


async def test_a_story_is_published_once_even_if_all_is_forgotten(
    bot: Account, channel: BlueskyChannel
) -> None:
    """A second plan of the same story, with new keys, is a conflict, and nothing of it is written."""
    await channel.send(await planned(channel, make_story()))
    with pytest.raises(PublishError, match="published before") as caught:
        await channel.send(await planned(channel, make_story()))
    assert caught.value.conflict
    assert len(bot.records(records.POST)) == 6


@pytest.mark.parametrize("gone", [[2], [0], [0, 1, 2, 3, 4, 5]])
async def test_a_thread_of_which_a_part_was_deleted_is_a_conflict(
    bot: Account, channel: BlueskyChannel, gone: list[int]
) -> None:
    """What a person deleted is never posted again."""
    publication = await planned(channel, make_story())
    remote = await channel.send(publication)
    for place in gone:
        bot.delete(remote["posts"][place]["uri"])
    with pytest.raises(PublishError) as caught:
        await channel.send(publication)
    assert caught.value.conflict
    assert len(bot.records(records.POST)) == 6 - len(gone)


async def test_a_server_that_is_away_is_no_conflict(
    network: BlueskyNetwork, bot: Account, channel: BlueskyChannel
) -> None:
    """While the server is away the plan waits; once it is back the same plan is there."""
    publication = await planned(channel, make_story())
    network.kill()
    try:
        with pytest.raises(PublishError) as caught:
            await channel.send(publication)
        assert not caught.value.conflict
    finally:
        network.restart()
    remote = await channel.send(publication)
    uris = [post["uri"] for post in remote["posts"]]
    assert uris == [post["uri"] for post in bot.records(records.POST)]
    network.until(lambda: network.posts(*uris))


async def test_the_article_and_the_site_stand_beside_the_thread(
    bot: Account, channel: BlueskyChannel
) -> None:
    """The card refers to the article's record and to the site's, by the CIDs that the server has for them."""
    publications = [await planned(channel, make_story(number)) for number in (1, 2)]
    for publication in publications:
        await channel.send(publication)
    (site,) = bot.records(records.PUBLICATION)
    documents = bot.records(records.DOCUMENT)
    for publication, document in zip(publications, documents, strict=True):
        opening = publication.content["writes"][0]["value"]
        refs = opening["embed"]["external"]["associatedRefs"]
        assert refs == [{"uri": it["uri"], "cid": it["cid"]} for it in (document, site)]
        assert document["value"]["site"] == site["uri"]
    noted = bot.records(records.PUBLISHED)
    assert [it["value"]["root"]["uri"] for it in noted] == [
        it.content["posts"][0]["uri"] for it in publications
    ]


async def test_another_account_gets_no_thread_that_was_planned_for_the_first(
    network: BlueskyNetwork, channel: BlueskyChannel, tmp_path: Path
) -> None:
    """A plan holds addresses of its account; after a change of account it is a conflict."""
    publication = await planned(channel, make_story())
    other = network.create_account("other")
    account = make_account(other, tmp_path / "other")
    (tmp_path / "other").mkdir()
    with pytest.raises(PublishError, match="another account") as caught:
        await make_channel(account).send(publication)
    assert caught.value.conflict
    assert other.records(records.POST) == []
    await account.close()


async def test_a_claim_that_breaks_the_limit_is_refused_when_planned(channel: BlueskyChannel) -> None:
    """A post within 300 characters whose bytes pass 3,000 is not planned."""
    story = make_story(paragraphs=1)
    heavy = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}" * 200
    headline = replace(story.draft.headline, text=heavy)
    assert graphemes(heavy) == 200
    with pytest.raises(PublishError, match="3000 bytes") as caught:
        await planned(channel, replace(story, draft=replace(story.draft, headline=headline)))
    assert caught.value.conflict
