"""Following beats in a server's channels, and losing them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from bot.pipeline import amend
from bot.store import publications, subscriptions
from bot.store.subscriptions import Subscription
from tests.discord.places import cards_in
from tests.discord_lab import rights
from tests.discord_lab.world import ClientError
from tests.factory import NOON
from tests.waiting import until

if TYPE_CHECKING:
    from bot.store.engine import Store
    from tests.discord.rig import House
    from tests.discord_lab.schema import Json


async def _all(house: House) -> list[Subscription]:
    async with house.store.read() as connection:
        return await subscriptions.of_guild(connection, "discord", house.guild["id"])


async def _said(house: House, name: str, /, **values: object) -> str:
    message = house.mo.answer_to(await house.mo.slash(house.channel, name, **values))
    assert message["flags"] & rights.EPHEMERAL
    texts = [message["content"], *(embed.get("description") or "" for embed in message["embeds"])]
    return "\n".join(texts)


def _told(house: House) -> list[str]:
    """Return what the bot wrote to people directly."""
    world = house.discord.world
    direct = [channel for channel in world.channels.values() if channel["type"] == rights.DM]
    return [message["content"] for channel in direct for message in world.in_channel(channel)]


def _overwritten(channel: object) -> bool:
    return bool(getattr(channel, "overwrites", None))


def _seen(channel: object) -> bool:
    return isinstance(channel, discord.TextChannel) and channel.permissions_for(channel.guild.me).view_channel


@pytest.fixture
def agents(house: House) -> Json:
    """Give another channel of the same guild."""
    return house.discord.world.add_channel(house.guild, "agents")


async def test_a_beat_is_followed_shown_and_left(house: House, agents: Json) -> None:
    """/follow starts, /following shows, /unfollow ends it; what is posted follows."""
    beats = await house.mo.typing(agents, "follow", beat="open")
    assert beats[0]["value"] == "open-source"
    assert "will be posted in" in await _said(house, "follow", beat="open-source", channel=agents)
    second = await house.tell(2)
    assert [card["embeds"][0]["title"] for card in cards_in(house.discord.world, agents)] == [
        second.draft.headline.text
    ]
    assert f"<#{agents['id']}>" in await _said(house, "following")
    offered = await house.mo.typing(agents, "unfollow", what="agents")
    assert "Nothing more on" in await _said(house, "unfollow", what=offered[0]["value"])
    assert "not followed here" in await _said(house, "unfollow", what=offered[0]["value"])
    await house.tell(3)
    assert len(cards_in(house.discord.world, agents)) == 1
    (left,) = await _all(house)
    assert left.place == house.channel["id"]


async def test_all_beats_can_be_followed_at_once(house: House, agents: Json) -> None:
    """The first offer is all beats; an unknown beat is refused."""
    offered = await house.mo.typing(agents, "follow", beat="")
    assert offered[0] == {"name": "All beats", "value": "*"}
    assert len(offered) <= 25
    assert "All beats" in await _said(house, "follow", beat="*", channel=agents)
    assert "no such beat" in await _said(house, "follow", beat="nonesuch", channel=agents)


async def test_a_channel_the_bot_cannot_post_in_is_refused_with_what_is_lacking(
    house: House, agents: Json
) -> None:
    """/follow names the permissions and the tag it lacks, and keeps nothing; voice is not offered."""
    house.discord.world.deny(agents, "embed_links", "create_public_threads")
    client = house.bot.client
    assert client
    await until(lambda: _overwritten(client.get_channel(int(agents["id"]))))
    told = await _said(house, "follow", beat="*", channel=agents)
    assert "embed links, create public threads" in told or "create public threads, embed links" in told
    forum = house.discord.world.add_channel(house.guild, "forum", rights.FORUM, flags=rights.REQUIRE_TAG)
    await until(lambda: client.get_channel(int(forum["id"])))
    assert "requires a tag" in await _said(house, "follow", beat="open-source", channel=forum)
    voice = house.discord.world.add_channel(house.guild, "voice", 2)
    with pytest.raises(ClientError, match="no such channel"):
        await house.mo.slash(house.channel, "follow", beat="*", channel=voice)
    assert [item.place for item in await _all(house)] == [house.channel["id"]]


async def test_a_forum_that_requires_a_tag_is_asked_for_those_of_the_beats(house: House) -> None:
    """All beats are followed in such a forum once it has a tag for each; what is missing is named."""
    client, names = house.bot.client, [beat.name for beat in house.office.book.beats]
    tags = [
        {"id": house.discord.world.snowflake(), "name": name, "moderated": False, "emoji_id": None,
         "emoji_name": None}
        for name in names
    ]  # fmt: skip
    assert client
    some = {"available_tags": tags[1:], "flags": rights.REQUIRE_TAG}
    forum = house.discord.world.add_channel(house.guild, "some", rights.FORUM, **some)
    await until(lambda: client.get_channel(int(forum["id"])))
    told = await _said(house, "follow", beat="*", channel=forum)
    assert "requires a tag" in told
    assert names[0] in told
    assert names[1] not in told
    whole = house.discord.world.add_channel(
        house.guild, "all", rights.FORUM, available_tags=tags, flags=rights.REQUIRE_TAG
    )
    await until(lambda: client.get_channel(int(whole["id"])))
    assert "All beats" in await _said(house, "follow", beat="*", channel=whole)


async def test_who_followed_is_told_once_that_a_channel_is_lost(house: House, agents: Json) -> None:
    """A deleted channel is marked, the one who followed is told once, and /following shows why."""
    await _said(house, "follow", beat="*", channel=agents)
    house.discord.world.remove_channel(agents)
    await _lost(house, 1)
    for _ in range(2):
        await house.bot.run()
    (told,) = _told(house)
    assert told.startswith(f"I can no longer post stories in <#{agents['id']}>: the channel was deleted.")
    assert "the channel was deleted" in await _said(house, "following")
    again = house.discord.world.add_channel(house.guild, "agents")
    assert "will be posted" in await _said(house, "follow", beat="*", channel=again)


async def test_a_server_that_removes_the_bot_is_posted_to_no_more(house: House, agents: Json) -> None:
    """When the bot is removed from a server all its channels are marked, and nobody is asked again."""
    await _said(house, "follow", beat="*", channel=agents)
    house.discord.world.remove_bot(house.guild)
    await _lost(house, 2)
    assert {item.lost for item in await _all(house)} == {"the bot was removed from the server"}
    asked = len(house.discord.sent("GET", f"/channels/{agents['id']}"))
    await house.tell(2)
    assert len(house.discord.sent("GET", f"/channels/{agents['id']}")) == asked


async def test_what_was_to_be_taken_back_is_when_a_lost_channel_is_followed_anew(house: House) -> None:
    """A retraction that the bot was shut out from comes once it is let in again; the desk forgets it."""
    world, place, client = house.discord.world, house.channel, house.bot.client
    world.deny(place, "view_channel")
    now = house.office.clock.now()
    await amend.retract(house.store, house.story.id, "A joke.", remove=False, at=now, dry_run=False)
    await house.post()
    await _lost(house, 1)
    assert house.card["embeds"][0]["title"] == house.story.draft.headline.text
    place["permission_overwrites"].clear()
    world.deny(place)
    assert client
    await until(lambda: _seen(client.get_channel(int(place["id"]))))
    assert "will be posted" in await _said(house, "follow", beat="open-source", channel=place)
    await house.post()
    assert house.card["embeds"][0]["title"] == "This story was retracted"
    async with house.store.read() as connection:
        assert await publications.in_conflict(connection) == []


async def test_somebody_who_takes_no_messages_is_left_in_peace(house: House, agents: Json) -> None:
    """If the one who followed takes no direct messages, that is tried once."""
    await _said(house, "follow", beat="*", channel=agents)
    house.discord.fail("POST", "/users/@me/channels", 403, code=50007)
    house.discord.world.remove_channel(agents)
    await _lost(house, 1)
    for _ in range(2):
        await house.bot.run()
    assert _told(house) == []
    async with house.store.read() as connection:
        assert await subscriptions.untold(connection, "discord") == []


async def test_who_followed_can_be_forgotten(house: House, agents: Json) -> None:
    """/forget-me takes a person out of the subscriptions they made; the channels go on following."""
    await _said(house, "follow", beat="*", channel=agents)
    await house.mo.slash(house.channel, "forget-me")
    assert {item.followed_by for item in await _all(house)} == {None}
    assert len(await _all(house)) == 2


async def _lost(house: House, number: int) -> None:
    """Wait until so many subscriptions are marked as lost."""
    for _ in range(3000):
        if len([item for item in await _all(house) if item.lost]) >= number:
            return
        await asyncio.sleep(0.01)
    msg = "nothing was lost"
    raise AssertionError(msg)


async def test_following_in_the_store(store: Store) -> None:
    """A place follows a beat once; following again mends what was lost, on both databases."""
    one = Subscription("discord", "1", "agents", "g", NOON, followed_by="7")
    async with store.write() as connection:
        all_beats = (Subscription("discord", place, "*", "g", NOON) for place in ("1", "2"))
        for item in (one, one, *all_beats):
            await subscriptions.follow(connection, item)
        assert await subscriptions.following(connection, "discord", "agents") == ["1", "2"]
        assert await subscriptions.following(connection, "discord", "chips") == ["1", "2"]
        await subscriptions.lose(connection, "discord", "1", "gone")
        await subscriptions.lose(connection, "discord", "1", "gone again")
        assert await subscriptions.following(connection, "discord", "agents") == ["2"]
        assert {item.lost for item in await subscriptions.untold(connection, "discord")} == {"gone"}
        await subscriptions.told(connection, "discord", "1", NOON)
        assert await subscriptions.untold(connection, "discord") == []
        await subscriptions.follow(connection, one)
        assert await subscriptions.following(connection, "discord", "agents") == ["1", "2"]
        await subscriptions.lose_guild(connection, "discord", "g", "left")
        assert await subscriptions.following(connection, "discord", "agents") == []
