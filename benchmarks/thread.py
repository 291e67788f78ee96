"""How long a story takes from the outbox to the followers, beside posting it post by post with the SDK.

Both run on the reference servers, in turns, with the same six posts and the same card. One clock stops when
the server has taken the last post, the other when the AppView shows all six. The second includes how long the
server waits before it passes on what is new, up to a second when it had nothing to do, and the indexing.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from atproto import AsyncClient, AsyncRequest, models

from benchmarks.measure import Measure
from bot import settings
from bot.domain.clock import SystemClock
from bot.operate import logs
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
    from collections.abc import Awaitable, Iterator, Mapping, Sequence

    from bot.domain.publication import Publication
    from tests.network import Account, BlueskyNetwork

_ROUNDS, _WARM = 30, 3
_TARGET = 4.0
_LOOK_SECONDS = 0.01
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the outbox until the server has a thread, and until the AppView shows it."""

    taken: float
    shown: float


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the median seconds of a thread of six posts with a card, and how many times faster that is."""
    logs.configure("ERROR")
    with postgres.server() as server:
        url = server.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE bluesky")
        with bluesky_network(f"{url}bluesky") as network:
            ours, theirs = asyncio.run(_race(network))
    for name, most in (("taken", 0.1), ("shown", 1.0)):
        mine, other = (statistics.median(getattr(it, name) for it in times) for times in (ours, theirs))
        beside = {"send_post": round(other, 4)}
        yield Measure(f"thread/{name}", round(mine, 4), "s, median", most, least=False, beside=beside)
        yield Measure(f"thread/{name}-faster", round(other / mine, 2), "times send_post", _TARGET)


async def _race(network: BlueskyNetwork) -> tuple[list[Times], list[Times]]:
    """Return the times of every thread, ours and post by post."""
    bot, other = network.create_account("bot"), network.create_account("other")
    ours, theirs = list[Times](), list[Times]()
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        newsroom, account = await _newsroom(bot, Path(folder))
        client = AsyncClient(network.pds_url, AsyncRequest(timeout=30))
        await client.login(other.handle, other.password, fetch_bsky_profile=False)
        for publication in await _outbox(newsroom):
            ours.append(await _timed(network, _commit(newsroom, publication)))
            theirs.append(await _timed(network, _post_by_post(client, other.did, _values(publication))))
        await client.request.close()
        await account.close()
        await newsroom.store.close()
    return ours[_WARM:], theirs[_WARM:]


async def _timed(network: BlueskyNetwork, sending: Awaitable[Sequence[str]]) -> Times:
    begun = time.perf_counter()
    uris = await sending
    taken = time.perf_counter() - begun
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await asyncio.to_thread(network.posts, *uris):  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(_LOOK_SECONDS)
    return Times(taken, time.perf_counter() - begun)


async def _commit(newsroom: Newsroom, publication: Publication) -> list[str]:
    await post.send(newsroom, publication)
    return [said["uri"] for said in publication.content["posts"]]


async def _newsroom(bot: Account, folder: Path) -> tuple[Newsroom, Any]:
    store = await open_store(sqlite_url(folder))
    approved = await put_approved(store, *range(1, _ROUNDS + _WARM + 1))
    account = make_account(bot, folder)
    await account.open()
    channel, unused = make_channel(account), None
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "relevance", "writer"), unused)
    newsroom = Newsroom(
        **parts, settings=settings.load(), store=store, clock=SystemClock(), channels={channel.name: channel}
    )
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
