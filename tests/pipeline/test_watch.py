"""When the watch looks, and at what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.signal import OF_MOOD, SignalKind
from bot.pipeline import audit, tick, watch
from bot.store import sources
from tests.factory import make_record
from tests.pipeline import plant
from tests.pipeline.conftest import EVE
from tests.pipeline.steps import HOUR, hear, step
from tests.pipeline.test_mood import heard, parted

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom


async def _watched(newsroom: Newsroom) -> datetime | None:
    async with newsroom.store.read() as connection:
        return await sources.last_done(connection, "watch")


async def _overlooked(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Have news in the store that no watch has judged, of which no word was heard since the last one."""
    clock.advance(EVE - 9 * timedelta(days=1))
    async with newsroom.store.write() as connection:
        await sources.tick(connection, "watch", EVE)
    assert await heard(newsroom, clock, parted()) == []
    async with newsroom.store.write() as connection:
        await sources.tick(connection, "watch", EVE + HOUR)
    clock.advance(EVE + 2 * HOUR)


async def test_the_watch_looks_once_an_hour(listening: Newsroom, clock: ReplayClock) -> None:
    """However often it ticks, the bot judges once an hour, as its method was measured; nothing is lost."""
    await step(listening, clock, [make_record(native_id="a", created_at=EVE)], until=EVE + HOUR)
    assert await _watched(listening) == EVE + HOUR
    for minutes in range(10, 60, 10):
        at = EVE + HOUR + timedelta(minutes=minutes)
        await step(listening, clock, [make_record(native_id=f"b{minutes}", created_at=at)], until=at)
        assert await watch.run(listening) == []
        assert await _watched(listening) == EVE + HOUR
    clock.advance(EVE + 2 * HOUR)
    await tick.run(listening)
    assert await _watched(listening) == EVE + 2 * HOUR


async def test_silence_is_no_news(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A matter of which no word was heard since the last watch is not judged; the next word has it judged."""
    await _overlooked(newsroom, clock)
    await hear(newsroom, [make_record(native_id="elsewhere", created_at=clock.now())])
    assert await watch.run(newsroom) == []
    clock.advance(EVE + 3 * HOUR)
    word = make_record(native_id="word", created_at=clock.now(), root=parted()[0].native_id, source="reddit")
    await plant.line(newsroom, "clinnote", "health-care", [word])
    assert await watch.run(newsroom)


async def test_what_an_audit_brings_together_is_judged(
    newsroom: Newsroom, clock: ReplayClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A matter that gained conversations is looked at, though no word was heard since the last watch."""
    await _overlooked(newsroom, clock)

    async def gained(*_: object) -> set[str]:
        return {"clinnote"}

    monkeypatch.setattr(audit, "run", gained)
    assert await watch.run(newsroom)


@pytest.mark.parametrize(("people", "kind"), [(24, SignalKind.RETURN), (10, SignalKind.NEWCOMER)])
async def test_a_storyline_of_weeks_ago_that_is_back_is_a_return(
    newsroom: Newsroom, clock: ReplayClock, people: int, kind: SignalKind
) -> None:
    """What was spoken of three weeks ago, and not in the week before, is no matter that nobody spoke of."""
    later, day = timedelta(days=4), timedelta(days=1)
    talk = [replace(record, created_at=record.created_at + later) for record in parted()]
    past = [
        replace(record, native_id=f"past-{number}", created_at=record.created_at - 20 * day)
        for number, record in enumerate(talk[:people])
    ]
    for days in range(4):
        clock.advance(EVE + days * day)
        await hear(newsroom, [make_record(native_id=f"day-{days}", created_at=clock.now())])
    clock.advance(EVE + later)
    await plant.line(newsroom, "clinnote", "health-care", [*past, *talk])
    found = await watch.run(newsroom)
    assert [signal.kind for signal in found if signal.kind not in OF_MOOD] == [kind]
