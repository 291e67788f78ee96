"""Posting: planned once, sent until it is there, and on the paper once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.domain.errors import PublishError
from bot.domain.publication import PublicationState
from bot.domain.story import StoryState
from bot.pipeline import post, tell, tick
from bot.store import publications, stories
from bot.store import records as store_records
from bot.store.schema import records
from tests.pipeline import plant, week
from tests.pipeline.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.publication import Publication
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from bot.publish.port import Order
    from bot.store.engine import Store

_MINUTE = timedelta(minutes=1)


async def _approved(newsroom: Newsroom, clock: ReplayClock) -> Story:
    said = week.matter("parchment-ruling")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "law", said)
    await plant.signal(newsroom, "m1", "law", said, at=clock.now())
    clock.advance(clock.now() + timedelta(hours=3))
    (story,) = await tell.run(newsroom)
    assert story.state is StoryState.APPROVED
    return story


async def _sent(newsroom: Newsroom, story: Story) -> list[Publication]:
    async with newsroom.store.read() as connection:
        return await publications.of_story(connection, story.id)


async def test_an_approved_story_is_planned_sent_and_public(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, store: Store
) -> None:
    """One run freezes the content, sends it and makes the story public; further runs do nothing."""
    newsroom.store = store
    story = await _approved(newsroom, clock)
    assert await post.run(newsroom) == [story.id]
    (publication,) = await _sent(newsroom, story)
    assert (publication.state, publication.sent_at, publication.remote) == (
        PublicationState.SENT, clock.now(), {"page": 1},
    )  # fmt: skip
    async with newsroom.store.read() as connection:
        public = await stories.get(connection, story.id)
    assert (public.state, public.published_at) == (StoryState.PUBLISHED, clock.now())
    assert paper.printed[publication.id]["text"] == [claim.text for claim in story.draft.claims()]
    assert [await post.run(newsroom) for _ in range(2)] == [[], []]
    assert paper.sends.total() == 1


@pytest.mark.parametrize(
    "trouble", [PublishError("the line is cut"), RuntimeError("token=hush"), TimeoutError()]
)
async def test_a_channel_that_fails_is_tried_again_with_the_same_content(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, trouble: Exception
) -> None:
    """A failed try is repeated after longer and longer waits, with what was frozen, until it is there."""
    story = await _approved(newsroom, clock)
    paper.troubles += [trouble] * 3
    begun, waits = clock.now(), []
    published = await post.run(newsroom)
    assert published == []
    for number in range(1, 4):
        (publication,) = await _sent(newsroom, story)
        assert (publication.state, publication.attempts) == (PublicationState.FAILED, number)
        assert "hush" not in (publication.error or "")
        assert publication.retry_at is not None
        waits.append(publication.retry_at - clock.now())
        clock.advance(publication.retry_at - timedelta(seconds=1))
        assert await post.run(newsroom) == []
        assert paper.sends.total() == number
        clock.advance(publication.retry_at)
        published = await post.run(newsroom)
    assert waits == [_MINUTE, 2 * _MINUTE, 4 * _MINUTE]
    assert published == [story.id]
    (publication,) = await _sent(newsroom, story)
    assert (publication.state, publication.error) == (PublicationState.SENT, None)
    assert paper.printed[publication.id]["planned"] == begun.isoformat()
    assert await post.run(newsroom) == []


async def test_a_channel_says_when_to_try_again(newsroom: Newsroom, clock: ReplayClock, paper: Paper) -> None:
    """The network's own time for the next try is kept to."""
    story = await _approved(newsroom, clock)
    later = clock.now() + timedelta(hours=2)
    paper.troubles.append(PublishError("slow down", retry_at=later))
    await post.run(newsroom)
    assert (await _sent(newsroom, story))[0].retry_at == later


