"""The watch holds talk against the time in which it could be heard: unheard time is no silence."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.gap import Gap
from bot.domain.signal import SignalKind
from bot.pipeline import watch
from bot.store import gaps, sources
from tests.factory import make_record
from tests.pipeline import plant
from tests.pipeline.conftest import EVE
from tests.pipeline.steps import HOUR, hear

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.domain.signal import Signal
    from bot.pipeline.newsroom import Newsroom

_DAY = timedelta(days=1)
_NOW = EVE + 12 * _DAY


def _talk(an_hour: Callable[[int], int], source: str = "bluesky") -> list[Record]:
    """Return a matter of eight days; `an_hour` says how many posts came in the hour so long ago."""
    return [
        make_record(
            source=source,
            community=source,
            native_id=f"{source}-{ago}-{number}",
            author=f"{source}-{ago % 97}-{number}",
            created_at=_NOW - ago * HOUR + timedelta(minutes=1 + 5 * number),
            text=f"ClinNote wrote the notes of ward {ago} once more, and of bed {number}",
        )
        for ago in range(8 * 24, 0, -1)
        for number in range(an_hour(ago))
    ]


async def _listen(newsroom: Newsroom, clock: ReplayClock, *, missed: Collection[int] = ()) -> None:
    """Listen for nine days, but not on those that were `missed` so many days ago; each hour has its post."""
    for ago in range(9, 0, -1):
        if ago not in missed:
            clock.advance(_NOW - ago * _DAY)
            hours = [clock.now().replace(hour=hour) for hour in range(24)]
            await hear(newsroom, [make_record(native_id=f"{at}", created_at=at) for at in hours])
    clock.advance(_NOW)


async def _lost(newsroom: Newsroom, since: float, until: float, source: str = "bluesky") -> None:
    """Have a source that was not heard from so many hours ago until so many."""
    async with newsroom.store.write() as connection:
        for at in (_NOW - 9 * _DAY, _NOW):
            await sources.succeeded(connection, source, "all", cursor={}, at=at, heard_until=at)
        lost = Gap(_NOW - since * HOUR, _NOW - until * HOUR, "it was down")
        await gaps.add(connection, source, "all", [lost])


async def _watched(newsroom: Newsroom, said: Sequence[Record]) -> list[Signal]:
    ordered = sorted(said, key=lambda record: record.created_at)
    await plant.line(newsroom, "clinnote", "health-care", ordered)
    return await watch.run(newsroom)


async def test_nobody_is_quiet_in_a_time_that_was_not_heard(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Talk that goes on through a gap and then doubles is a surge, not a return, and no more surprising."""
    await _lost(newsroom, 60, 24)
    await _listen(newsroom, clock)
    (signal,) = await _watched(newsroom, _talk(lambda ago: 2 if ago <= 24 else 0 if ago <= 60 else 1))
    assert signal.kind is SignalKind.SURGE
    assert 4.0 <= signal.surprise <= 5.5
    assert signal.baseline.expected == pytest.approx(23, abs=0.5)
    assert "79% of the days before were heard" in signal.why


@pytest.mark.parametrize("lost", [(168, 48), (20, 8)], ids=["before", "in the window"])
async def test_steady_talk_is_no_news_whatever_was_missed(
    newsroom: Newsroom, clock: ReplayClock, lost: tuple[int, int]
) -> None:
    """Two posts an hour all along are no surge because some days before were not heard, nor a return."""
    await _lost(newsroom, *lost)
    await _listen(newsroom, clock)
    assert await _watched(newsroom, _talk(lambda ago: 0 if lost[1] < ago <= lost[0] else 2)) == []


async def test_a_rise_in_half_a_day_that_was_heard_is_a_rise(newsroom: Newsroom, clock: ReplayClock) -> None:
    """What comes in the hours that were heard is held against those hours signal."""
    await _lost(newsroom, 20, 14)
    await _listen(newsroom, clock)
    rise = await _watched(newsroom, _talk(lambda ago: 0 if 14 < ago <= 20 else 4 if ago <= 24 else 1))
    (signal,) = rise
    assert signal.baseline.expected == pytest.approx(0.75 * 23, abs=0.5)
    assert signal.why.endswith(
        "Where it is spoken of, 75% of these hours and 100% of the days before were heard."
    )


