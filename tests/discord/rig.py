"""A bot on a loopback Discord that told a story in a channel, and the people there."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot import app
from bot.detect import beats
from bot.domain.clock import SystemClock
from bot.domain.story import StoryState
from bot.pipeline import post
from bot.pipeline.newsroom import Office
from bot.publish.discord.session import Account
from bot.settings import load
from bot.store import signals
from handlers.discord.client import Bot, set_up
from tests.bluesky.story import SITE, make_story
from tests.discord.driver import make_newsroom
from tests.discord.places import cards_in, follow
from tests.discord_lab.rights import PERMISSIONS
from tests.store import house as store_house
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.domain.clock import Clock
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.store.engine import Store
    from tests.discord_lab.people import Person
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

READY_SECONDS = 0.05


@dataclass
class House:
    """A connected bot with one story told in `channel`. `ann` is a member, `mo` manages the guild."""

    discord: FakeDiscord
    store: Store
    office: Office
    guild: Json
    channel: Json
    ann: Person
    mo: Person
    cited: list[Record]
    story: Story
    bot: Bot
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, as a process that knows nothing of earlier ones does."""
        self.bot = Bot(SecretStr(self.discord.token), self.office, ready_seconds=READY_SECONDS)
        self._task = asyncio.create_task(self.bot.connect())
        await until(lambda: self.bot.client is not None and self.bot.client.is_ready())

    async def stop(self) -> None:
        """Disconnect."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def restart(self) -> None:
        """Have another process take over."""
        await self.stop()
        await self.start()

    @property
    def card(self) -> Json:
        """The story's card in the channel."""
        return cards_in(self.discord.world, self.channel)[0]

    @property
    def parts(self) -> list[Json]:
        """The messages of the story's thread."""
        return [m for m in self.discord.world.in_channel(self.thread) if m["type"] == 0]

    @property
    def thread(self) -> Json:
        """The story's thread."""
        return self.discord.world.channels[self.card["id"]]

    def answers(self, message: Json) -> list[Json]:
        """Return the bot's replies to a message."""
        here = self.discord.world.in_channel({"id": message["channel_id"]})
        ours = [m for m in here if m["author"]["id"] == self.discord.world.bot["id"]]
        return [m for m in ours if (m.get("message_reference") or {}).get("message_id") == message["id"]]

    async def post(self) -> None:
        """Post what is due."""
        await _post(self.store, self.discord, self.office.clock)

    async def tell(self, number: int) -> Story:
        """Tell another story and post it where it is followed."""
        return await _tell(self.store, self.discord, self.office.clock, self.cited, number)


async def _tell(store: Store, discord: FakeDiscord, clock: Clock, cited: list[Record], number: int) -> Story:
    signal_id = f"heron-{number}"
    async with store.write() as connection:
        await signals.add(connection, store_house.make_signal(id=signal_id))
        story = replace(make_story(number, paragraphs=12, cited=cited), signal_id=signal_id)
        story = await store_house.put(connection, story, StoryState.APPROVED)
    await _post(store, discord, clock)
    return story


async def _post(store: Store, discord: FakeDiscord, clock: Clock) -> None:
    account = Account(SecretStr(discord.token), clock)
    await post.run(make_newsroom(store, clock, account))
    await account.close()


@asynccontextmanager
async def open_house(discord: FakeDiscord, store: Store, **settings: Any) -> AsyncIterator[House]:
    """Give a bot that told one story."""
    world, clock = discord.world, SystemClock()
    guild = world.add_guild()
    channel = world.add_channel(guild, "stories")
    keepers = world.add_role(guild, "keepers", PERMISSIONS["manage_guild"])
    await follow(store, channel)
    async with store.write() as connection:
        cited = await store_house.furnish(connection)
    office = Office(
        settings=load(site_url=SITE, operator="The Example Society", **settings),
        store=store, clock=clock, book=beats.load(),
    )  # fmt: skip
    story = await _tell(store, discord, clock, cited, 1)
    token = SecretStr(discord.token)
    await set_up(token, office)
    house = House(
        discord=discord, store=store, office=office, guild=guild, channel=channel,
        ann=discord.person("ann", guild), mo=discord.person("mo", guild, keepers), cited=cited, story=story,
        bot=app.discord_bot(token, office),
    )  # fmt: skip
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
