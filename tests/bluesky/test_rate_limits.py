"""The server's rate limits, as the real server counts them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.errors import PublishError
from bot.publish.bluesky import records
from tests.bluesky.story import make_account, make_channel, make_story, planned
from tests.network import BlueskyNetwork, bluesky_network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POINTS_AN_HOUR, _POINTS_A_CREATE, _MOST_WRITES = 5000, 3, 200


@pytest.fixture(scope="module")
def strict_network(postgres_server: str) -> Iterator[BlueskyNetwork]:
    """Run a network whose server limits rates as the public one does."""
    server = postgres_server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE strict STRATEGY file_copy")
    with bluesky_network(f"{server}strict", rate_limits=True) as running:
        yield running


async def test_a_story_past_the_limit_waits_until_the_server_says(
    strict_network: BlueskyNetwork, tmp_path: Path
) -> None:
    """The thread over the hour's points is sent neither in parts nor before its time, and is not lost."""
    bot = strict_network.create_account("bot")
    spent = 0
    while spent + _MOST_WRITES * _POINTS_A_CREATE < _POINTS_AN_HOUR - 50:
        like = {"$type": "app.groundswell.filler", "createdAt": "2026-01-01T00:00:00Z"}
        create = {"$type": "com.atproto.repo.applyWrites#create", "collection": like["$type"], "value": like}
        bot.do("com.atproto.repo.applyWrites", {"repo": bot.did, "writes": [create] * _MOST_WRITES})
        spent += _MOST_WRITES * _POINTS_A_CREATE
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
    assert timedelta() < retry_at - SystemClock().now() <= timedelta(hours=1)
    # 200 points were left; a thread of six with its article and note takes 24, and the site's record some.
    assert len(bot.records(records.POST)) == 6 * sent
    assert sent == 8
    with pytest.raises(PublishError, match="limited until"):
        await channel.send(waiting)
    # The server counts in memory; a new hour is a new process.
    strict_network.restart()
    clock.advance(retry_at)
    remote = await channel.send(waiting)
    assert [it["uri"] for it in remote["posts"]] == [it["uri"] for it in bot.records(records.POST)][-6:]
    assert len(bot.records(records.POST)) == 6 * (sent + 1)
    await account.close()
