"""Promises 1 and 2: whatever instant the process dies, the same stories come out, none twice, none lost."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import os
import random
import signal
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.collect.interchange import encode
from bot.store import schema, stories
from bot.store.engine import open_store, sqlite_url
from tests import forks
from tests.pipeline import driver, week

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from bot.domain.story import Story

_DAYS = 3
# Twenty and more kills, each of which lands.
_RUNS, _KILLS = 3, 7
_PATIENCE = 120


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the first days of the demo's week."""
    first = week.records()[0].created_at
    said = [record for record in week.records() if (record.created_at - first).days < _DAYS]
    path = tmp_path_factory.mktemp("recording") / "days.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(encode(record) for record in said)))
    return path


class _Replay:
    """A replay in a process of its own."""

    def __init__(self, data_dir: Path, recording: Path) -> None:
        self._hear, report = multiprocessing.Pipe(duplex=False)
        self._process = forks.start(driver.main, data_dir, recording, report)
        report.close()

    def steps(self) -> Iterator[datetime]:
        """Yield the replay's time at each step, until it ends."""
        with suppress(EOFError):
            while self._hear.poll(_PATIENCE):
                yield self._hear.recv()

    def kill(self, after: float) -> None:
        """Send SIGKILL after so many seconds; fail if the replay was over by then."""
        self._process.join(after)
        self._process.kill()
        self._process.join()
        self._hear.close()
        assert self._process.exitcode == -signal.SIGKILL

    def end(self) -> list[datetime]:
        """Let it run to its end; return the time at each step."""
        seen = list(self.steps())
        self._hear.close()
        self._process.join(_PATIENCE)
        assert self._process.exitcode == 0
        return seen


async def _outcome(data_dir: Path) -> tuple[list[Story], Sequence[Any]]:
    """Return all stories, and every publication without the times at which this process sent it."""
    store = await open_store(sqlite_url(data_dir))
    try:
        async with store.read() as connection:
            told = await stories.every(connection)
            table = schema.publications.c
            sent = await connection.execute(
                sa.select(table.id, table.story_id, table.version, table.channel, table.state, table.content)
            )
            return told, sorted(sent.all(), key=lambda row: row.id)
    finally:
        await store.close()


@pytest.fixture(scope="session")
def undisturbed(
    recording: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[datetime], float]:
    """Give the data of a replay that nobody disturbed, its steps, and how long a step took."""
    data_dir = tmp_path_factory.mktemp("undisturbed")
    replay = _Replay(data_dir, recording)
    first = next(replay.steps())
    begun = time.monotonic()
    steps = replay.end()
    return data_dir, [first, *steps], (time.monotonic() - begun) / len(steps)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("run", range(_RUNS))
async def test_a_replay_that_is_killed_again_and_again_ends_with_the_same_stories(
    recording: Path, undisturbed: tuple[Path, list[datetime], float], tmp_path: Path, run: int
) -> None:
    """Seven SIGKILLs at random moments change no story, claim or version, and nothing is sent twice."""
    whole, steps, pace = undisturbed
    chance = random.Random(run)
    # The last steps are left alone, so that there is always a replay to kill.
    for moment in sorted(chance.sample(steps[: -2 * _KILLS], _KILLS)):
        replay = _Replay(tmp_path, recording)
        next(at for at in replay.steps() if at >= moment)
        replay.kill(after=chance.uniform(0.0, pace))
    _Replay(tmp_path, recording).end()
    expected, planned = await _outcome(whole)
    assert len([story for story in expected if story.state.public]) >= 2
    told, sent = await _outcome(tmp_path)
    assert told == expected
    assert sent == planned
    assert len({(row.story_id, row.channel) for row in sent}) == len(sent)


@pytest.mark.timeout(300)
async def test_a_process_that_orders_its_sets_otherwise_tells_the_same_words(
    recording: Path, undisturbed: tuple[Path, list[datetime], float], tmp_path: Path
) -> None:
    """Python hashes text anew in each process, but alike in copies of one: this one starts by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.pipeline.driver", tmp_path, recording,
        env=os.environ | {"PYTHONHASHSEED": "1"},
    )  # fmt: skip
    assert await process.wait() == 0
    assert await _outcome(tmp_path) == await _outcome(undisturbed[0])
