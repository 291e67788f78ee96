"""How long a story takes from the outbox to the followers, beside posting it post by post with the SDK.

Both run on the reference servers, in turns, with the same six posts, the same card and picture, and sessions
that are open. One clock stops when the server has taken the last post, the other when the AppView shows all
six. Both are measured twice: an idle server sleeps for up to a second before it passes on what is new,
however that was sent; one on which others write does not. What follows is the AppView's own work, a post
after the other (docs/decisions/0031-how-soon-a-thread-is-seen.md).
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atproto import AsyncClient, AsyncRequest, models
from websockets.asyncio.client import connect

from benchmarks.measure import Measure
from bot import settings
from bot.domain.clock import SystemClock
from bot.operate import logs
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.bluesky import records
from bot.store import cards, publications
from bot.store.engine import open_store, sqlite_url
from tests import postgres
from tests.bluesky.story import make_account, make_channel, make_press, put_approved
from tests.network import bluesky_network

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence

    from bot.domain.publication import Publication
    from tests.network import Account, BlueskyNetwork

_ROUNDS, _WARM = 20, 3
_TARGET = 4.0
_RACED = frozenset({"taken", "shown"})
_LOOK_SECONDS = 0.005
_PATIENCE_SECONDS = 30
_OTHERS_WRITE_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the outbox until the server has a thread, has passed it on, and the AppView shows it."""

    taken: float
    passed_on: float
    shown: float

    @property
    def indexing(self) -> float:
        """Seconds for which the AppView alone is at work."""
        return self.shown - self.passed_on


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the median seconds of a thread of six posts with a card, and how many times faster that is."""
    logs.configure("ERROR")
    with postgres.server() as server, bluesky_network(server) as network:
        idle, busy = asyncio.run(_races(network))
    yield from _compared("taken", idle, most=0.1)
    for where, times in (("", idle), ("-busy", busy)):
        yield from _compared("shown", times, most=1.0, where=where)
        yield from _compared("passed-on", times, most=0.7, where=where)
        yield from _compared("indexing", times, most=0.3, where=where)


def _compared(
    name: str, times: tuple[Sequence[Times], Sequence[Times]], *, most: float, where: str = ""
) -> Iterator[Measure]:
    mine, other = (statistics.median(getattr(it, name.replace("-", "_")) for it in some) for some in times)
    beside = {"send_post": round(other, 4)}
    yield Measure(f"thread/{name}{where}", round(mine, 4), "s, median", most, least=False, beside=beside)
    if name in _RACED:
        yield Measure(f"thread/{name}-faster{where}", round(other / mine, 2), "times send_post", _TARGET)


async def _races(network: BlueskyNetwork) -> list[tuple[list[Times], list[Times]]]:
    """Return the times of every thread, ours and post by post: others silent, and others writing."""
    bot, other, crowd = (network.create_account(name) for name in ("bot", "other", "crowd"))
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        newsroom, account = await _newsroom(bot, Path(folder))
        client = AsyncClient(network.pds_url, AsyncRequest(timeout=30))
        await client.login(other.handle, other.password, fetch_bsky_profile=False)
        waiting = await _outbox(newsroom)
        half = _ROUNDS + _WARM
        async with _listening(network) as passed_on:
            found = [await _race(network, newsroom, client, other.did, waiting[:half], passed_on)]
            async with _writing(crowd):
                found.append(await _race(network, newsroom, client, other.did, waiting[half:], passed_on))
        await client.request.close()
        await account.close()
        await newsroom.store.close()
    return found


async def _race(
    network: BlueskyNetwork,
    newsroom: Newsroom,
    client: AsyncClient,
    did: str,
    waiting: Sequence[Publication],
    passed_on: Mapping[str, float],
) -> tuple[list[Times], list[Times]]:
    ours, theirs = list[Times](), list[Times]()
    for publication in waiting:
        own = publication.content["did"]
        ours.append(await _timed(network, _commit(newsroom, publication), own, passed_on))
        async with newsroom.store.read() as connection:
            card = await cards.get(connection, publication.story_id, publication.version)
        assert card is not None
        sending = _post_by_post(client, did, _values(publication), card.png)
        theirs.append(await _timed(network, sending, did, passed_on))
    return ours[_WARM:], theirs[_WARM:]


async def _timed(
    network: BlueskyNetwork, sending: Awaitable[Sequence[str]], did: str, passed_on: Mapping[str, float]
) -> Times:
    begun = time.perf_counter()
    uris = await sending
    taken = time.perf_counter() - begun
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while not await asyncio.to_thread(network.posts, *uris):  # noqa: ASYNC110 - another process's doing
            await asyncio.sleep(_LOOK_SECONDS)
    return Times(taken, passed_on[did] - begun, time.perf_counter() - begun)


@asynccontextmanager
async def _listening(network: BlueskyNetwork) -> AsyncIterator[Mapping[str, float]]:
    """Give when the server last passed something on of each account, by did."""
    heard: dict[str, float] = {}
    url = f"{network.pds_url.replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos"

    async def listen() -> None:
        async with connect(url, max_size=None) as stream:
            async for frame in stream:
                assert isinstance(frame, bytes)
                start = frame.find(b"did:plc:")
                heard[frame[start : start + 32].decode()] = time.perf_counter()

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()


@asynccontextmanager
async def _writing(crowd: Account) -> AsyncIterator[None]:
    """Have somebody else write on the server meanwhile."""

    async def write() -> None:
        filler = {"$type": "app.groundswell.filler", "createdAt": "2026-01-01T00:00:00Z"}
        while True:
            await asyncio.to_thread(crowd.create, filler["$type"], filler)
            await asyncio.sleep(_OTHERS_WRITE_EVERY)

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        writing.cancel()


async def _commit(newsroom: Newsroom, publication: Publication) -> list[str]:
    await post.send(newsroom, publication)
    return [said["uri"] for said in publication.content["posts"]]


async def _newsroom(bot: Account, folder: Path) -> tuple[Newsroom, Any]:
    store = await open_store(sqlite_url(folder))
    approved = await put_approved(store, *range(1, 2 * (_ROUNDS + _WARM) + 1))
    account = make_account(bot, folder)
    await account.open()
    channel, unused = make_channel(account), None
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "relevance", "writer"), unused)
    newsroom = Newsroom(
        **parts, settings=settings.load(), store=store, clock=SystemClock(),
        channels={channel.name: channel}, press=make_press(),
    )  # fmt: skip
    for story in approved:
        await post.plan(newsroom, story)
    await post.freeze(newsroom)
    return newsroom, account


async def _outbox(newsroom: Newsroom) -> list[Publication]:
    async with newsroom.store.read() as connection:
        return await publications.due(connection, newsroom.clock.now())


def _values(publication: Publication) -> list[Mapping[str, Any]]:
    writes = publication.content["writes"]
    return [write["value"] for write in writes if write["collection"] == records.POST]


async def _post_by_post(
    client: AsyncClient, did: str, values: Sequence[Mapping[str, Any]], picture: bytes
) -> list[str]:
    """Post a thread as the SDK's users do: the picture first, each post when the one before was answered."""
    thumb = (await client.upload_blob(picture)).blob
    refs: list[Any] = []
    for value in values:
        above = models.AppBskyFeedPost.ReplyRef(root=refs[0], parent=refs[-1]) if refs else None
        external = value.get("embed", {}).get("external")
        card = external and models.AppBskyEmbedExternal.Main(
            external=models.AppBskyEmbedExternal.External(
                uri=external["uri"],
                title=external["title"],
                description=external["description"],
                thumb=thumb,
            )
        )
        live = [models.AppBskyRichtextFacet.Main.model_validate(facet) for facet in value.get("facets", ())]
        sent = await client.send_post(
            value["text"], profile_identify=did, reply_to=above, embed=card, facets=live
        )
        refs.append(models.ComAtprotoRepoStrongRef.Main(uri=sent.uri, cid=sent.cid))
    return [ref.uri for ref in refs]
