"""How long a story takes from the outbox to the followers, beside posting it post by post with the SDK.

Both run on the reference servers, in turns, with the same six posts and the same card. The clock stops when the
AppView shows all six.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from atproto import AsyncClient, AsyncRequest, models

from benchmarks.measure import Measure, say
from bot.domain.clock import SystemClock
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.bluesky import records
from bot.store import publications
from bot.store.engine import open_store, sqlite_url
from tests import postgres
from tests.bluesky.story import make_account, make_channel, put_approved
from tests.network import bluesky_network

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from bot.domain.publication import Publication
    from tests.network import Account, BlueskyNetwork

_ROUNDS, _WARM = 20, 3
_TARGET = 4.0
_LOOK_SECONDS = 0.002


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the median seconds of a thread of six posts with a card, and how many times faster that is."""
    with postgres.server() as server:
        url = server.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE bluesky")
        with bluesky_network(f"{url}bluesky") as network:
            atomic, single = asyncio.run(_race(network))
    ours, theirs = statistics.median(atomic), statistics.median(single)
    say(f"{_ROUNDS} threads of six posts each: {ours:.3f} s in one commit, {theirs:.3f} s post by post")
    yield Measure(
        "thread/outbox-to-appview",
        round(ours, 4),
        "s, median",
        0.5,
        least=False,
        beside={"send_post": round(theirs, 4)},
    )
    yield Measure("thread/times-faster", round(theirs / ours, 2), "times send_post", _TARGET)


async def _race(network: BlueskyNetwork) -> tuple[list[float], list[float]]:
    """Return the seconds of every thread, ours and post by post."""
    bot, other = network.create_account("bot"), network.create_account("other")
    atomic, single = list[float](), list[float]()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        newsroom, account = await _newsroom(bot, Path(folder))
        client = AsyncClient(network.pds_url, AsyncRequest(timeout=30))
        await client.login(other.handle, other.password, fetch_bsky_profile=False)
        for publication in await _outbox(newsroom):
            begun = time.perf_counter()
            await post.send(newsroom, publication)
            await _shown(network, [said["uri"] for said in publication.content["posts"]])
            atomic.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            await _shown(network, await _post_by_post(client, other.did, _values(publication)))
            single.append(time.perf_counter() - begun)
        await client.request.close()
        await account.close()
        await newsroom.store.close()
    return atomic[_WARM:], single[_WARM:]


async def _newsroom(bot: Account, folder: Path) -> tuple[Newsroom, Any]:
    store = await open_store(sqlite_url(folder))
    approved = await put_approved(store, *range(1, _ROUNDS + _WARM + 1))
    account = make_account(bot, folder)
    await account.open()
    channel, unused = make_channel(account), None
    parts: dict[str, Any] = dict.fromkeys(("settings", "book", "embedder", "relevance", "writer"), unused)
    newsroom = Newsroom(**parts, store=store, clock=SystemClock(), channels={channel.name: channel})
    for story in approved:
        await post.plan(newsroom, story)
    return newsroom, account


async def _outbox(newsroom: Newsroom) -> list[Publication]:
    async with newsroom.store.read() as connection:
        return await publications.due(connection, newsroom.clock.now())


def _values(publication: Publication) -> list[Mapping[str, Any]]:
    writes = publication.content["writes"]
    return [write["value"] for write in writes if write["collection"] == records.POST]


async def _post_by_post(client: AsyncClient, did: str, values: Sequence[Mapping[str, Any]]) -> list[str]:
    """Post a thread as the SDK's users do: each post when the one before has been answered."""
    refs: list[Any] = []
    for value in values:
        above = models.AppBskyFeedPost.ReplyRef(root=refs[0], parent=refs[-1]) if refs else None
        external = value.get("embed", {}).get("external")
        card = external and models.AppBskyEmbedExternal.Main(
            external=models.AppBskyEmbedExternal.External(
                uri=external["uri"], title=external["title"], description=external["description"]
            )
        )
        sent = await client.send_post(value["text"], profile_identify=did, reply_to=above, embed=card)
        refs.append(models.ComAtprotoRepoStrongRef.Main(uri=sent.uri, cid=sent.cid))
    return [ref.uri for ref in refs]


async def _shown(network: BlueskyNetwork, uris: Sequence[str]) -> None:
    while not await asyncio.to_thread(network.posts, *uris):
        await asyncio.sleep(_LOOK_SECONDS)
