"""Telling again: what was told is passed, or told as an update."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import settings
from bot.detect import twins
from bot.detect.storylines import LEFT_AT_CLOSING, StorylineIndex
from bot.domain.signal import SignalKind
from bot.domain.story import StoryState
from bot.pipeline import desk, matter, tell
from bot.store import records, regroup, schema, stories, storylines
from tests.pipeline import plant, week
from tests.pipeline.telling import RIPE, put, told_at, verdicts
from tests.write.factory import prose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.story import Story
    from bot.pipeline.newsroom import Newsroom


@pytest.fixture
def now(clock: ReplayClock) -> datetime:
    """Give the time of the signals."""
    return clock.now() + timedelta(days=3)


async def test_a_matter_under_two_names_is_told_once(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A storyline that lies where a told one lies is passed as the same matter, by the story's id."""
    await put(newsroom, clock, "parchment-ruling", at=now, surprise=9.0)
    await put(newsroom, clock, "parchment-ruling", name="twin", beat="creative", at=now, surprise=8.0)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now, surprise=7.0)
    told = await told_at(newsroom, clock, at=now + RIPE)
    assert [story.storyline_id for story in told] == ["parchment-ruling", "oriel-evals"]
    assert (await verdicts(newsroom))["twin"] == ("passed", f"the same matter as {told[0].id}")


