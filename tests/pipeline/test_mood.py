"""Moods in a newsroom: read once, kept past the words, raised as signals, told with their figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.detect import moods as moods_of
from bot.domain.gap import Gap
from bot.domain.mood import Mood, Register
from bot.domain.record import Author
from bot.domain.signal import SignalKind
from bot.domain.story import StoryState
from bot.pipeline import fade, mood, tell, watch
from bot.store import gaps, moods, signals, sources, stories, storylines
from tests.factory import make_record
from tests.pipeline import plant
from tests.pipeline.conftest import EVE
from tests.pipeline.steps import HOUR, hear

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.signal import Signal
    from bot.pipeline.newsroom import Newsroom

_CLINIC, _NEWS = "r/AskClinicians", "hackernews"
_DAY = timedelta(days=1)
_TITLE = "ClinNote writes the visit notes of every ward at Marlowe Valley Health from this week on"
_AGAINST = (
    "ClinNote invented a knee exam on ward {} and it is dangerous, I am worried about every note I sign.",
    "On ward {} ClinNote wrote nonsense about a rash again, and the whole thing is a terrible mess.",
    "Our ward {} switched ClinNote off because it hallucinates findings, which is simply unacceptable.",
)
_FOR = (
    "ClinNote gave clinic {} an hour a day back and the doctors love it, a brilliant piece of work.",
    "At clinic {} ClinNote is a clear improvement, the notes are accurate and everybody is happy.",
    "I built something similar for clinic {} and ClinNote is better, impressive and really useful.",
)


def _say(place: str, texts: Sequence[str], people: int, start: datetime) -> list[Record]:
    """Return a thread by so many people at `place`, spread over ten hours."""
    return [
        make_record(
            source="reddit" if place.startswith("r/") else place,
            native_id=f"{place}-{start:%d%H}-{number}",
            root=f"{place}-{start:%d%H}-0" if number else None,
            title=None if number else _TITLE,
            author=f"{place}-{start:%d%H}-{number}",
            community=place,
            created_at=start + number * timedelta(hours=10) / people,
            text=texts[number % len(texts)].format(number + 1),
        )
        for number in range(people)
    ]


async def heard(newsroom: Newsroom, clock: ReplayClock, said: Sequence[Record]) -> list[Signal]:
    """Put `said` into the store as one storyline, after days of listening; return what watching finds."""
    for days in range(8, 0, -1):
        clock.advance(EVE - days * _DAY)
        await hear(newsroom, [make_record(native_id=f"day-{days}", created_at=clock.now())])
    said = sorted(said, key=lambda record: record.created_at)
    clock.advance(EVE)
    await plant.line(newsroom, "clinnote", "health-care", said)
    return await watch.run(newsroom)


def parted() -> list[Record]:
    """Return what clinicians and engineers say of ClinNote: the ones against it, the others for it."""
    return [*_say(_CLINIC, _AGAINST, 20, EVE - 12 * HOUR), *_say(_NEWS, _FOR, 20, EVE - 11 * HOUR)]


def _turned() -> list[Record]:
    return [*_say(_CLINIC, _FOR, 24, EVE - 3 * _DAY), *_say(_CLINIC, _AGAINST, 24, EVE - 12 * HOUR)]


def _of(found: Sequence[Signal], kind: SignalKind) -> list[Signal]:
    return [signal for signal in found if signal.kind is kind]


async def test_communities_that_part_are_told_apart(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A divergence is a signal of its own, is told before the volume, and the story counts both sides.

    Of fewer than forty people no percentage is told.
    """
    (signal,) = _of(await heard(newsroom, clock, parted()), SignalKind.DIVERGENCE)
    assert (signal.observed, signal.authors, signal.numbers[f"against:{_CLINIC}"]) == (40, 40, 100)
    clock.advance(EVE + 3 * HOUR)
    (story,) = await tell.run(newsroom)
    assert story.signal_id == signal.id
    assert story.state is StoryState.APPROVED, story.reason
    stated = {key for claim in story.draft.claims() for key in claim.numbers}
    assert {f"people-against:{_CLINIC}", f"people-against:{_NEWS}"} <= stated
    assert "%" not in " ".join(claim.text for claim in story.draft.claims())
    assert not story.report.failed


