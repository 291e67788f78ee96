"""Setting a bot up to be killed, and seeing what it left."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import httpx2

from bot import settings
from bot.domain.clock import ReplayClock, SystemClock
from bot.pipeline.newsroom import Newsroom
from bot.publish.bluesky import records
from bot.publish.site import SiteChannel
from bot.store.engine import open_store, sqlite_url
from bot.web import site as web
from tests.bluesky.driver import Bot
from tests.bluesky.story import SITE, make_account, make_channel, make_press, put_approved

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.publish.port import Channel
    from tests.network import Account, BlueskyNetwork


async def make_bot(network: BlueskyNetwork, folder: Path, stories: int = 1) -> Bot:
    """Return a bot with an account, and with so many approved stories in its store."""
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    store = await open_store(sqlite_url(folder))
    await put_approved(store, *range(1, stories + 1))
    await store.close()
    return Bot(folder, network.create_account("bot"))


async def see_whole(bot: Bot) -> None:
    """See that each story is one thread, whole and in order, and that there is no other post."""
    there = {record["uri"]: record for record in bot.account.records(records.POST)}
    expected: list[str] = []
    for publication in await bot.publications():
        posts = publication.remote["posts"]
        assert [there[it["uri"]]["cid"] for it in posts] == [it["cid"] for it in posts]
        for above, below in pairwise(posts):
            reply = there[below["uri"]]["value"]["reply"]
            assert (reply["root"]["uri"], reply["parent"]["uri"]) == (posts[0]["uri"], above["uri"])
        moments = [there[it["uri"]]["value"]["createdAt"] for it in posts]
        assert moments == sorted(set(moments))
        expected += [it["uri"] for it in posts]
    assert sorted(there) == sorted(expected)
    assert len(bot.account.records(records.PUBLISHED)) * 6 == len(expected)


@asynccontextmanager
async def open_newsroom(account: Account, folder: Path) -> AsyncIterator[Newsroom]:
    """Give a newsroom with the site and an account of the network as its channels, and a press."""
    store, clock = await open_store(sqlite_url(folder)), ReplayClock(SystemClock().now())
    bot = make_account(account, folder, clock)
    unused: Any = None
    channels: list[Channel] = [SiteChannel(SITE), make_channel(bot)]
    try:
        yield Newsroom(
            settings=settings.load(data_dir=folder, site_url=SITE), store=store, clock=clock, book=unused,
            embedder=unused, relevance=unused, writer=unused,
            channels={channel.name: channel for channel in channels}, press=make_press(),
        )  # fmt: skip
    finally:
        await bot.close()
        await store.close()


async def page(newsroom: Newsroom, path: str) -> httpx2.Response:
    """Ask the newsroom's site for a page."""
    site = web.build(store=newsroom.store, settings=newsroom.settings, beats={}, clock=newsroom.clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=site), base_url=SITE) as reader:
        return await reader.get(path)
