"""What is posted, where, and what becomes of a channel that can no longer be posted to."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.detect import beats
from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.errors import PublishError
from bot.domain.publication import PublicationKind, PublicationState
from bot.domain.story import Claim, ClaimKind, StoryState
from bot.pipeline import amend, post, switches
from bot.publish.discord.session import Account
from bot.publish.port import Order
from bot.settings import load
from bot.store import stories, subscriptions
from tests.bluesky.story import make_press, put_approved
from tests.discord.driver import all_publications, make_channel, make_newsroom
from tests.discord.places import cards_in, follow, see_whole
from tests.discord_lab import rights
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord


@dataclass
class _House:
    newsroom: Newsroom
    store: Store
    clock: ReplayClock

    async def lost(self, place: Json) -> str | None:
        """Return why a channel cannot be posted to."""
        async with self.store.read() as connection:
            found = await subscriptions.of_guild(connection, "discord", place["guild_id"])
        return next(item.lost for item in found if item.place == place["id"])

    async def publications(self, place: Json) -> list[Publication]:
        """Return what the outbox holds for a channel."""
        return [
            item for item in await all_publications(self.store) if item.channel == f"discord:{place['id']}"
        ]


@pytest.fixture
async def house(discord: FakeDiscord, sqlite_store: Store) -> AsyncIterator[_House]:
    """Give a newsroom with an account."""
    async with _open(discord, sqlite_store) as opened:
        yield opened


@asynccontextmanager
async def _open(discord: FakeDiscord, store: Store) -> AsyncIterator[_House]:
    clock = ReplayClock(SystemClock().now())
    account = Account(SecretStr(discord.token), clock)
    yield _House(make_newsroom(store, clock, account), store, clock)
    await account.close()


@pytest.fixture
def place(discord: FakeDiscord) -> Json:
    """Give a channel."""
    return discord.world.add_channel(discord.world.add_guild(), "stories")


async def test_a_story_goes_where_its_beat_is_followed(
    discord: FakeDiscord, house: _House, place: Json
) -> None:
    """Channels that follow its beat or all of them get a story, those that follow another one do not."""
    other = discord.world.add_channel(discord.world.add_guild(), "agents")
    everything = discord.world.add_channel(discord.world.add_guild(), "everything")
    await follow(house.store, place)
    await follow(house.store, other, "agents")
    await follow(house.store, everything, subscriptions.ALL_BEATS)
    (story,) = await put_approved(house.store, 1)
    assert await post.run(house.newsroom) == [story.id]
    for there in (place, everything):
        see_whole(discord.world, there, await house.publications(there))
    assert discord.world.in_channel(other) == []


async def test_a_card_says_what_it_has_to(discord: FakeDiscord, house: _House, place: Json) -> None:
    """Link, disclaimer and both buttons stand on the card; the thread closes with the disclaimer, too."""
    await follow(house.store, place)
    (story,) = await put_approved(house.store, 1)
    await post.run(house.newsroom)
    (card,) = cards_in(discord.world, place)
    embed = card["embeds"][0]
    assert embed["url"] == f"https://groundswell.example/stories/{story.id}"
    assert "assembled by Groundswell without a language model" in embed["footer"]["text"]
    assert [item["label"] for item in card["components"][0]["components"]] == ["Sources", "Story page"]
    last = discord.world.in_channel({"id": card["id"]})[-1]
    assert "assembled by Groundswell without a language model" in last["content"]


@pytest.mark.parametrize("kind", [rights.TEXT, rights.FORUM])
async def test_the_picture_stands_on_the_card_with_its_words(
    discord: FakeDiscord, house: _House, kind: int
) -> None:
    """A card shows the story's picture, described for those who do not see it; a retraction takes it away."""
    place = discord.world.add_channel(discord.world.add_guild(), "stories", kind)
    await follow(house.store, place)
    house.newsroom.press = make_press()
    (story,) = await put_approved(house.store, 1)
    await post.run(house.newsroom)
    (card,) = cards_in(discord.world, place)
    (picture,) = card["attachments"]
    assert card["embeds"][0]["image"]["url"] == f"attachment://{picture['filename']}"
    assert story.draft.headline.text in picture["description"]
    assert discord.world.files[picture["id"]].startswith(b"\x89PNG")
    now = house.clock.now()
    await amend.retract(house.store, story.id, "A joke.", remove=False, at=now, dry_run=False)
    await post.run(house.newsroom)
    (card,) = cards_in(discord.world, place)
    assert (card["attachments"], "image" in card["embeds"][0]) == ([], False)


