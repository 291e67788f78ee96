"""From the opened newsroom to the answer: what publishing freezes is what answering finds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import app, settings
from bot.pipeline import post
from bot.store import publications
from handlers.bluesky import Listener
from tests.bluesky.story import put_approved

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import Account, BlueskyNetwork


async def test_a_published_thread_answers_for_each_of_its_posts(
    network: BlueskyNetwork, tmp_path: Path, ann: Account
) -> None:
    """A newsroom with an account listens every 15 seconds, and answers under the threads it posts."""
    bot = await asyncio.to_thread(network.create_account, "bot")
    configured = settings.load(
        data_dir=tmp_path, bluesky_handle=bot.handle, bluesky_app_password=bot.password,
        bluesky_service=network.pds_url,
    )  # fmt: skip
    async with app.newsroom(configured) as newsroom:
        (listener,) = newsroom.listeners
        assert isinstance(listener, Listener)
        assert listener.seconds == 15
        (story,) = await put_approved(newsroom.store, 1)
        await post.run(newsroom)
        async with newsroom.store.read() as connection:
            (told,) = [
                publication
                for publication in await publications.of_story(connection, story.id)
                if publication.channel == "bluesky"
            ]
        posts = told.remote["posts"]
        await asyncio.to_thread(network.until, lambda: network.posts(*(made["uri"] for made in posts)))
        asked = await asyncio.to_thread(ann.reply, posts[2], "source?", root=posts[0])
        await asyncio.to_thread(network.until, lambda: network.posts(asked["uri"]))
        await listener.run()
    answers = [
        made["value"]["text"]
        for made in bot.records("app.bsky.feed.post")
        if made["value"].get("reply", {}).get("parent", {}).get("uri") == asked["uri"]
    ]
    claimed = {claim.id: claim for claim in story.draft.claims()}
    cited = {item.quote for claim_id in posts[2]["claims"] for item in claimed[claim_id].citations}
    assert cited
    assert len(answers) == 1
    assert all(quote[:40] in answers[0] for quote in cited)
