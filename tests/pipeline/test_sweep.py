"""Asking again: what was taken back unheard leaves a story before it is planned, and daily afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.collect.http import open_fetcher
from bot.collect.youtube import YouTube
from bot.domain.record import RecordKind
from bot.domain.story import StoryState
from bot.pipeline import sweep, tick
from bot.store import rechecks, records, sources, stories
from tests.collect.loopback import NEARBY, open_site, reply
from tests.factory import make_record
from tests.pipeline import week
from tests.pipeline.asked import Memory
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom
    from tests.pipeline.paper import Paper

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def memories(newsroom: Newsroom) -> dict[str, Memory]:
    """Give the newsroom a source to ask again for every source of the week."""
    found = {name: Memory(name) for name in ("reddit", "hackernews", "discourse", "bluesky", "rss")}
    newsroom.recheckable = dict(found)
    return found


async def _only(newsroom: Newsroom) -> Story:
    async with newsroom.store.read() as connection:
        (story,) = await stories.every(connection)
    return story


def _cited(story: Story) -> set[str]:
    return {item.record_id for claim in story.draft.claims() for item in claim.citations}


async def _tell(newsroom: Newsroom, memories: Mapping[str, Memory]) -> Story:
    """Have the story written and not yet planned: every source is down."""
    for memory in memories.values():
        memory.down = True
    assert await tick.run(newsroom) == []
    for memory in memories.values():
        memory.down = False
    story = await _only(newsroom)
    assert story.state is StoryState.APPROVED
    return story


async def test_what_a_story_cites_is_asked_for_before_it_goes_out(
    newsroom: Newsroom, paper: Paper, memories: dict[str, Memory], signalled: list[Record]
) -> None:
    """Each cited post is asked for once, at its own source, and then the story is published."""
    assert signalled
    (story_id,) = await tick.run(newsroom)
    asked = [one for memory in memories.values() for one in memory.asked]
    assert set(asked) == _cited(await _only(newsroom))
    assert len(asked) == len(set(asked))
    assert list(paper.printed) == [f"{story_id}@1/paper"]


async def test_a_post_deleted_unheard_is_not_published(
    newsroom: Newsroom,
    clock: ReplayClock,
    paper: Paper,
    memories: dict[str, Memory],
    signalled: list[Record],
) -> None:
    """A post whose deletion nobody announced is out of story and store before the story is planned."""
    drafted = await _tell(newsroom, memories)
    body = [claim for paragraph in drafted.draft.paragraphs[1:] for claim in paragraph.claims[1:]]
    lost = next(claim.citations[0].record_id for claim in body if len(claim.citations) == 1)
    for memory in memories.values():
        memory.gone = {lost}
    clock.advance(clock.now() + 5 * timedelta(minutes=1))
    (story_id,) = await tick.run(newsroom)
    (printed,) = paper.printed.values()
    was = next(record for record in signalled if record.id == lost)
    assert lost not in printed["cited"]
    assert not any(was.text in text for text in printed["text"])
    async with newsroom.store.read() as connection:
        assert await records.get(connection, [lost]) == {}
        assert (await stories.get(connection, story_id)).version == 2


async def test_a_source_that_is_down_delays_a_story_for_an_hour(
    newsroom: Newsroom,
    clock: ReplayClock,
    paper: Paper,
    memories: dict[str, Memory],
    signalled: list[Record],
) -> None:
    """While a source is down the story waits, the others are not asked again and again; then it goes out."""
    assert signalled
    memories["reddit"].down = True
    assert await tick.run(newsroom) == []
    clock.advance(clock.now() + timedelta(minutes=10))
    assert await tick.run(newsroom) == []
    assert paper.printed == {}
    asked = len(memories["hackernews"].asked)
    assert asked == len(set(memories["hackernews"].asked))
    clock.advance(clock.now() + HOUR)
    assert len(await tick.run(newsroom)) == 1
    async with newsroom.store.read() as connection:
        states = await sources.all_states(connection)
    assert any(state.failures and state.source == "reddit" for state in states)
    # What could not be asked about is due at the next sweep.
    memories["reddit"].down = False
    clock.advance(clock.now() + HOUR)
    await sweep.run(newsroom)
    assert memories["reddit"].asked


async def test_public_stories_are_swept_daily(
    newsroom: Newsroom,
    clock: ReplayClock,
    memories: dict[str, Memory],
    signalled: list[Record],
) -> None:
    """A day after publication everything cited is asked for again, once; what is gone corrects the story."""
    assert signalled
    (story_id,) = await tick.run(newsroom)
    await sweep.run(newsroom)
    first = sum(len(memory.asked) for memory in memories.values())
    cited = _cited(await _only(newsroom))
    assert first == len(cited)
    # Of an article that is gone the title stays.
    gone = min(record_id for record_id in cited if not record_id.startswith("rss:"))
    for memory in memories.values():
        memory.gone = {gone}
    clock.advance(clock.now() + DAY + HOUR)
    assert await sweep.run(newsroom) == 1
    assert await sweep.run(newsroom) == 0
    assert sum(len(memory.asked) for memory in memories.values()) == first + len(cited)
    await tick.run(newsroom)
    async with newsroom.store.read() as connection:
        mended = await stories.get(connection, story_id)
    assert mended.state in {StoryState.CORRECTED, StoryState.RETRACTED}
    assert gone not in _cited(mended)


async def test_old_stories_are_swept_monthly(
    newsroom: Newsroom,
    clock: ReplayClock,
    memories: dict[str, Memory],
    signalled: list[Record],
) -> None:
    """After a month in public a story is asked about once in thirty days."""
    assert signalled
    await tick.run(newsroom)
    clock.advance(clock.now() + timedelta(days=31))
    await sweep.run(newsroom)
    asked = sum(len(memory.asked) for memory in memories.values())
    clock.advance(clock.now() + timedelta(days=29))
    await sweep.run(newsroom)
    assert sum(len(memory.asked) for memory in memories.values()) == asked
    clock.advance(clock.now() + timedelta(days=2))
    await sweep.run(newsroom)
    assert sum(len(memory.asked) for memory in memories.values()) > asked


async def test_a_place_that_breaks_does_not_stop_the_others(
    newsroom: Newsroom, clock: ReplayClock, memories: dict[str, Memory], signalled: list[Record]
) -> None:
    """An error nobody foresaw in one source leaves the others asked."""
    assert signalled
    await tick.run(newsroom)
    clock.advance(clock.now() + 2 * DAY)
    memories["reddit"].gone = None  # type: ignore[assignment]  # an error in the source itself
    before = len(memories["hackernews"].asked)
    await sweep.run(newsroom)
    assert len(memories["hackernews"].asked) > before


async def test_comments_that_cannot_be_asked_about_do_not_hide_deleted_videos(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Without a key a deleted video is still found, however many comments of the same place were cited."""
    on_youtube = partial(make_record, source="youtube", community="youtube")
    comments = [on_youtube(kind=RecordKind.COMMENT) for _ in range(61)]
    video = on_youtube(native_id="video", url="https://www.youtube.com/watch?v=video")
    async with newsroom.store.write() as connection:
        await house.furnish(connection)
        await records.add(connection, [*comments, video], clock.now())
        await stories.create(connection, house.make_story([*comments, video], state=StoryState.PUBLISHED))
    async with open_site() as site, open_fetcher(newsroom.settings, network=NEARBY) as fetcher:
        site.answer = lambda _: reply(status=404)
        newsroom.recheckable = {"youtube": YouTube(fetcher, ["UCfictional"], site=site.url)}
        assert await sweep.run(newsroom) == 1
    async with newsroom.store.read() as connection:
        assert await records.get(connection, [video.id]) == {}
        states = {state.target: state for state in await sources.all_states(connection)}
    assert states["recheck youtube"].failures == 0
    assert "GROUNDSWELL_YOUTUBE_API_KEY" in str(states["recheck youtube comments"].last_error)


async def test_a_vanished_article_loses_its_quote_and_keeps_its_link(newsroom: Newsroom) -> None:
    """Of an article whose page is gone, headline and link stay; its text leaves the store and stays out."""
    article = week.matter("heron-licence")[0]
    newsroom.recheckable = {}
    article = replace(article, kind=RecordKind.ARTICLE, title="Heron 3 changes hands", text="The text of it.")
    async with newsroom.store.write() as connection:
        await records.add(connection, [article], newsroom.clock.now())
        await records.unquote(connection, [article.id], newsroom.clock.now())
        again = await records.add(connection, [article], newsroom.clock.now())
        (left,) = (await records.get(connection, [article.id])).values()
        due = await rechecks.due(connection, newsroom.clock.now() + 60 * DAY, [article.source], 10, each=10)
    assert (left.title, left.url, left.text) == (article.title, article.url, "")
    assert again.refused == 1
    assert due == []