async def test_what_a_story_says_pings_nobody(discord: FakeDiscord, house: _House, place: Json) -> None:
    """A story's mentions and formatting are shown as they are, and no message allows a mention."""
    await follow(house.store, place)
    (story,) = await put_approved(house.store, 1)
    hostile = _saying(story, "@everyone <@1> [gift](https://x.example) **now**")
    channel = make_channel(Account(SecretStr(discord.token), house.clock))
    content = await channel.plan(_order(hostile), house.clock.now())
    assert r"\@everyone \<\@1\> \[gift\]" in content["embed"]["title"]
    assert r"\*\*now\*\*" in content["embed"]["description"]
    await post.run(house.newsroom)
    sent = discord.sent("POST", "/messages$")
    assert len(sent) > 1
    assert all(body["allowed_mentions"] == {"parse": []} for body in sent)


def _order(story: Story) -> Order:
    return Order(PublicationKind.STORY, story, {})


def _saying(story: Story, text: str) -> Story:
    claim = Claim("c1", ClaimKind.ANALYSIS, text)
    return replace(story, draft=replace(story.draft, headline=claim, deck=replace(claim, id="c2")))


@pytest.mark.parametrize("trouble", ["gone", "unseen", "silenced", "tagless", "left"])
async def test_a_channel_that_is_lost_is_marked_and_left_alone(
    discord: FakeDiscord, house: _House, trouble: str
) -> None:
    """A channel that is lost is marked with the reason and not asked again; others get the story."""
    world = discord.world
    lost = world.add_channel(world.add_guild(), "a", rights.FORUM if trouble == "tagless" else rights.TEXT)
    good = world.add_channel(world.add_guild(), "b")
    for channel in (lost, good):
        await follow(house.store, channel)
    await put_approved(house.store, 1)
    {
        "gone": lambda: world.remove_channel(lost),
        "unseen": lambda: world.deny(lost, "view_channel"),
        "silenced": lambda: world.deny(lost, "send_messages"),
        "tagless": lambda: lost.update(flags=rights.REQUIRE_TAG),
        "left": lambda: world.remove_bot(world.guilds[lost["guild_id"]]),
    }[trouble]()
    await post.run(house.newsroom)
    see_whole(world, good, await house.publications(good))
    (given_up,) = await house.publications(lost)
    assert given_up.state is PublicationState.CONFLICT
    told = {
        "gone": "the channel is gone", "unseen": "no longer see", "silenced": "lacks a permission",
        "tagless": "requires a tag", "left": "no longer see",
    }  # fmt: skip
    assert told[trouble] in (await house.lost(lost) or "")
    assert await house.lost(good) is None
    asked = len(discord.requests)
    house.clock.advance(house.clock.now() + timedelta(days=2))
    await post.run(house.newsroom)
    assert len(discord.requests) == asked


async def test_a_forum_gets_the_tag_that_is_named_after_the_beat(discord: FakeDiscord, house: _House) -> None:
    """In a forum that requires a tag the one with the beat's name is set."""
    tag = {"id": discord.world.snowflake(), "name": "open source", "moderated": False}
    tag |= {"emoji_id": None, "emoji_name": None}
    forum = discord.world.add_channel(
        discord.world.add_guild(), "forum", rights.FORUM, available_tags=[tag], flags=rights.REQUIRE_TAG
    )
    await follow(house.store, forum)
    await put_approved(house.store, 1)
    await post.run(house.newsroom)
    see_whole(discord.world, forum, await house.publications(forum))
    (card,) = cards_in(discord.world, forum)
    assert discord.world.channels[card["id"]]["applied_tags"] == [tag["id"]]


async def test_a_channel_that_has_to_wait_gets_its_stories_in_order(
    discord: FakeDiscord, house: _House, place: Json
) -> None:
    """While a story waits for another try in a channel, later ones wait behind it."""
    other = discord.world.add_channel(discord.world.add_guild(), "other")
    for channel in (place, other):
        await follow(house.store, channel)
    told = await put_approved(house.store, 1, 2)
    discord.fail("POST", f"/channels/{place['id']}/messages$", 403, code=20001)
    await post.run(house.newsroom)
    assert discord.world.in_channel(place) == []
    see_whole(discord.world, other, await house.publications(other))
    await post.run(house.newsroom)
    assert discord.world.in_channel(place) == []
    house.clock.advance(house.clock.now() + timedelta(minutes=2))
    await post.run(house.newsroom)
    see_whole(discord.world, place, await house.publications(place))
    async with house.store.read() as connection:
        assert {(await stories.get(connection, s.id)).state for s in told} == {StoryState.PUBLISHED}


