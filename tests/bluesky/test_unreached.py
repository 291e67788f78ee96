"""A bot that never reached Bluesky: it starts, the site publishes, and Bluesky gets the story later."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import app, settings
from bot.domain.publication import PublicationState
from bot.domain.story import StoryState
from bot.pipeline import post
from bot.store import publications, stories
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.driver import ALL_SENT, SOME_WAIT
from tests.bluesky.rig import make_bot, see_whole
from tests.bluesky.story import NOWHERE, put_approved

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import BlueskyNetwork


async def test_a_service_that_never_reached_the_network_starts_and_publishes(tmp_path: Path) -> None:
    """With nobody at Bluesky's address the newsroom opens, the site has the story, and Bluesky is owed it."""
    store = await open_store(sqlite_url(tmp_path))
    (story,) = await put_approved(store, 1)
    await store.close()
    named = {"bluesky_handle": "bot.example", "bluesky_app_password": SecretStr("a-password")}
    alone = settings.load(data_dir=tmp_path, bluesky_service=NOWHERE, **named)
    async with app.newsroom(alone) as newsroom:
        assert sorted(newsroom.channels) == ["bluesky", "site"]
        assert await post.run(newsroom) == [story.id]
        async with newsroom.store.read() as connection:
            known = await publications.of_story(connection, story.id)
            assert (await stories.get(connection, story.id)).state is StoryState.PUBLISHED
    mine = {item.channel: item for item in known}
    assert mine["site"].state is PublicationState.SENT
    owed = mine["bluesky"]
    assert (owed.state, owed.attempts, owed.content) == (PublicationState.OWED, 1, {})
    assert owed.retry_at is not None
    assert "no answer" in (owed.error or "")


async def test_a_story_reaches_bluesky_once_it_can_be_reached(
    network: BlueskyNetwork, tmp_path: Path
) -> None:
    """However often it starts while the server is away, the bot sends the story once it is back, once."""
    bot = await make_bot(network, tmp_path)
    away = replace(bot, service=NOWHERE)
    assert away.run() == SOME_WAIT
    assert away.run("failed.begin") == -signal.SIGKILL
    assert bot.run() == ALL_SENT
    assert bot.run() == ALL_SENT
    await see_whole(bot)