async def test_one_place_of_two_weighs_by_what_comes_from_there(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Where a place that brings a fourth of the talk was missed for the day, three fourths are expected."""
    await _lost(newsroom, 24, 0)
    await _lost(newsroom, 9 * 24, 9 * 24 - 1, "hackernews")
    await _listen(newsroom, clock)
    talk = [*_talk(lambda ago: ago > 24), *_talk(lambda ago: 3 if ago > 24 else 6, "hackernews")]
    (signal,) = await _watched(newsroom, talk)
    assert signal.baseline.expected == pytest.approx(0.75 * 92, abs=1.0)


async def test_what_came_late_from_a_time_that_was_not_heard_is_no_rise(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """A place that is new to the bot brings what it still holds; this is told of, and counts for no rate."""
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, "bluesky", "all", cursor={}, at=_NOW - 2 * HOUR, heard_until=_NOW)
    await _listen(newsroom, clock)
    assert await _watched(newsroom, _talk(lambda ago: 2 if ago < 40 else 0)) == []


async def test_a_rise_is_not_hidden_by_what_came_late(newsroom: Newsroom, clock: ReplayClock) -> None:
    """What a place still held when the bot first came lifts nothing that is expected of it."""
    at = _NOW - 30 * HOUR
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, "bluesky", "all", cursor={}, at=at, heard_until=_NOW)
    await _listen(newsroom, clock)
    (signal,) = await _watched(newsroom, _talk(lambda ago: 6 if ago <= 24 else 1 if ago < 30 else 2))
    assert signal.baseline.expected < 24


async def test_a_farm_that_came_late_hides_no_rise(newsroom: Newsroom, clock: ReplayClock) -> None:
    """What a farm said in hours that were not heard counts for nothing, so nothing is taken off for it."""
    await _lost(newsroom, 12, 6)
    await _listen(newsroom, clock)
    talk = _talk(lambda ago: 0 if 6 < ago <= 12 else 5 if ago <= 24 else 1)
    farm = [
        make_record(
            source="bluesky", community="bluesky", native_id=f"farm-{number}", author=f"farm-{number}",
            created_at=_NOW - 8 * HOUR + timedelta(seconds=20 * number),
            text=f"Everybody is sleeping on Zentra, the agent rewards you, access closes in {number} hours",
            links=("https://zentra.example/join",), root=talk[-1].native_id,
        )
        for number in range(90)
    ]  # fmt: skip
    (signal,) = await _watched(newsroom, [*talk, *farm])
    assert signal.numbers["farm"] == 90
    assert signal.surprise > 8


async def test_a_day_that_was_caught_up_on_was_heard(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A day on which the bot was away is no gap if what was said on it was heard afterwards."""
    await _listen(newsroom, clock, missed={3})
    (signal,) = await _watched(newsroom, _talk(lambda ago: 4 if ago <= 24 else 1))
    assert signal.baseline.expected == pytest.approx(23, abs=1.0)
    assert "were heard" not in signal.why


async def test_a_day_without_any_source_hides_no_rise(newsroom: Newsroom, clock: ReplayClock) -> None:
    """After a day on which nothing was heard at all, a fourfold rise is as good as without that day."""
    await _listen(newsroom, clock, missed={3})
    talk = _talk(lambda ago: 4 if ago <= 24 else 0 if 71 < ago <= 95 else 1)
    (signal,) = await _watched(newsroom, talk)
    assert signal.kind is SignalKind.SURGE
    assert signal.surprise >= 20
    assert signal.baseline.expected == pytest.approx(23, abs=1.0)


async def test_a_matter_is_called_new_only_where_its_places_were_heard(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Of what began in or behind a gap it is not said that nobody spoke of it before."""
    await _lost(newsroom, 60, 24)
    await _listen(newsroom, clock)
    (signal,) = await _watched(newsroom, _talk(lambda ago: 3 if ago <= 24 else 0))
    assert signal.kind is SignalKind.NEWCOMER
    assert signal.why.startswith("A matter that was not heard of before drew")


async def test_what_is_usual_on_a_beat_is_told_by_days_that_were_heard(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Days of which half was missed would have a beat's usual day look half as loud."""
    days = [_NOW.replace(hour=0, minute=0) - ago * _DAY for ago in range(7, 0, -1)]
    said = [
        make_record(
            source="bluesky", community="bluesky", native_id=f"{day}-{hour}", author=f"{day}-{hour}",
            created_at=day + hour * HOUR, text=f"Ward {hour} has its notes of {day}",
        )
        for number, day in enumerate(days)
        for hour in range(1, 24 if number % 2 else 13)
    ]  # fmt: skip
    clock.advance(_NOW)
    await plant.line(newsroom, "clinnote", "health-care", said)
    found = []
    for missed in (False, True):
        if missed:
            async with newsroom.store.write() as connection:
                await connection.exec_driver_sql("DELETE FROM usual_counts")
                for at in (days[0] - 2 * _DAY, _NOW):
                    await sources.succeeded(connection, "bluesky", "all", cursor={}, at=at, heard_until=at)
                lost = [Gap(day + 12 * HOUR, day + _DAY, "it was down") for day in days[::2]]
                await gaps.add(connection, "bluesky", "all", lost)
        newsroom.memory.forget()
        await newsroom.memory.recall(newsroom.store, _NOW)
        found.append(newsroom.memory.usual.counted["health-care"])
    assert found == [(4 * 12 + 3 * 23, 7), (3 * 23, 3)]
    assert newsroom.memory.usual.rate("health-care", found[1]) == pytest.approx(3.0)
