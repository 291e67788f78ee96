"""The loopback Discord behaves as Discord is documented, towards a discord.py that knows nothing of it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord as sdk
import pytest
from discord import app_commands

from tests.discord_lab import rights
from tests.discord_lab.world import ClientError
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.discord.conftest import Log
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

_INTENTS = sdk.Intents(guilds=True, guild_messages=True)


class _Client(sdk.Client):
    """The least there is of a bot: it keeps what it hears."""

    def __init__(self) -> None:
        super().__init__(intents=_INTENTS, guild_ready_timeout=0.05)
        self.heard: list[sdk.Message] = []
        self.resumed = 0
        self.tree = app_commands.CommandTree(self)

    async def on_message(self, message: sdk.Message) -> None:
        """Keep a message."""
        self.heard.append(message)

    async def on_resumed(self) -> None:
        """Count a session taken up again."""
        self.resumed += 1


@asynccontextmanager
async def _connected(discord: FakeDiscord) -> AsyncIterator[_Client]:
    client = _Client()
    await client.login(discord.token)
    running = asyncio.create_task(client.connect())
    await asyncio.wait_for(client.wait_until_ready(), 20)
    yield client
    await client.close()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def stories(discord: FakeDiscord) -> Json:
    """Give a channel."""
    return discord.world.add_channel(discord.world.add_guild(), "stories")


async def _channel(client: _Client, channel: Json) -> Any:
    return client.get_channel(int(channel["id"])) or await client.fetch_channel(int(channel["id"]))


async def test_what_breaks_the_schema_comes_back_as_discord_says_it(
    discord: FakeDiscord, stories: Json
) -> None:
    """What is too long or empty is refused, with Discord's codes."""
    async with _connected(discord) as client:
        channel = await _channel(client, stories)
        with pytest.raises(sdk.HTTPException, match="256 or fewer") as refused:
            await channel.send(embed=sdk.Embed(title="x" * 257))
        assert refused.value.code == 50035
        for wrong in ({"content": "x" * 2001}, {"embeds": [sdk.Embed(description="x" * 3001)] * 2}):
            with pytest.raises(sdk.HTTPException) as refused:
                await channel.send(**wrong)
            assert refused.value.code == 50035
        with pytest.raises(sdk.HTTPException) as refused:
            await channel.send("")
        assert refused.value.code == 50006
        assert discord.world.in_channel(stories) == []


async def test_a_nonce_keeps_a_second_message_out_for_minutes(discord: FakeDiscord, stories: Json) -> None:
    """The same nonce gives the same message, an hour later a second one; history shows no nonce."""
    async with _connected(discord) as client:
        channel = await _channel(client, stories)
        first = await channel.send("one", nonce="n-1")
        assert (await channel.send("one", nonce="n-1")).id == first.id
        discord.world.ahead = timedelta(hours=1)
        assert (await channel.send("one", nonce="n-1")).id != first.id
        assert [message.nonce async for message in channel.history()] == [None, None]


async def test_permissions_are_asked(discord: FakeDiscord, stories: Json) -> None:
    """Without a permission, a channel's sight or the channel itself, the refusal has its own code."""
    async with _connected(discord) as client:
        channel = await _channel(client, stories)
        for names, code in ((["send_messages"], 50013), (["view_channel"], 50001)):
            discord.world.deny(stories, *names)
            with pytest.raises(sdk.Forbidden) as refused:
                await channel.send("x")
            assert refused.value.code == code
        discord.world.remove_channel(stories)
        with pytest.raises(sdk.NotFound) as gone:
            await channel.send("x")
        assert gone.value.code == 10003


async def test_threads_forums_and_announcements(discord: FakeDiscord, stories: Json) -> None:
    """A message has one thread, with its id; a forum can want a tag; a message is announced once."""
    world, guild = discord.world, discord.world.guilds[stories["guild_id"]]
    forum = world.add_channel(guild, "forum", rights.FORUM, flags=rights.REQUIRE_TAG)
    news = world.add_channel(guild, "news", rights.NEWS)
    async with _connected(discord) as client:
        head = await (await _channel(client, stories)).send("head")
        assert (await head.create_thread(name="talk")).id == head.id
        with pytest.raises(sdk.HTTPException) as refused:
            await head.create_thread(name="talk")
        assert refused.value.code == 160004
        with pytest.raises(sdk.HTTPException) as refused:
            await (await _channel(client, forum)).create_thread(name="post", content="x")
        assert refused.value.code == 40067
        told = await (await _channel(client, news)).send("news")
        await told.publish()
        with pytest.raises(sdk.HTTPException) as refused:
            await told.publish()
        assert refused.value.code == 40033


