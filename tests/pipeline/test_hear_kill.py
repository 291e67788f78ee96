"""Whatever instant the process dies at while it hears all sources, the same is stored in the end.

The suite kills it a few times; `HEAR_KILLS=50 pytest tests/pipeline/test_hear_kill.py` more often.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.store import schema
from bot.store.engine import open_store, sqlite_url
from tests import forks
from tests.pipeline import listener
from tests.pipeline.village import FILE, STEPS, Village, open_village

if TYPE_CHECKING:
    from pathlib import Path

_KILLS = int(os.environ.get("HEAR_KILLS", "5"))
_PATIENCE = 60
_TABLES = (schema.records, schema.record_links, schema.gaps, schema.sources)


class _Listener:
    """A process that hears."""

    def __init__(self, folder: Path, village: Village) -> None:
        self._reports, report = multiprocessing.Pipe(duplex=False)
        self._process = forks.start(listener.main, folder, village.pages, village.streams, report)
        report.close()

    async def begun(self) -> None:
        """Wait until it hears."""
        assert await asyncio.to_thread(self._reports.poll, _PATIENCE)
        assert self._reports.recv() == -1

    async def die(self, after: float) -> bool:
        """Send SIGKILL after so many seconds; tell whether it was still hearing."""
        await asyncio.to_thread(self._process.join, after)
        self._process.kill()
        await asyncio.to_thread(self._process.join)
        self._reports.close()
        assert self._process.exitcode in {0, -signal.SIGKILL}
        return self._process.exitcode == -signal.SIGKILL

    async def end(self) -> None:
        """Let it hear to the end."""
        await asyncio.to_thread(self._process.join, _PATIENCE)
        self._reports.close()
        assert self._process.exitcode == 0


async def _stored(folder: Path) -> dict[str, list[Any]]:
    """Return every row; what the stream took back between two batches was stored or not, and is left out."""
    store = await open_store(sqlite_url(folder))
    found: dict[str, list[Any]] = {}
    try:
        async with store.read() as connection:
            for table in _TABLES:
                rows = (await connection.execute(sa.select(table))).all()
                found[table.name] = sorted(map(repr, rows))
            columns = schema.records.c
            lost = await connection.execute(
                sa.select(schema.records).where(columns.source == "bluesky", columns.state == "erased")
            )
            found["records"] = sorted(set(found["records"]) - set(map(repr, lost.all())))
        return found
    finally:
        await store.close()


def _folder(above: Path, name: str) -> Path:
    (above / name).mkdir()
    return above / name


@pytest.mark.timeout(600)
async def test_a_listener_that_is_killed_stores_what_an_undisturbed_one_stores(tmp_path: Path) -> None:
    """Records, links, gaps and cursors of all sources are equal after any number of SIGKILLs."""
    records = _folder(tmp_path, "records")
    (records / "said.jsonl").write_bytes(FILE)
    chance = random.Random(7)
    async with open_village() as village:
        whole = _Listener(_folder(tmp_path, "whole"), village)
        await whole.begun()
        begun = time.monotonic()
        await whole.end()
        seconds = time.monotonic() - begun
        expected = await _stored(tmp_path / "whole")
        kills, run = 0, 0
        while kills < _KILLS:
            run += 1
            folder = _folder(tmp_path, f"run{run}")
            for _ in range(min(_KILLS - kills, 6)):
                process = _Listener(folder, village)
                await process.begun()
                if not await process.die(after=chance.uniform(0, seconds / 4)):
                    break
                kills += 1
            else:
                await _Listener(folder, village).end()
            assert await _stored(folder) == expected
    assert len(expected["records"]) > STEPS * 9
    assert {line.split("'")[1] for line in expected["sources"]} >= {"bluesky", "folder", "reddit"}
