"""Replaying: the records' own clock, and going on where a replay stopped."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.collect.interchange import encode
from bot.collect.replay import Recording
from bot.domain.clock import ReplayClock
from bot.domain.errors import InputError
from bot.pipeline import replay
from bot.store import records, schema, sources
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from pathlib import Path

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress

_LATER = NOON + timedelta(days=400)
_BEGINNING = datetime.min.replace(year=2000, tzinfo=NOON.tzinfo)
# Hours after NOON: a busy stretch, a trickle, a night, a silence of a fortnight, and a last word.
_LAST_BEFORE_THE_SILENCE = 31 + 89 / 60
_HOURS = [
    *[minute / 60 for minute in range(0, 240, 5)],
    *[5, 6.5, 7.2, 9, 9.1, 13.5, 13.7, 14, 22, 22.5, 31],
    *[31 + minute / 60 for minute in range(1, 90, 4)],
    *[400, 400.5, 403, 409, 409.1],
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a file of records that were said now and then."""
    said = [
        make_record(
            native_id=f"r{number}", created_at=NOON + timedelta(hours=hours), text=f"AI, {number}", lang="en"
        )
        for number, hours in enumerate(_HOURS)
    ]
    file = tmp_path / "said.jsonl"
    file.write_bytes(b"\n".join(encode(record) for record in said))
    return file


class _KilledError(Exception):
    """The process is gone."""


async def _play(
    newsroom: Newsroom, path: Path, *, die_after: int | None = None
) -> list[tuple[datetime, int]]:
    """Replay and return each step's time and how much was heard by then; die after so many steps."""
    steps: list[tuple[datetime, int]] = []

    async def report(at: Progress) -> None:
        assert newsroom.clock.now() == at.at
        steps.append((at.at, at.heard))
        if die_after is not None and len(steps) >= die_after:
            raise _KilledError

    newsroom.clock = clock = ReplayClock(_BEGINNING)
    with Recording([path], not_after=_LATER) as recording:
        try:
            await replay.run(newsroom, clock, recording, report)
        except _KilledError:
            return steps
    return steps


async def _forget(newsroom: Newsroom) -> None:
    async with newsroom.store.write() as connection:
        for table in (
            schema.record_beats,
            schema.record_links,
            schema.records,
            schema.sources,
            schema.storylines,
            schema.ticks,
        ):
            await connection.execute(table.delete())
    newsroom.memory = type(newsroom.memory)()


async def _heard(newsroom: Newsroom) -> dict[str, datetime]:
    async with newsroom.store.read() as connection:
        rows = await connection.execute(sa.select(schema.records))
        return {row.native_id: row.heard_at for row in rows}


async def test_every_record_is_heard_at_the_end_of_its_hours(newsroom: Newsroom, path: Path) -> None:
    """Each record is heard once, after it was said, within four hours, at a full hour."""
    steps = await _play(newsroom, path)
    heard = await _heard(newsroom)
    assert len(heard) == len(_HOURS) == steps[-1][1]
    for number, hours in enumerate(_HOURS):
        waited = heard[f"r{number}"] - (NOON + timedelta(hours=hours))
        assert timedelta() <= waited <= timedelta(hours=4)
        assert heard[f"r{number}"].minute == 0
    assert steps == sorted(steps)


async def test_busy_hours_are_taken_one_by_one(newsroom: Newsroom, path: Path) -> None:
    """While much is said the clock moves by the hour, so that nothing waits longer than in service."""
    steps = [at for at, _ in await _play(newsroom, path)]
    assert steps[:3] == [NOON + timedelta(hours=hours) for hours in (1, 2, 3)]


async def test_a_long_silence_is_jumped_over(newsroom: Newsroom, path: Path) -> None:
    """A fortnight without a word takes a few steps, in which what is ripening is told, and no more."""
    steps = [at - NOON for at, _ in await _play(newsroom, path)]
    heard = next(at for at in steps if at > timedelta(hours=_LAST_BEFORE_THE_SILENCE))
    silent = [at for at in steps if heard < at < timedelta(hours=400)]
    assert silent[-1] - heard >= timedelta(hours=6)
    assert len(silent) <= 4


async def test_the_clock_runs_on_after_the_last_record(newsroom: Newsroom, path: Path) -> None:
    """Six hours follow the last record, so that what is ripening is told."""
    steps = [at for at, _ in await _play(newsroom, path)]
    last = (NOON + timedelta(hours=_HOURS[-1])).replace(minute=0) + timedelta(hours=1)
    assert steps[-7:] == [last + timedelta(hours=hours) for hours in range(7)]


async def test_a_second_replay_of_the_same_files_does_nothing(newsroom: Newsroom, path: Path) -> None:
    """What is read to its end stays read: the clock stands where it stood, and nothing is heard again."""
    steps = await _play(newsroom, path)
    heard = await _heard(newsroom)
    assert await _play(newsroom, path) == steps[-1:]
    assert await _heard(newsroom) == heard


async def test_a_replay_that_is_cut_short_goes_on_with_the_same_steps(newsroom: Newsroom, path: Path) -> None:
    """Wherever it is cut, the steps before and after are those of a replay that was not."""
    whole = await _play(newsroom, path)
    for cut in range(1, len(whole)):
        await _forget(newsroom)
        before = await _play(newsroom, path, die_after=cut)
        after = await _play(newsroom, path)
        assert before == whole[:cut]
        # The step at which it stopped is done again: its rows may not all have moved.
        assert after == whole[cut - 1 :], f"cut after step {cut}"


@pytest.mark.parametrize("broken", ["add", "succeeded"])
async def test_what_is_heard_and_how_far_it_was_read_come_together(
    newsroom: Newsroom, path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A step that fails in either half leaves no trace, and the replay goes on from before it."""
    home: Any = records if broken == "add" else sources
    whole, calls = getattr(home, broken), 0

    async def dies(*args: Any, **kwargs: Any) -> None:
        nonlocal calls
        calls += 1
        await whole(*args, **kwargs)
        if calls == 3:
            raise _KilledError

    with monkeypatch.context() as patch:
        patch.setattr(home, broken, dies)
        before = await _play(newsroom, path)
    assert len(before) == 2
    assert len(await _heard(newsroom)) == before[-1][1]
    await _play(newsroom, path)
    assert len(await _heard(newsroom)) == len(_HOURS)


@pytest.mark.parametrize("heard", [("hackernews", "all"), (replay.SOURCE, "of other files")])
async def test_what_was_heard_otherwise_is_left_alone(
    newsroom: Newsroom, path: Path, heard: tuple[str, str]
) -> None:
    """In a store that a service or another recording has filled nothing is played, and nothing is changed."""
    async with newsroom.store.write() as connection:
        await sources.succeeded(connection, *heard, cursor={}, at=NOON)
    with pytest.raises(InputError, match="name a new folder with --data-dir"):
        await _play(newsroom, path)
    assert await _heard(newsroom) == {}


async def test_an_empty_recording_is_no_replay(newsroom: Newsroom, tmp_path: Path) -> None:
    """Nothing to read, no steps."""
    (tmp_path / "empty.jsonl").touch()
    assert await _play(newsroom, tmp_path / "empty.jsonl") == []
