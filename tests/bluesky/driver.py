"""A bot that publishes what is approved and ends; made to be killed at any instant and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot import settings
from bot.domain import failpoints
from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.story import StoryState
from bot.operate import logs
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.bluesky.session import Account as BotAccount
from bot.publish.site import SiteChannel
from bot.store import publications, stories
from bot.store.engine import open_store, sqlite_url
from tests import forks
from tests.bluesky.story import SITE, make_channel, make_press

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess

    from bot.domain.publication import Publication
    from bot.publish.port import Channel
    from bot.store.engine import Store
    from tests.network import Account

ALL_SENT, SOME_WAIT = 0, 3
_PATIENCE = 250


@dataclass(frozen=True)
class Bot:
    """A bot with a store of its own in `folder`; `service` is the server, if not the account's own."""

    folder: Path
    account: Account
    service: str = ""

    def start(self, failpoint: str = "") -> ForkServerProcess:
        """Start the bot in a process of its own; `failpoint` as GROUNDSWELL_FAILPOINT has it."""
        service = self.service or self.account.network.pds_url
        where = (str(self.folder), service, self.account.handle, self.account.password)
        return forks.start(_be, *where, failpoint)

    def run(self, failpoint: str = "") -> int:
        """Run the bot to its end, whichever it comes to, and return its exit code."""
        process = self.start(failpoint)
        # Many stories take long on a busy machine; the test's own time limit is what ends a bot that hangs.
        process.join(_PATIENCE)
        process.kill()
        process.join()
        code = process.exitcode
        process.close()
        assert code is not None
        return code

    async def publications(self) -> list[Publication]:
        """Return what the outbox holds for Bluesky; every story has to be there once, and public."""
        store = await open_store(sqlite_url(self.folder))
        try:
            return await _outbox(store)
        finally:
            await store.close()


async def _outbox(store: Store) -> list[Publication]:
    async with store.read() as connection:
        told = await stories.every(connection)
        found = []
        for story in told:
            mine = await publications.of_story(connection, story.id)
            assert sorted(item.channel for item in mine) == ["bluesky", "site"]
            assert story.state is StoryState.PUBLISHED
            found += [item for item in mine if item.channel == "bluesky"]
    return found


def _be(folder: str, service: str, handle: str, password: str, failpoint: str) -> None:
    os.environ[failpoints.VARIABLE] = failpoint
    logs.configure("ERROR")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(asyncio.run(_publish(Path(folder), service, handle, SecretStr(password))))


async def _publish(folder: Path, service: str, handle: str, password: SecretStr) -> int:
    store = await open_store(sqlite_url(folder))
    clock = ReplayClock(SystemClock().now())
    account = BotAccount(handle=handle, password=password, service=service, folder=folder, clock=clock)
    try:
        unused: Any = None
        channels: list[Channel] = [make_channel(account), SiteChannel(SITE)]
        newsroom = Newsroom(
            settings=settings.load(), store=store, clock=clock, book=unused, embedder=unused,
            relevance=unused, writer=unused, channels={channel.name: channel for channel in channels},
            press=make_press(),
        )  # fmt: skip
        for item in await _waiting(store):
            if item.retry_at:
                clock.advance(item.retry_at)
        await post.run(newsroom)
        return SOME_WAIT if await _waiting(store) else ALL_SENT
    finally:
        await account.close()
        await store.close()


async def _waiting(store: Store) -> list[Publication]:
    async with store.read() as connection:
        told = await stories.every(connection)
        found = [item for story in told for item in await publications.of_story(connection, story.id)]
    return [item for item in found if not item.settled]


def halted(process: ForkServerProcess) -> bool:
    """Tell whether a bot stands still at its failpoint."""
    state = Path(f"/proc/{process.pid}/stat").read_text("utf-8").rsplit(")", maxsplit=1)[-1].split()[0]
    return state == "T"
