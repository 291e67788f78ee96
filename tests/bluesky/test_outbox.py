"""The outbox when a channel says that trying again would not help, or that it cannot plan a story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import settings
from bot.domain.errors import PublishError
from bot.domain.publication import PublicationState
from bot.domain.story import StoryState
from bot.pipeline import post
from bot.pipeline.newsroom import Newsroom
from bot.publish.site import SiteChannel
from bot.store import publications, stories
from tests.bluesky.story import SITE, put_approved
from tests.pipeline.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.publish.port import Channel
    from bot.store.engine import Store


def _newsroom(store: Store, clock: ReplayClock, channel: Channel) -> Newsroom:
    parts: dict[str, Any] = dict.fromkeys(("book", "embedder", "relevance", "writer"))
    channels: dict[str, Channel] = {channel.name: channel, "site": SiteChannel(SITE)}
    return Newsroom(**parts, settings=settings.load(), store=store, clock=clock, channels=channels)


async def test_a_conflict_is_for_the_desk_and_never_tried_again(store: Store, clock: ReplayClock) -> None:
    """A publication in conflict is marked so, with what is wrong; the story is public elsewhere."""
    (story,) = await put_approved(store, 1)
    paper = Paper(troubles=[PublishError("half of it is gone", conflict=True)])
    newsroom = _newsroom(store, clock, paper)
    assert await post.run(newsroom) == [story.id]
    for days in range(1, 4):
        clock.advance(clock.now().replace(month=3 + days))
        assert await post.run(newsroom) == []
    async with store.read() as connection:
        mine = {item.channel: item for item in await publications.of_story(connection, story.id)}
    assert (mine["paper"].state, mine["paper"].error) == (PublicationState.CONFLICT, "half of it is gone")
    assert mine["paper"].retry_at is None
    assert mine["site"].state is PublicationState.SENT
    assert paper.sends.total() == 1


async def test_a_channel_that_cannot_plan_does_not_stop_the_others(store: Store, clock: ReplayClock) -> None:
    """A story that one channel refuses to plan is public on the others, and nothing is frozen for the one."""

    class Narrow(Paper):
        def plan(self, story: Story, records: Mapping[str, Record], now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the port's signature
            msg = f"{story.id} is too long"
            raise PublishError(msg)

    (story,) = await put_approved(store, 1)
    assert await post.run(_newsroom(store, clock, Narrow())) == [story.id]
    async with store.read() as connection:
        assert [item.channel for item in await publications.of_story(connection, story.id)] == ["site"]
        assert (await stories.get(connection, story.id)).state is StoryState.PUBLISHED