async def test_a_matter_under_two_names_is_told_once_after_a_restart(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """A process that starts between the two stories knows the first one's matter all the same."""
    newsroom.settings = settings.load(stories_per_day=1)
    await put(newsroom, clock, "parchment-ruling", at=now, surprise=9.0)
    await put(newsroom, clock, "parchment-ruling", name="twin", beat="creative", at=now, surprise=8.0)
    (story,) = await told_at(newsroom, clock, at=now + RIPE)
    newsroom.settings = settings.load()
    newsroom.memory = type(newsroom.memory)()
    assert await told_at(newsroom, clock, at=now + 2 * RIPE) == []
    assert (await verdicts(newsroom))["twin"] == ("passed", f"the same matter as {story.id}")


def _others(said: Sequence[Record], authors: int, *, since: datetime, at: datetime) -> list[Record]:
    """Return what was said as if it were said up to `at` by `authors` people who had not spoken before."""
    later = week.again(said, after=at - said[-1].created_at, name="later")
    return [
        replace(record, source="fictional", author=replace(record.author, id=f"newcomer-{number % authors}"))
        for number, record in enumerate(later)
        if record.created_at > since
    ]


@pytest.mark.parametrize(
    ("hours", "kind", "authors", "outcome"),
    [
        (72, SignalKind.RETURN, 15, "told as an update"),
        (72, SignalKind.RETURN, 14, "too few new voices"),
        (72, SignalKind.SURGE, 40, "the talk has only gone on"),
        (20, SignalKind.RETURN, 40, "told a short while ago"),
    ],
)
async def test_a_told_matter_is_updated_only_when_it_returns_with_new_voices(
    newsroom: Newsroom,
    clock: ReplayClock,
    now: datetime,
    hours: int,
    kind: SignalKind,
    authors: int,
    outcome: str,
) -> None:
    """A told matter is told again only as an update, a day later, on a return, with fifteen new voices."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(hours=hours)
    later = _others(said, authors, since=first.created_at, at=at)
    clock.advance(at)
    await plant.line(newsroom, "parchment-ruling", "law", later)
    signal = await plant.signal(newsroom, "parchment-ruling", "law", later, at=at, kind=kind)
    told = await told_at(newsroom, clock, at=at + RIPE)
    assert outcome in await _reason(newsroom, signal.id)
    assert [story.updates for story in told] == ([first.id] if outcome == "told as an update" else [])
    assert all(story.id != first.id for story in told)


@pytest.mark.parametrize(("back", "outcome"), [(1, "assigned"), (0, "passed")])
async def test_a_signal_whose_talk_moved_away_waits_for_it_and_stops_nobody(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, back: int, outcome: str
) -> None:
    """A storyline that an audit left without what its signal was about is told if that comes back in time."""
    said = await put(newsroom, clock, "parchment-ruling", at=now, surprise=9.0)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now, surprise=8.0)
    threads = {record.thread for record in said}
    async with newsroom.store.write() as connection:
        await regroup.move(connection, dict.fromkeys(threads, "oriel-evals"))
    told = await told_at(newsroom, clock, at=now + RIPE)
    assert [story.storyline_id for story in told] == ["oriel-evals"]
    state, reason = (await verdicts(newsroom))["parchment-ruling"]
    assert (state, "on another storyline" in (reason or "")) == ("open", True)
    if back:
        async with newsroom.store.write() as connection:
            await regroup.move(connection, dict.fromkeys(threads, "parchment-ruling"))
    told = await told_at(newsroom, clock, at=now + timedelta(hours=30))
    assert [story.storyline_id for story in told] == ["parchment-ruling"] * back
    await told_at(newsroom, clock, at=now + timedelta(hours=31))
    state, reason = (await verdicts(newsroom))["parchment-ruling"]
    assert state == outcome
    assert back or "on another storyline" in (reason or "")


@pytest.mark.parametrize(("share", "outcome"), [(0.6, "open"), (0.4, "assigned")])
async def test_a_signal_is_told_where_most_of_what_it_was_raised_for_is(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, share: float, outcome: str
) -> None:
    """A storyline that was parted while its signal ripened is told while no other holds more of it."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    threads = Counter(record.thread for record in said)
    gone: dict[str, str] = {}
    for thread, size in threads.most_common():
        if sum(threads[other] for other in gone) + size <= share * len(said):
            gone[thread] = "part"
    assert sum(threads[thread] for thread in gone) > (share - 0.1) * len(said)
    await plant.line(newsroom, "part", "law", week.matter("oriel-evals")[:1])
    async with newsroom.store.write() as connection:
        await regroup.move(connection, gone)
    await told_at(newsroom, clock, at=now + RIPE)
    assert (await verdicts(newsroom))["parchment-ruling"][0] == outcome


@pytest.mark.parametrize(("hours", "outcome"), [(20, "passed"), (30, "assigned")])
async def test_a_told_matter_in_other_words_is_an_update_after_a_day(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, hours: int, outcome: str
) -> None:
    """Another storyline that links to the same new page is an update after a day, and silence before."""
    page = ("https://lab.example/heron/4",)
    await put(newsroom, clock, "parchment-ruling", at=now, links=page)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    async with newsroom.store.write() as connection:
        await stories.set_state(connection, first.id, StoryState.PUBLISHED, at=clock.now())
    at = first.created_at + timedelta(hours=hours) - RIPE
    await put(newsroom, clock, "oriel-evals", beat="safety", at=at, links=page)
    told = await told_at(newsroom, clock, at=at + RIPE)
    state, reason = (await verdicts(newsroom))["oriel-evals"]
    assert state == outcome
    assert f"the same matter as {first.id}: both speak of {page[0]}" in (reason or "")
    assert [story.updates for story in told] == ([first.id] if outcome == "assigned" else [])
    # Talk that was told of goes on only where it is the same storyline.
    assert ["close to this" in prose(story.draft) for story in told] == [True] * len(told)


async def test_only_a_storylines_own_story_cuts_off_what_was_said_before_it(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """What was said before a story that is only close belongs to this one."""
    await put(newsroom, clock, "parchment-ruling", at=now)
    (own,) = await told_at(newsroom, clock, at=now + RIPE)
    others = await put(newsroom, clock, "oriel-evals", beat="safety", at=own.created_at)
    async with newsroom.store.write() as connection:
        await stories.set_state(connection, own.id, StoryState.PUBLISHED, at=clock.now())
    until = own.created_at
    first = await plant.signal(newsroom, "oriel-evals", "safety", others, at=until + RIPE)
    beside = await tell.brief(newsroom, first, updates=own.id, until=until + RIPE)
    assert [one.near for one in beside.told] == [True]
    assert max(record.created_at for record in others) <= own.created_at
    assert beside.numbers["records"] > 20


async def test_a_storylines_own_stories_go_before_those_that_are_close(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """What a brief counts on from is the storyline's own latest story, even if a close one came later."""
    await put(newsroom, clock, "oriel-evals", beat="safety", at=now)
    (own,) = await told_at(newsroom, clock, at=now + RIPE)
    at = own.created_at + timedelta(hours=6)
    await put(newsroom, clock, "parchment-ruling", at=at)
    (close,) = await told_at(newsroom, clock, at=at + RIPE)
    async with newsroom.store.write() as connection:
        for story in (own, close):
            await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=clock.now())
    until = close.created_at + RIPE
    said = week.matter("oriel-evals")
    talk = week.again(said, after=until - said[-1].created_at, name="later")
    clock.advance(until)
    await plant.line(newsroom, "oriel-evals", "safety", talk)
    signal = await plant.signal(newsroom, "oriel-evals", "safety", talk, at=until)
    made = await tell.brief(newsroom, signal, updates=close.id, until=until)
    assert [(one.story_id, one.near) for one in made.told] == [(own.id, False), (close.id, True)]
    assert made.numbers["at:told"] == own.created_at.timestamp()
    assert made.numbers["new"] > 0


@pytest.mark.parametrize(
    ("hours", "times", "outcome"), [(30, 2, "assigned"), (30, 1, "passed"), (20, 2, "passed")]
)
async def test_a_told_matter_in_the_same_words_is_an_update_if_it_outgrows_what_was_told(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, hours: int, times: int, outcome: str
) -> None:
    """Talk like a told story's is its echo, unless after a day more people take part than did then."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(hours=hours)
    names = ("one", "two")[:times]
    twin = [record for name in names for record in week.again(said, after=at - now, name=name)]
    clock.advance(at)
    await plant.line(newsroom, "twin", "law", twin)
    await plant.signal(newsroom, "twin", "law", twin, at=at - RIPE)
    told = await told_at(newsroom, clock, at=at)
    assert (await verdicts(newsroom))["twin"] == (
        outcome,
        f"{'told as an update, ' if outcome == 'assigned' else ''}the same matter as {first.id}",
    )
    assert [story.updates for story in told] == ([first.id] if outcome == "assigned" else [])


@pytest.mark.parametrize(
    ("hours", "times", "outcome"),
    [(30, 2, "told as an update"), (30, 1, "the talk has only gone on"), (20, 2, "told a short while ago")],
)
async def test_a_told_storyline_that_outgrows_its_story_is_an_update(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, hours: int, times: int, outcome: str
) -> None:
    """Talk that goes on is silent, unless after a day more people take part than did when it was told."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(hours=hours)
    names = ("one", "two")[:times]
    later = [record for name in names for record in week.again(said, after=at - now, name=name)]
    clock.advance(at)
    await plant.line(newsroom, "parchment-ruling", "law", later)
    signal = await plant.signal(newsroom, "parchment-ruling", "law", later, at=at - RIPE)
    told = await told_at(newsroom, clock, at=at)
    assert outcome in await _reason(newsroom, signal.id)
    assert [story.updates for story in told] == ([first.id] if outcome == "told as an update" else [])


async def test_talk_has_to_outgrow_what_was_counted_whatever_an_audit_moved(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """More people than an audit left on the storyline are no more than took part when it was told."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    await plant.line(newsroom, "part", "law", week.matter("oriel-evals")[:1])
    async with newsroom.store.write() as connection:
        await regroup.move(connection, dict.fromkeys({one.thread for one in said[3:]}, "part"))
    at = first.created_at + timedelta(hours=30)
    later = week.again(said, after=at - now, name="later")
    clock.advance(at)
    await plant.line(newsroom, "parchment-ruling", "law", later)
    signal = await plant.signal(newsroom, "parchment-ruling", "law", later, at=at - RIPE)
    assert await told_at(newsroom, clock, at=at) == []
    assert "the talk has only gone on" in await _reason(newsroom, signal.id)


async def test_an_echo_of_an_update_is_held_against_the_update(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """Whoever outgrows the first story, and not what was told after it, is an echo still."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    told = []
    for line, number, hours in (("echo", 1.0, 10), ("twin", 2.0, 30), ("echo", 1.5, 60)):
        at = first.created_at + timedelta(hours=hours)
        talk = [r for n in range(2) for r in week.again(said, after=at - now, name=f"{line}{hours}x{n}")]
        talk = talk[: round(len(said) * number)]
        clock.advance(at)
        await plant.line(newsroom, line, "law", talk)
        await plant.signal(newsroom, line, "law", talk, at=at - RIPE)
        told += [(hours, story.updates) for story in await told_at(newsroom, clock, at=at)]
    assert told == [(30, first.id)]


async def _reason(newsroom: Newsroom, signal_id: str) -> str:
    async with newsroom.store.read() as connection:
        statement = sa.select(schema.signals.c.reason).where(schema.signals.c.id == signal_id)
        return str(await connection.scalar(statement))


async def test_an_update_keeps_to_the_caps(newsroom: Newsroom, clock: ReplayClock, now: datetime) -> None:
    """An update waits like any story when the day's stories are told."""
    newsroom.settings = settings.load(stories_per_day=1)
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(hours=72)
    await put(newsroom, clock, "oriel-evals", beat="safety", at=at, surprise=90.0)
    later = _others(said, 30, since=first.created_at, at=at)
    await plant.line(newsroom, "parchment-ruling", "law", later)
    await plant.signal(
        newsroom, "parchment-ruling", "law", later, at=at, kind=SignalKind.RETURN, surprise=4.0
    )
    assert [story.storyline_id for story in await told_at(newsroom, clock, at=at + RIPE)] == ["oriel-evals"]
    (update,) = await told_at(newsroom, clock, at=at + RIPE + timedelta(hours=24))
    assert update.updates == first.id


@pytest.mark.parametrize("days", [15, 200])
@pytest.mark.parametrize(
    ("times", "kind", "outcome"),
    [
        (1, SignalKind.SURGE, "the talk has only gone on"),
        (2, SignalKind.SURGE, "told as an update"),
        (1, SignalKind.RETURN, "told as an update"),
    ],
)
async def test_a_storyline_that_was_told_is_never_told_as_if_it_was_not(
    newsroom: Newsroom,
    clock: ReplayClock,
    now: datetime,
    days: int,
    times: int,
    kind: SignalKind,
    outcome: str,
) -> None:
    """However long ago a storyline was told, it is told again as an update, by the same rule, or not at all.

    Who spoke then has faded by now; the story still knows how many they were.
    """
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(days=days)
    async with newsroom.store.write() as connection:
        await records.fade(connection, at, at, limit=1000)
    names = ("one", "two")[:times]
    later = [record for name in names for record in week.again(said, after=at - now, name=name)]
    clock.advance(at)
    await plant.line(newsroom, "parchment-ruling", "law", later)
    signal = await plant.signal(newsroom, "parchment-ruling", "law", later, at=at - RIPE, kind=kind)
    told = await told_at(newsroom, clock, at=at)
    assert outcome in await _reason(newsroom, signal.id)
    assert [story.updates for story in told] == ([first.id] if outcome == "told as an update" else [])


async def test_the_same_words_long_after_are_no_news(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """Another storyline in the words of one that is closed for long is the same matter still."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    at = first.created_at + timedelta(days=200)
    twin = week.again(said, after=at - now, name="twin")
    clock.advance(at)
    await plant.line(newsroom, "twin", "law", twin)
    await plant.signal(newsroom, "twin", "law", twin, at=at - RIPE)
    assert await told_at(newsroom, clock, at=at) == []
    assert (await verdicts(newsroom))["twin"] == ("passed", f"the same matter as {first.id}")
    assert "parchment-ruling" not in newsroom.memory.index


async def test_what_merely_resembles_a_closed_storyline_is_told(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """Talk that is as near to a closed storyline as it need be to a live one is another matter."""
    await put(newsroom, clock, "parchment-ruling", at=now)
    await told_at(newsroom, clock, at=now + RIPE)
    at = now + timedelta(days=20)
    await put(newsroom, clock, "parchment-ruling", name="twin", at=at)
    index = newsroom.memory.index
    async with newsroom.store.read() as connection:
        await newsroom.memory.recall(newsroom.store, at)
        index = newsroom.memory.index
        (kept,) = await storylines.kept(connection, ["parchment-ruling"])
        past = await stories.heads(connection, now)
        line = await storylines.get(connection, "twin")
        both = StorylineIndex(index.weights)
        both.load(kept.id, kept.centroid, kept.last_at, kept.size)
        nearness = float(both.unit(kept.id) @ index.unit("twin"))
        found = []
        for share in (0.99, 0.8):
            index.near = share * nearness * LEFT_AT_CLOSING / twins.FACTOR
            found.append(await matter.told(connection, index, line, past, at, at) is not None)
        index.near = 1.01 * nearness * LEFT_AT_CLOSING / twins.FACTOR
        assert await matter.told(connection, index, line, past, at, at) is None
    assert found == [True, True]


async def _killed(newsroom: Newsroom, clock: ReplayClock, now: datetime) -> tuple[list[Record], Story]:
    """Return the talk and the story of a matter that an editor killed; what comes later needs no editor."""
    newsroom.settings = settings.load(mode="review")
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    await desk.kill(newsroom, first.id, "ed", "not ours to tell")
    newsroom.settings = settings.load(mode="auto")
    return said, first


@pytest.mark.parametrize("name", ["parchment-ruling", "twin"])
@pytest.mark.parametrize(
    ("hours", "times", "outcome"), [(14, 2, "passed"), (30, 1, "passed"), (30, 2, "held")]
)
async def test_what_an_editor_killed_stays_killed_unless_the_talk_grows(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, name: str, hours: int, times: int, outcome: str
) -> None:
    """A killed matter is passed, under another id, too; once more people speak, the desk decides again."""
    said, first = await _killed(newsroom, clock, now)
    at = first.created_at + timedelta(hours=hours)
    names = ("one", "two")[:times]
    later = [record for part in names for record in week.again(said, after=at - now, name=part)]
    clock.advance(at)
    await plant.line(newsroom, name, "law", later)
    signal = await plant.signal(newsroom, name, "law", later, at=at - RIPE)
    told = await told_at(newsroom, clock, at=at)
    assert [(story.state, story.updates, story.reason) for story in told] == (
        [(StoryState.HELD, None, f"a person killed {first.id} on this matter")] if outcome == "held" else []
    )
    reason = await _reason(newsroom, signal.id)
    assert ("killed" in reason) is (outcome == "passed"), reason


@pytest.mark.parametrize("name", ["parchment-ruling", "twin"])
@pytest.mark.parametrize("approved", [False, True])
async def test_a_kill_holds_until_a_person_approves_the_matter(
    newsroom: Newsroom, clock: ReplayClock, now: datetime, name: str, *, approved: bool
) -> None:
    """What comes after a killed story and one that nobody decided on waits for the desk, like that one."""
    said, first = await _killed(newsroom, clock, now)
    states = []
    for line, times, hours in (("parchment-ruling", 2, 30), (name, 4, 62)):
        at = first.created_at + timedelta(hours=hours)
        talk = [r for n in range(times) for r in week.again(said, after=at - now, name=f"{times}x{n}")]
        clock.advance(at)
        await plant.line(newsroom, line, "law", talk)
        await plant.signal(newsroom, line, "law", talk, at=at - RIPE)
        (story,) = await told_at(newsroom, clock, at=at)
        states.append(story.state)
        if approved and len(states) == 1:
            await desk.approve(newsroom, story.id, "ed")
    assert states == [StoryState.HELD, StoryState.APPROVED if approved else StoryState.HELD]


async def test_a_killed_update_leaves_the_story_before_it_to_go_on_from(
    newsroom: Newsroom, clock: ReplayClock, now: datetime
) -> None:
    """After a killed update the next one is held, and continues what readers were told."""
    said = await put(newsroom, clock, "parchment-ruling", at=now)
    (first,) = await told_at(newsroom, clock, at=now + RIPE)
    found = []
    for days, mode in ((3, "review"), (6, "auto")):
        newsroom.settings = settings.load(mode=mode)
        at = first.created_at + timedelta(days=days)
        later = _others(said, 30, since=first.created_at, at=at)
        later = [replace(record, native_id=f"{days}-{record.native_id}") for record in later]
        await plant.line(newsroom, "parchment-ruling", "law", later)
        await plant.signal(
            newsroom, "parchment-ruling", "law", later, at=at, kind=SignalKind.RETURN, surprise=9.0
        )
        (update,) = await told_at(newsroom, clock, at=at + RIPE)
        found.append((update.state, update.updates))
        if mode == "review":
            await desk.kill(newsroom, update.id, "ed", "nothing new")
    assert found == [(StoryState.HELD, first.id)] * 2