async def test_one_channel_down_does_not_keep_the_story_from_the_others(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """A story is public as soon as one channel has it; the other gets it later, and both have it once."""
    good, bad = Paper("good"), Paper("bad", [PublishError("the line is cut")] * 2)
    newsroom.channels = {"bad": bad, "good": good}
    story = await _approved(newsroom, clock)
    assert await post.run(newsroom) == [story.id]
    assert (len(good.printed), len(bad.printed)) == (1, 0)
    for _ in range(3):
        clock.advance(clock.now() + timedelta(hours=1))
        assert await tick.run(newsroom) == []
    assert (good.sends.total(), len(bad.printed)) == (1, 1)
    assert {item.state for item in await _sent(newsroom, story)} == {PublicationState.SENT}


class _Forgetful(Paper):
    """A paper that at first cannot say what it would print, and not for a reason that anybody foresaw."""

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Plan as any paper, once the troubles are over."""
        if self.troubles:
            raise self.troubles.pop(0)
        return await super().plan(order, now)


async def test_a_channel_that_cannot_plan_keeps_the_story_from_no_other(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Where planning fails the story stays owed, and says nothing of the error; the other has it at once."""
    good, bad = Paper("good"), _Forgetful("bad", [RuntimeError("token=hush")])
    newsroom.channels = {"bad": bad, "good": good}
    story = await _approved(newsroom, clock)
    assert await post.run(newsroom) == [story.id]
    owed = next(item for item in await _sent(newsroom, story) if item.channel == "bad")
    assert (owed.state, "hush" in (owed.error or "hush")) == (PublicationState.OWED, False)
    clock.advance(clock.now() + timedelta(hours=1))
    await tick.run(newsroom)
    assert (len(good.printed), len(bad.printed)) == (1, 1)


async def test_what_is_there_is_not_sent_again(newsroom: Newsroom, clock: ReplayClock, paper: Paper) -> None:
    """Whoever comes to send what was due a moment ago finds that it is there, and leaves it."""
    story = await _approved(newsroom, clock)
    await post.plan(newsroom, story)
    await post.freeze(newsroom)
    (due,) = await _sent(newsroom, story)
    assert await post.send(newsroom, due) == (story.id, True)
    assert await post.send(newsroom, due) == (None, False)
    assert paper.sends.total() == 1


async def test_what_was_planned_before_a_crash_is_sent_as_it_was_planned(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """A process that dies between planning and sending leaves a plan that the next one sends unchanged."""
    story = await _approved(newsroom, clock)
    await post.plan(newsroom, story)
    await post.freeze(newsroom)
    (before,) = await _sent(newsroom, story)
    clock.advance(clock.now() + timedelta(hours=1))
    assert await post.run(newsroom) == [story.id]
    assert paper.printed == {before.id: before.content}


class _DeadError(BaseException):
    """The process is gone; nothing may catch it."""


async def test_a_crash_after_sending_sends_the_same_again(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the process dies before it noted the success, the same publication is sent again, and noted."""
    story = await _approved(newsroom, clock)
    noted = publications.sent

    async def dies(*_: object, **__: object) -> None:
        raise _DeadError

    monkeypatch.setattr(publications, "sent", dies)
    with pytest.raises(_DeadError):
        await post.run(newsroom)
    monkeypatch.setattr(publications, "sent", noted)
    assert await post.run(newsroom) == [story.id]
    assert len(paper.printed) == 1
    assert paper.sends.total() == 2


async def test_a_channel_that_is_gone_stops_nobody(newsroom: Newsroom, clock: ReplayClock) -> None:
    """What was planned for a channel that is no longer set up waits, and other channels are served."""
    gone, stays = Paper("a-gone"), Paper("b-stays")
    newsroom.channels = {"a-gone": gone, "b-stays": stays}
    story = await _approved(newsroom, clock)
    await post.plan(newsroom, story)
    await post.freeze(newsroom)
    newsroom.channels = {"b-stays": stays}
    assert await post.run(newsroom) == [story.id]
    assert {item.channel: item.state for item in await _sent(newsroom, story)} == {
        "a-gone": PublicationState.PLANNED,
        "b-stays": PublicationState.SENT,
    }


async def test_an_approved_story_is_checked_once_more_before_it_is_planned(
    newsroom: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """What changed since approval is seen before a story goes out: it is held, and owed anew if approved."""
    story = await _approved(newsroom, clock)
    cited = story.draft.headline.citations[0].record_id
    async with newsroom.store.read() as connection:
        said = (await store_records.get(connection, [cited]))[cited].text
    # No mending is due of it.
    await _rewrite(newsroom, cited, "Nothing.")
    assert await post.run(newsroom) == []
    async with newsroom.store.read() as connection:
        held = await stories.get(connection, story.id)
    assert held.state is StoryState.HELD
    assert "it does not stand as approved" in (held.reason or "")
    assert await _sent(newsroom, story) == []
    assert paper.sends.total() == 0
    await _rewrite(newsroom, cited, said)
    async with newsroom.store.write() as connection:
        await stories.set_state(connection, story.id, StoryState.APPROVED, at=clock.now())
    assert await post.run(newsroom) == [story.id]


async def _rewrite(newsroom: Newsroom, record_id: str, text: str) -> None:
    async with newsroom.store.write() as connection:
        await connection.execute(records.update().where(records.c.id == record_id).values(text=text))
