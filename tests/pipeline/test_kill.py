"""Promises 1 and 2: whatever instant the process dies, the same stories come out, none twice, none lost."""

from __future__ import annotations

import gzip
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.collect.interchange import encode
from bot.store import schema, stories
from bot.store.engine import open_store, sqlite_url
from tests.pipeline import week

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.story import Story

_DAYS = 3
_RUNS, _KILLS = 5, 4
_ROOT = Path(__file__).parents[2]
_PATIENCE = 60


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the first days of the demo's week."""
    first = week.records()[0].created_at
    said = [record for record in week.records() if (record.created_at - first).days < _DAYS]
    path = tmp_path_factory.mktemp("recording") / "days.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(encode(record) for record in said)))
    return path


def _start(data_dir: Path, recording: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.pipeline.driver", str(data_dir), str(recording)]
    return subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _finish(data_dir: Path, recording: Path) -> float:
    """Let a replay run to its end; return how long it took."""
    begun = time.monotonic()
    with _start(data_dir, recording) as child:
        try:
            child.communicate(timeout=_PATIENCE)
        finally:
            child.kill()
    assert child.returncode == 0
    return time.monotonic() - begun


def _kill_after(seconds: float, data_dir: Path, recording: Path) -> bool:
    """Kill a replay after so long; tell whether it was still running."""
    with _start(data_dir, recording) as child:
        try:
            child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
    return child.returncode == -signal.SIGKILL


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
def undisturbed(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float, float]:
    """Give the data of a replay that nobody disturbed, and how long its start and its work took."""
    data_dir = tmp_path_factory.mktemp("undisturbed")
    whole = _finish(data_dir, recording)
    start = _finish(data_dir, recording)
    return data_dir, start, whole - start


@pytest.mark.timeout(300)
@pytest.mark.parametrize("run", range(_RUNS))
async def test_a_replay_that_is_killed_again_and_again_ends_with_the_same_stories(
    recording: Path, undisturbed: tuple[Path, float, float], tmp_path: Path, run: int
) -> None:
    """Four SIGKILLs at random moments change no story, claim, state or version, and nothing is sent twice."""
    whole, start, work = undisturbed
    chance = random.Random(run)
    # Every process takes up where the one before was killed, so each gets the stretch between two moments.
    moments = [0.0, *sorted(chance.uniform(0.0, 0.9) for _ in range(_KILLS))]
    stretches = [start + (then - now) * work for now, then in pairwise(moments)]
    killed = [_kill_after(seconds, tmp_path, recording) for seconds in stretches]
    assert sum(killed) >= _KILLS - 1
    _finish(tmp_path, recording)
    expected, planned = await _outcome(whole)
    assert len([story for story in expected if story.state.public]) >= 2
    told, sent = await _outcome(tmp_path)
    assert told == expected
    assert sent == planned
    assert len({(row.story_id, row.channel) for row in sent}) == len(sent)
