"""The server's rate limits, as the real server counts them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.errors import PublishError
from bot.publish.bluesky import records
from tests.bluesky.story import make_account, make_channel, make_story, planned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.network import BlueskyNetwork

_POINTS_AN_HOUR, _POINTS_A_CREATE, _MOST_WRITES, _LEFT = 5000, 3, 200, 60


@pytest.fixture
def strict_network(network: BlueskyNetwork) -> Iterator[BlueskyNetwork]:
    """Give the network with a server that limits rates as the public one does."""
    network.restart(rate_limits=True)
    yield network
    network.restart()


async def test_a_story_past_the_limit_waits_until_the_server_says(
    strict_network: BlueskyNetwork, tmp_path: Path
) -> None:
    """The thread over the hour's points is sent neither in parts nor before its time, and is not lost."""
    bot = strict_network.create_account("bot")
    like = {"$type": "app.groundswell.filler", "createdAt": "2026-01-01T00:00:00Z"}
    create = {"$type": "com.atproto.repo.applyWrites#create", "collection": like["$type"], "value": like}
    fillers = (_POINTS_AN_HOUR - _LEFT) // _POINTS_A_CREATE
    while fillers:
        now = min(fillers, _MOST_WRITES)
        bot.do("com.atproto.repo.applyWrites", {"repo": bot.did, "writes": [create] * now})
        fillers -= now
    clock = ReplayClock(SystemClock().now())
    account = make_account(bot, tmp_path, clock)
    await account.open()
    channel = make_channel(account)
    sent = 0
    retry_at = None
    waiting = await planned(channel, make_story(1))
    while retry_at is None:
        try:
            await channel.send(waiting)
            sent += 1
            waiting = await planned(channel, make_story(sent + 1))
        except PublishError as error:
            retry_at = error.retry_at
            if retry_at is None:
                raise
    # The hour began when the bot did.
    assert timedelta(minutes=30) < retry_at - SystemClock().now() <= timedelta(hours=1)
    # A thread of six with its article and note takes 24 points, and the site's record some.
    assert len(bot.records(records.POST)) == 6 * sent
    assert sent == 2
    with pytest.raises(PublishError, match="limited until"):
        await channel.send(waiting)
    # The server counts in memory; a new hour is a new process.
    strict_network.restart(rate_limits=True)
    clock.advance(retry_at)
    remote = await channel.send(waiting)
    assert [it["uri"] for it in remote["posts"]] == [it["uri"] for it in bot.records(records.POST)][-6:]
    assert len(bot.records(records.POST)) == 6 * (sent + 1)
    await account.close()