async def test_words_are_read_only_by_whom_they_are_for(discord: FakeDiscord, stories: Json) -> None:
    """Without the privileged intent a bot reads its own words and those that mention or ping it."""
    ann = discord.person("ann", discord.world.guilds[stories["guild_id"]])
    async with _connected(discord) as client:
        await (await _channel(client, stories)).send("head")
        head = discord.world.in_channel(stories)[0]
        ann.says(stories, "unseen")
        ann.says(stories, "unseen too", to=head, ping=False)
        ann.says(stories, "a reply", to=head)
        ann.says(stories, f"<@{discord.world.bot['id']}> a call")
        await until(lambda: len(client.heard) == 5)
        call = f"<@{discord.world.bot['id']}> a call"
        assert [message.content for message in client.heard] == ["head", "", "", "a reply", call]


async def test_a_cut_connection_is_resumed_with_what_was_missed(
    discord: FakeDiscord, stories: Json, log: Log
) -> None:
    """After a cut the session goes on and what was said meanwhile arrives, once."""
    ann = discord.person("ann", discord.world.guilds[stories["guild_id"]])
    async with _connected(discord) as client:
        await discord.gateway.drop()
        ann.says(stories, f"<@{discord.world.bot['id']}> missed")
        await until(lambda: client.resumed == 1 and len(client.heard) == 1)
    log.forgive()


async def test_limits_and_failures_are_met_by_the_library(discord: FakeDiscord, stories: Json) -> None:
    """A 429 and a global one are waited out by discord.py, and the message is there once."""
    async with _connected(discord) as client:
        channel = await _channel(client, stories)
        discord.limit("POST", "/messages$", 0.01)
        await channel.send("one")
        discord.limit("POST", "/messages$", 0.01, everywhere=True)
        await channel.send("two")
        assert [m["content"] for m in discord.world.in_channel(stories)] == ["one", "two"]
        assert [s for m, p, _, s in discord.requests if m == "POST" and "/messages" in p] == [429, 200] * 2


async def test_an_interaction_is_answered_once(discord: FakeDiscord, stories: Json, log: Log) -> None:
    """A second first answer is refused; what was not registered or is hidden cannot be used."""
    ann = discord.person("ann", discord.world.guilds[stories["guild_id"]])
    codes: list[int] = []
    async with _connected(discord) as client:

        @client.tree.command(name="twice", description="Answers twice")
        async def twice(interaction: sdk.Interaction) -> None:
            await interaction.response.send_message("one")
            interaction.response._response_type = None
            try:
                await interaction.response.send_message("two")
            except sdk.HTTPException as error:
                codes.append(error.code)

        @client.tree.command(name="hidden", description="For the guild's own")
        @app_commands.default_permissions(manage_guild=True)
        async def hidden(interaction: sdk.Interaction) -> None:
            await interaction.response.send_message("never")

        with pytest.raises(ClientError, match="not registered"):
            await ann.slash(stories, "twice")
        await client.tree.sync()
        assert ann.answer_to(await ann.slash(stories, "twice"))["content"] == "one"
        await until(lambda: codes == [40060])
        with pytest.raises(ClientError, match="hidden"):
            await ann.slash(stories, "hidden")
    log.forgive()


async def test_strangers_are_refused(discord: FakeDiscord, stories: Json) -> None:  # noqa: ARG001 - there has to be a guild
    """A wrong token does not get in, nor a bot that wants a privileged intent."""
    client = _Client()
    with pytest.raises(sdk.LoginFailure):
        await client.login("wrong")
    await client.http.close()
    greedy = sdk.Client(intents=sdk.Intents(guilds=True, message_content=True))
    await greedy.login(discord.token)
    with pytest.raises(sdk.PrivilegedIntentsRequired):
        await greedy.connect()
    await greedy.close()
