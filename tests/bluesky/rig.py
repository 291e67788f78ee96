"""Setting a bot up to be killed, and seeing what it left."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bot.publish.bluesky import records
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.driver import Bot
from tests.bluesky.story import put_approved

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import BlueskyNetwork


async def make_bot(network: BlueskyNetwork, folder: Path, stories: int = 1) -> Bot:
    """Return a bot with an account, and with so many approved stories in its store."""
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