@pytest.mark.parametrize(("before", "found"), [(moods_of.FEWEST, 1), (moods_of.FEWEST - 1, 0)])
async def test_a_mood_turns_from_what_just_enough_people_held(
    newsroom: Newsroom, clock: ReplayClock, before: int, found: int
) -> None:
    """What is not read, because too few took a side earlier, could not have given a signal."""
    earlier = _say(_CLINIC, _FOR, before, EVE - 3 * _DAY)
    lately = _say(_CLINIC, _AGAINST, 2 * moods_of.FEWEST, EVE - 11 * HOUR)
    raised = await heard(newsroom, clock, [*earlier, *lately])
    assert [signal.kind for signal in raised].count(SignalKind.MOOD_SHIFT) == found


@pytest.mark.parametrize(
    "felt", [Mood(-1, Register.PLAIN), Mood(1, Register.PLAIN), Mood(0, Register.ANGER)], ids=str
)
async def test_a_storyline_is_looked_at_as_soon_as_so_many_take_a_side_or_show_a_feeling(
    newsroom: Newsroom, clock: ReplayClock, felt: Mood
) -> None:
    """Nobody is left out for whom a mood could turn or part; repeating oneself adds nobody."""
    clock.advance(EVE)
    enough, few = (_say(place, _FOR, moods_of.FEWEST, EVE - 12 * HOUR) for place in (_CLINIC, _NEWS))
    await plant.line(newsroom, "enough", "health-care", enough)
    await plant.line(newsroom, "few", "health-care", few)
    twice = replace(few[1], native_id="again", created_at=EVE)
    await plant.line(newsroom, "few", "health-care", [twice])
    kept = {record.id: felt for record in [*enough, *few[1:], twice]} | {few[0].id: Mood(0, Register.PLAIN)}
    async with newsroom.store.write() as connection:
        await moods.keep(connection, kept)
        lines = ["enough", "few"]
        for since, found in ((EVE - 13 * HOUR, {"enough"}), (EVE - 11 * HOUR, set())):
            stirred = await moods.stirred(connection, lines, since, EVE, people=moods_of.FEWEST)
            assert stirred == found


@pytest.mark.parametrize(("hours", "found"), [(0, 1), (1, 0)])
async def test_nothing_is_said_across_a_gap(
    newsroom: Newsroom, clock: ReplayClock, hours: int, found: int
) -> None:
    """If an hour of one community was not heard, the communities are not compared; else they are."""
    lost = Gap(EVE - 9 * HOUR, EVE - (9 - hours) * HOUR, "it was down")
    async with newsroom.store.write() as connection:
        for at in (EVE - 9 * _DAY, EVE):
            await sources.succeeded(connection, "hackernews", "all", cursor={}, at=at, heard_until=at)
        await gaps.add(connection, "hackernews", "all", [lost])
    assert len(_of(await heard(newsroom, clock, parted()), SignalKind.DIVERGENCE)) == found


async def _deaf(newsroom: Newsroom, place: str, *lost: Gap) -> None:
    """Have every place listened to from long before, and `place` not heard in `lost`."""
    targets = {_CLINIC: ("reddit", "https://reddit.com/r/AskClinicians"), _NEWS: ("hackernews", "all")}
    async with newsroom.store.write() as connection:
        for source, target in targets.values():
            for at in (EVE - 9 * _DAY, EVE):
                await sources.succeeded(connection, source, target, cursor={}, at=at, heard_until=at)
        await gaps.add(connection, *targets[place], lost)


