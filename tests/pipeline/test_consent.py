"""Consent: who may not be quoted is counted, and not a word of theirs reaches a writer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.pipeline import sweep, tell, tick
from bot.store import records, signals, stories
from tests.pipeline.asked import Memory

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

HOUR = timedelta(hours=1)


@pytest.fixture
def reddit(newsroom: Newsroom) -> Memory:
    """Give the newsroom a network that can be asked about its people."""
    network = Memory("reddit")
    newsroom.consenting = {"reddit": network}
    return network


async def _brief(newsroom: Newsroom) -> Brief:
    async with newsroom.store.read() as connection:
        (signal,) = await signals.open_signals(connection)
    return await tell.brief(newsroom, signal, updates=None, until=newsroom.clock.now())


def _voices(brief: Brief) -> set[str]:
    return {item.record.author.id for item in brief.records if item.record.source == "reddit"}


async def test_who_refuses_is_counted_and_never_handed_to_a_writer(
    newsroom: Newsroom, reddit: Memory, signalled: list[Record]
) -> None:
    """Every number stays as it was; nothing of those who refuse is in the brief, others take their places."""
    assert signalled
    free = await _brief(newsroom)
    reddit.refused = set(sorted(_voices(free))[:6])
    newsroom.clock.advance(newsroom.clock.now() + 25 * HOUR)  # type: ignore[attr-defined]  # a ReplayClock
    kept = await _brief(newsroom)
    assert not reddit.refused & _voices(kept)
    assert _voices(kept)
    counted = [key for key in free.numbers if key.startswith(("records", "authors", "share", "communities"))]
    assert {key: kept.numbers[key] for key in counted} == {key: free.numbers[key] for key in counted}


async def test_an_answer_counts_for_a_day(
    newsroom: Newsroom, clock: ReplayClock, reddit: Memory, signalled: list[Record]
) -> None:
    """People are asked about once a day, however often they stand in a brief, and only if to be quoted."""
    assert signalled
    brief = await _brief(newsroom)
    assert sorted(reddit.asked_for) == sorted(_voices(brief))
    await _brief(newsroom)
    assert len(reddit.asked_for) == len(_voices(brief))
    clock.advance(clock.now() + 25 * HOUR)
    await _brief(newsroom)
    assert len(reddit.asked_for) == 2 * len(_voices(brief))


async def test_who_cannot_be_asked_about_is_not_quoted_now(
    newsroom: Newsroom, reddit: Memory, signalled: list[Record]
) -> None:
    """While the network is down its people are not quoted; those of the others are."""
    assert signalled
    reddit.down = True
    brief = await _brief(newsroom)
    assert _voices(brief) == set()
    assert brief.records
    reddit.down = False
    assert _voices(await _brief(newsroom))


async def test_nobody_left_to_quote_is_no_story(newsroom: Newsroom, signalled: list[Record]) -> None:
    """A matter in which everybody refuses is passed, with the reason."""
    networks = {record.source: Memory(record.source) for record in signalled}
    for network in networks.values():
        network.refused = {record.author.id for record in signalled}
    newsroom.consenting = dict(networks)
    assert await tick.run(newsroom) == []
    async with newsroom.store.read() as connection:
        assert await stories.every(connection) == []
        (signal,) = await signals.latest(connection, 1)
        assert await signals.open_signals(connection) == []
    assert signal.id


async def test_who_refuses_later_leaves_the_story(
    newsroom: Newsroom, clock: ReplayClock, reddit: Memory, signalled: list[Record]
) -> None:
    """Somebody who was quoted and refuses afterwards is out of story and store after the next daily sweep."""
    assert signalled
    newsroom.recheckable = {"reddit": reddit}
    (story_id,) = await tick.run(newsroom)
    async with newsroom.store.read() as connection:
        story = await stories.get(connection, story_id)
    cited = {item.record_id for claim in story.draft.claims() for item in claim.citations}
    person = next(record for record in signalled if record.id in cited and record.source == "reddit")
    reddit.refused = {person.author.id}
    clock.advance(clock.now() + 25 * HOUR)
    assert await sweep.run(newsroom)
    await tick.run(newsroom)
    async with newsroom.store.read() as connection:
        assert await records.get(connection, [person.id]) == {}
        mended = await stories.get(connection, story_id)
    assert person.id not in {item.record_id for claim in mended.draft.claims() for item in claim.citations}