async def test_a_halt_stops_within_a_second_and_the_resume_goes_on(
    discord: FakeDiscord, house: _House, place: Json
) -> None:
    """A thread that is being written when somebody halts stops there; after the resume it is whole, once."""
    await follow(house.store, place)
    await put_approved(house.store, 1)
    # What is said in the thread, after the card.
    discord.limit("POST", f"/channels/(?!{place['id']})\\d+/messages$", seconds=30)
    sending = asyncio.create_task(post.run(house.newsroom))
    await until(lambda: any(status == 429 for *_, status in discord.requests))
    await switches.halt(house.newsroom, "lin", "a wrong number")
    halted = time.monotonic()
    await sending
    # On an idle machine it is a quarter of a second; the limit alone takes thirty.
    assert time.monotonic() - halted < 5
    assert post._LOOK_SECONDS <= 0.5
    asked = len(discord.requests)
    (waiting,) = await house.publications(place)
    assert waiting.state is PublicationState.FAILED
    house.clock.advance(house.clock.now() + timedelta(hours=1))
    await post.run(house.newsroom)
    assert len(discord.requests) == asked
    await switches.resume(house.newsroom, "lin")
    await post.run(house.newsroom)
    see_whole(discord.world, place, await house.publications(place))


@pytest.mark.parametrize("kept_in", ["quiet hours", "mute", "halt", "dry run"])
async def test_what_is_kept_in_reaches_no_channel_until_it_may(
    discord: FakeDiscord, house: _House, place: Json, kept_in: str
) -> None:
    """Quiet hours, a muted beat, a halt and a dry run hold for the next process too; then the story comes."""
    await follow(house.store, place)
    await put_approved(house.store, 1)
    newsroom, now = house.newsroom, house.clock.now()
    newsroom.book = beats.load()
    if kept_in == "quiet hours":
        span = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
        newsroom.settings = load(quiet_hours=span)
    elif kept_in == "mute":
        await switches.mute(newsroom, "open-source", "lin")
    elif kept_in == "halt":
        await switches.halt(newsroom, "lin")
    else:
        newsroom.settings = load(mode="dry-run")
    for _ in range(2):
        await post.run(newsroom)
        async with _open(discord, house.store) as next_process:
            next_process.newsroom.settings = newsroom.settings
            await post.run(next_process.newsroom)
    assert discord.requests == []
    house.clock.advance(now + timedelta(hours=2))
    await switches.unmute(newsroom, "open-source", "lin")
    await switches.resume(newsroom, "lin")
    newsroom.settings = load(quiet_hours=newsroom.settings.quiet_hours)
    await post.run(newsroom)
    see_whole(discord.world, place, await house.publications(place))


async def test_a_long_limit_is_kept_without_waiting(discord: FakeDiscord, house: _House, place: Json) -> None:
    """A rate limit of ten minutes is not waited out: the story is due when Discord says, not before."""
    await follow(house.store, place)
    await put_approved(house.store, 1)
    discord.limit("POST", "/messages$", 600)
    before = house.clock.now()
    await post.run(house.newsroom)
    (waiting,) = await house.publications(place)
    assert waiting.retry_at == before + timedelta(seconds=600)
    house.clock.advance(waiting.retry_at)
    await post.run(house.newsroom)
    see_whole(discord.world, place, await house.publications(place))


async def test_a_wrong_token_is_told_and_tried_again(
    discord: FakeDiscord, house: _House, place: Json
) -> None:
    """With a token that Discord refuses the story waits, and the reason is kept without the token."""
    discord.token = "another"
    await follow(house.store, place)
    await put_approved(house.store, 1)
    await post.run(house.newsroom)
    (waiting,) = await house.publications(place)
    assert waiting.state is PublicationState.FAILED
    assert "Improper token" in (waiting.error or "")
    assert await house.lost(place) is None


async def test_an_id_that_no_button_can_hold_is_not_planned(discord: FakeDiscord, house: _House) -> None:
    """A story whose id does not fit a button is refused before anything is sent."""
    (story,) = await put_approved(house.store, 1)
    channel = make_channel(Account(SecretStr(discord.token), house.clock))
    with pytest.raises(PublishError, match="does not fit a button"):
        await channel.plan(_order(replace(story, id="x" * 81)), house.clock.now())


async def test_a_retraction_stops_what_is_not_there_yet(
    discord: FakeDiscord, house: _House, place: Json
) -> None:
    """A story that is retracted before a place got it never comes there."""
    await follow(house.store, place)
    (story,) = await put_approved(house.store, 1)
    discord.fail("POST", f"/channels/{place['id']}/messages$", 403, code=20001)
    await post.run(house.newsroom)
    now = house.clock.now()
    await amend.retract(house.store, story.id, "It was a joke.", remove=False, at=now, dry_run=False)
    house.clock.advance(now + timedelta(hours=1))
    await post.run(house.newsroom)
    assert discord.world.in_channel(place) == []
    assert [item.state for item in await house.publications(place)] == [
        PublicationState.WITHDRAWN, PublicationState.SENT,
    ]  # fmt: skip
