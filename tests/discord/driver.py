"""A bot that publishes what is approved and ends; made to be killed at any instant and started again."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.domain import failpoints
from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.publication import PublicationState
from bot.operate import logs
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.discord.channel import DiscordChannel
from bot.publish.discord.session import Account
from bot.publish.site import SiteChannel
from bot.settings import load
from bot.store import publications, stories
from bot.store.engine import open_store, sqlite_url
from tests import forks
from tests.bluesky.story import BEATS, SITE
from tests.discord_lab.server import point_at

if TYPE_CHECKING:
    from bot.domain.clock import Clock
    from bot.domain.publication import Publication
    from bot.store.engine import Store
    from tests.discord_lab.server import FakeDiscord

ALL_SENT, SOME_WAIT = 0, 3


@dataclass(frozen=True)
class Bot:
    """A bot with a store of its own in `folder`."""

    folder: Path
    discord: FakeDiscord

    async def run(self, *, ahead: timedelta = timedelta()) -> int:
        """Run the bot to its end, its clock so far ahead; return what its exit code would be."""
        return await _publish(self.folder, SecretStr(self.discord.token), ahead)

    async def die(self, failpoint: str, *, ahead: timedelta = timedelta()) -> int:
        """Run the bot in a process that kills itself at this point; return its exit code."""
        where = (str(self.folder), self.discord.port, self.discord.token, failpoint, ahead)
        process = forks.start(_be, *where)
        await asyncio.to_thread(process.join, 60)
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        assert code is not None
        return code


def make_channel(account: Account) -> DiscordChannel:
    """Return the channel of an account."""
    return DiscordChannel(account, bot_name="Groundswell", site_url=SITE, beat_names=BEATS)


def make_newsroom(store: Store, clock: Clock, account: Account) -> Newsroom:
    """Return a newsroom that publishes on its site and wherever on Discord it is followed."""
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "relevance", "writer"))
    channel = make_channel(account)
    site = {"site": SiteChannel(SITE)}
    return Newsroom(
        **parts, settings=load(), store=store, clock=clock, channels=site, followed={channel.name: channel}
    )


async def all_publications(store: Store) -> list[Publication]:
    """Return what the outbox holds, story by story."""
    async with store.read() as connection:
        told = await stories.every(connection)
        return [item for story in told for item in await publications.of_story(connection, story.id)]


def _be(folder: str, port: int, token: str, failpoint: str, ahead: timedelta) -> None:
    os.environ[failpoints.VARIABLE] = failpoint
    logs.configure("ERROR")
    point_at(port)
    sys.exit(asyncio.run(_publish(Path(folder), SecretStr(token), ahead)))


async def _publish(folder: Path, token: SecretStr, ahead: timedelta) -> int:
    store = await open_store(sqlite_url(folder))
    clock = ReplayClock(SystemClock().now() + ahead)
    account = Account(token, clock)
    try:
        for item in await all_publications(store):
            if item.retry_at:
                clock.advance(item.retry_at)
        await post.run(make_newsroom(store, clock, account))
        found = await all_publications(store)
        return ALL_SENT if all(item.state is PublicationState.SENT for item in found) else SOME_WAIT
    finally:
        await account.close()
        await store.close()
