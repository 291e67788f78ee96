"""A burst of talk, from the first post to the paper."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.publication import PublicationState
from bot.domain.signal import SignalKind, SignalState
from bot.domain.story import StoryState
from bot.domain.text import quotations
from bot.pipeline import tick, watch
from bot.store import pages, publications, records, signals, stories, storylines
from tests.pipeline import week
from tests.pipeline.conftest import EVE
from tests.pipeline.steps import live, step

if TYPE_CHECKING:
    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom
    from tests.pipeline.paper import Paper

_BURST = "heron-licence"


async def test_one_burst_is_one_signal_one_story_and_one_publication(
    listening: Newsroom, clock: ReplayClock, paper: Paper
) -> None:
    """A day of talk about one matter puts one signal on the wire and one story on the paper, once."""
    published = await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=20))
    async with listening.store.read() as connection:
        wire = await signals.latest(connection, 10)
        told = await stories.every(connection)
        sent = await publications.of_story(connection, published[0])
    assert len(wire) == len(told) == len(published) == len(sent) == 1
    assert (wire[0].kind, told[0].state) == (SignalKind.NEWCOMER, StoryState.PUBLISHED)
    assert (told[0].id, told[0].signal_id, told[0].version) == (published[0], wire[0].id, 1)
    assert sent[0].state is PublicationState.SENT
    assert paper.sends == Counter({sent[0].id: 1})


async def test_what_is_told_is_what_was_said(listening: Newsroom, clock: ReplayClock) -> None:
    """Every quotation and every citation of the story stands verbatim in the record that it cites."""
    (story_id,) = await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=20))
    async with listening.store.read() as connection:
        story = await stories.get(connection, story_id)
        cited = [item for claim in story.draft.claims() for item in claim.citations]
        kept = await records.get(connection, [item.record_id for item in cited])
    assert cited
    assert all(kept[item.record_id].says(item.quote) for item in cited)
    for claim in story.draft.claims():
        said = [kept[item.record_id].words for item in claim.citations]
        assert all(any(quote in words for words in said) for quote in quotations(claim.text)), claim.text
    assert {week.planted()[item.record_id] for item in cited} == {_BURST}


async def test_a_matter_ripens_before_it_is_told(listening: Newsroom, clock: ReplayClock) -> None:
    """Between the signal and the story lie three hours, and the story tells what was said until then."""
    await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=20))
    async with listening.store.read() as connection:
        (signal,) = await signals.latest(connection, 10)
        (story,) = await stories.every(connection)
    assert story.created_at - signal.detected_at == timedelta(hours=3)
    assert story.numbers["records"] > signal.observed


async def test_everyday_talk_is_no_signal(listening: Newsroom, clock: ReplayClock) -> None:
    """A week of unrelated small talk puts nothing on the wire."""
    said = [record for record in week.noise() if record.created_at > EVE]
    assert await live(listening, clock, said, until=EVE + timedelta(days=3)) == []
    async with listening.store.read() as connection:
        assert await signals.latest(connection, 1) == []


@pytest.mark.parametrize("key", ["farm-zentra", "copies-basalt-press", "thin-basalt"])
async def test_what_is_no_groundswell_is_no_signal(listening: Newsroom, clock: ReplayClock, key: str) -> None:
    """A farm of accounts, a copied press release and a thin conversation put nothing on the wire."""
    said = week.matter(key)
    said = week.again(said, after=EVE + timedelta(hours=3) - said[0].created_at, name="now")
    assert await live(listening, clock, said, until=EVE + timedelta(days=2)) == []
    async with listening.store.read() as connection:
        heard = await records.get(connection, [record.id for record in said])
        assert await signals.latest(connection, 1) == []
    assert len(heard) == len(said)


async def test_without_a_day_of_listening_nothing_is_new(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A bot that has listened for less than a day finds no signal, however loud it is."""
    said = week.matter(_BURST)
    clock.advance(said[0].created_at - timedelta(hours=1))
    await live(newsroom, clock, said, until=said[0].created_at + timedelta(hours=20))
    async with newsroom.store.read() as connection:
        assert await signals.latest(connection, 1) == []


async def test_a_signal_knows_its_matter(listening: Newsroom, clock: ReplayClock) -> None:
    """A signal carries exactly the originals of its window as evidence, and its matter a name and a beat."""
    await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=13))
    async with listening.store.read() as connection:
        (signal,) = await signals.latest(connection, 10)
        line = await storylines.get(connection, signal.storyline_id)
        said = await storylines.said_in(
            connection, signal.storyline_id, signal.window_start, signal.window_end
        )
        (entry,) = await pages.wire(connection, limit=10)
    assert sorted(signal.evidence) == sorted(record.id for record in said)
    assert signal.observed == len(said)
    assert signal.authors == len({record.author_key for record in said})
    assert line.beat in {"open-source", "local-models"}
    assert "heron" in line.label.lower()
    assert entry.state is SignalState.OPEN


async def test_watching_twice_at_one_time_finds_nothing_more(listening: Newsroom, clock: ReplayClock) -> None:
    """The same hour is watched once; at the next a matter that is on the wire stays one entry."""
    await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=12))
    assert await watch.run(listening) == []
    listening.memory.forget()
    assert await watch.run(listening) == []
    await step(listening, clock, [], until=EVE + timedelta(hours=13))
    assert await watch.run(listening) == []


async def test_a_tick_with_nothing_due_changes_nothing(listening: Newsroom, clock: ReplayClock) -> None:
    """Ticks after everything is done find nothing to do."""
    await live(listening, clock, week.matter(_BURST), until=EVE + timedelta(hours=20))
    assert [await tick.run(listening) for _ in range(3)] == [[], [], []]