@pytest.mark.parametrize(
    ("place", "since", "until", "found"),
    [
        pytest.param(_CLINIC, 20, 16, 0, id="those-against-were-not-heard-in-the-window"),
        pytest.param(_NEWS, 6 * 24, 40, 0, id="those-in-favour-were-not-heard-before"),
        pytest.param(_NEWS, 6 * 24, 5 * 24, 1, id="only-a-day-was-missed-of-which-nothing-is-told"),
    ],
)
async def test_a_community_that_was_not_heard_turns_no_mood(
    newsroom: Newsroom, clock: ReplayClock, place: str, since: int, until: int, found: int
) -> None:
    """Engineers in favour who speak after clinicians against are a turn only if both were heard."""
    await _deaf(newsroom, place, Gap(EVE - since * HOUR, EVE - until * HOUR, "it was down"))
    said = [*_say(_CLINIC, _AGAINST, 24, EVE - 3 * _DAY), *_say(_NEWS, _FOR, 24, EVE - 12 * HOUR)]
    assert len(_of(await heard(newsroom, clock, said), SignalKind.MOOD_SHIFT)) == found


async def test_a_mood_turns_among_those_who_were_heard_before_and_since(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """A shift counts nobody of a community that was missed in part, and its story says what is missing."""
    await _deaf(newsroom, _NEWS, Gap(EVE - 20 * HOUR, EVE - 16 * HOUR, "it was down"))
    said = [*_turned(), *_say(_NEWS, _AGAINST, 12, EVE - 15 * HOUR)]
    (signal,) = _of(await heard(newsroom, clock, said), SignalKind.MOOD_SHIFT)
    assert signal.numbers["heard-against-now"] == signal.observed == 24
    assert not any("hackernews" in record_id for record_id in signal.evidence)
    clock.advance(EVE + 3 * HOUR)
    (story,) = await tell.run(newsroom)
    assert story.numbers["gaps"] > 0


async def test_a_mood_that_turns_is_told_beside_what_was_before(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """A shift of mood quotes both times, counts both, and is not raised again the next hour."""
    (signal,) = _of(await heard(newsroom, clock, _turned()), SignalKind.MOOD_SHIFT)
    clock.advance(EVE + HOUR)
    assert _of(await watch.run(newsroom), SignalKind.MOOD_SHIFT) == []
    clock.advance(EVE + 3 * HOUR)
    (story,) = await tell.run(newsroom)
    assert (story.signal_id, story.state) == (signal.id, StoryState.APPROVED), story.reason
    stated = {key for claim in story.draft.claims() for key in claim.numbers}
    assert {"people-against-before", "people-against-now"} <= stated
    days = {item.record_id.split("-")[1][:2] for claim in story.draft.claims() for item in claim.citations}
    assert days == {"01", "04"}


async def test_moods_outlive_the_words(newsroom: Newsroom, clock: ReplayClock) -> None:
    """When the words have faded, the mood of each community is still known."""
    await heard(newsroom, clock, parted())
    async with newsroom.store.read() as connection:
        before = await mood.by_community(connection, "clinnote", EVE - _DAY, EVE)
    clock.advance(EVE + timedelta(days=newsroom.settings.keep_text_days + 1))
    assert await fade.run(newsroom)
    async with newsroom.store.read() as connection:
        assert await mood.by_community(connection, "clinnote", EVE - _DAY, EVE) == before
        assert before[_CLINIC].against == 20
        assert before[_NEWS].favour == 20
        assert await stories.every(connection) == []
        assert await signals.latest(connection, 9)


@pytest.mark.parametrize("label", ["ClinNote, knee", "knee, ward", ""])
async def test_a_storyline_keeps_its_subject_whoever_speaks_this_hour(
    newsroom: Newsroom, clock: ReplayClock, label: str
) -> None:
    """What the matter is compared with is not the matter, even where nobody else spoke this hour."""
    await heard(newsroom, clock, parted())
    async with newsroom.store.write() as connection:
        await storylines.describe(connection, "clinnote", beat="health-care", label=label)
    sides = {
        "worse": "Honestly I think ClinNote is worse than Notewell.",
        "better": "Honestly I think ClinNote is better than Notewell, and I love it.",
    }
    said = [
        replace(parted()[1], native_id=name, author=Author(name, name), text=text, created_at=EVE + HOUR / 2)
        for name, text in sides.items()
    ]
    clock.advance(EVE + HOUR)
    await plant.line(newsroom, "clinnote", "health-care", said)
    await watch.run(newsroom)
    async with newsroom.store.read() as connection:
        found = await moods.stances(connection, [record.id for record in said])
    assert found == {said[0].id: -1, said[1].id: 1}
