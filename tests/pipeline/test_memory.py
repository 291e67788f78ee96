"""The restart promise: a memory that was lost and laid anew finds just what one that was kept finds."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from bot.detect.embedding import DIMENSIONS
from bot.detect.storylines import LIVE
from bot.detect.vectors import Text, Vector, Weights, count
from bot.domain.clock import ReplayClock
from bot.pipeline import notice, watch
from bot.pipeline.memory import Memory, index_at, measured
from bot.store import schema
from bot.store.engine import open_store
from tests.factory import NOON
from tests.pipeline import week
from tests.pipeline.steps import hear

if TYPE_CHECKING:
    from pathlib import Path

    from bot.detect.storylines import StorylineIndex
    from bot.domain.record import Record
    from bot.pipeline.newsroom import Newsroom

_TABLES = (
    schema.records,
    schema.record_beats,
    schema.storylines,
    schema.signals,
    schema.signal_evidence,
)


async def _all(newsroom: Newsroom) -> list[tuple[Any, ...]]:
    async with newsroom.store.read() as connection:
        return [
            tuple(row)
            for table in _TABLES
            for row in await connection.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]


async def _through(newsroom: Newsroom, url: str, said: list[Record], seed: int | None) -> list[Any]:
    """Return the store after `said`; with a seed, the process is started anew between random moves."""
    chance = random.Random(seed)
    store = await open_store(url)
    clock = ReplayClock(said[0].created_at)
    newsroom.store, newsroom.clock, newsroom.memory = store, clock, Memory()
    try:
        heard = 0
        while heard < len(said):
            clock.advance(clock.now() + timedelta(hours=1))
            batch = [record for record in said[heard:] if record.created_at <= clock.now()]
            heard += len(batch)
            await hear(newsroom, batch)
            for move in (notice.run, watch.run):
                if seed is not None and chance.random() < 0.2:
                    newsroom.memory = Memory()
                await move(newsroom)
        return await _all(newsroom)
    finally:
        await store.close()


async def test_a_restart_changes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    """Days noticed by many processes give the matters, families, beats and signals of one process."""
    said = list(week.records())[:700]
    undisturbed = await _through(newsroom, _url(tmp_path, "one"), said, None)
    assert len(undisturbed) > 1_000
    for seed in (1, 2):
        assert await _through(newsroom, _url(tmp_path, f"many-{seed}"), said, seed) == undisturbed


def _url(folder: Path, name: str) -> str:
    return f"sqlite+aiosqlite:///{folder / name}.db"


def _places(index: StorylineIndex) -> dict[str, tuple[Any, ...]]:
    return {name: (index.packed(name), index.last_at(name), index.size(name)) for name in sorted(index._live)}


def _originals(memory: Memory) -> list[str]:
    return sorted(original.record_id for original in memory.copies._seen.values())


async def test_a_memory_laid_anew_is_the_one_that_was_lost(newsroom: Newsroom, clock: ReplayClock) -> None:
    """In the middle of a day, index, weights, bar, background and rates come back exactly."""
    for day in range(4):
        said = [record for record in week.records() if record.created_at.day == NOON.day + day]
        for half in (said[: len(said) // 2], said[len(said) // 2 :]):
            clock.advance(half[-1].created_at)
            await hear(newsroom, half)
            await notice.run(newsroom)
    lost = newsroom.memory
    newsroom.memory = Memory()
    await newsroom.memory.recall(newsroom.store, clock.now())
    found = newsroom.memory
    assert found.laid == lost.laid
    assert found.index.near == lost.index.near
    assert np.array_equal(found.index.weights.idf, lost.index.weights.idf)
    assert _places(found.index) == _places(lost.index)
    assert found.index.weights.documents == lost.index.weights.documents > 0
    assert found.index.weights.seen("licence") == lost.index.weights.seen("licence") > 0
    assert found.usual == lost.usual
    assert _originals(found) == _originals(lost)
    for name in found.index._live:
        assert np.array_equal(found.index.unit(name), lost.index.unit(name))


async def test_the_memory_is_laid_once_a_day(newsroom: Newsroom, clock: ReplayClock) -> None:
    """With enough heard, the memory stands all day, and is laid anew from midnight on."""
    said = [record for record in week.records() if record.created_at.day < NOON.day + 3]
    clock.advance(said[-1].created_at)
    await hear(newsroom, said)
    await notice.run(newsroom)
    midnight = (clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    await newsroom.memory.recall(newsroom.store, midnight)
    index = newsroom.memory.index
    assert newsroom.memory.index.weights.documents >= 40
    for hours in (1, 6, 12, 23):
        await newsroom.memory.recall(newsroom.store, midnight + timedelta(hours=hours))
        assert newsroom.memory.index is index
    await newsroom.memory.recall(newsroom.store, midnight + timedelta(days=1))
    assert newsroom.memory.index is not index


async def test_a_young_memory_learns_every_six_hours(newsroom: Newsroom, clock: ReplayClock) -> None:
    """While little has been heard, the memory takes in what came since, at each quarter of the day."""
    said = [record for record in week.records() if record.opens_thread][:30]
    await hear(newsroom, said)
    await notice.run(newsroom)
    assert newsroom.memory.index.weights.documents == 0
    clock.advance(clock.now() + timedelta(hours=6))
    await newsroom.memory.recall(newsroom.store, clock.now())
    assert 0 < newsroom.memory.index.weights.documents < 40


async def test_a_word_is_weighed_by_how_rare_it_was_before_what_is_live(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """What was heard before the live window tells how common a word is, when nothing was heard since."""
    said = [record for record in week.records() if record.opens_thread][:60]
    clock.advance(said[-1].created_at)
    await hear(newsroom, said)
    await notice.run(newsroom)
    later = clock.now() + LIVE + timedelta(days=8)
    async with newsroom.store.read() as connection:
        index = await index_at(connection, later)
    assert index.weights.documents == 0
    assert index.weights.idf.min() < Weights().idf.min() - 1


def test_where_all_is_alike_the_bar_is_higher() -> None:
    """A forum of one subject has a higher bar, though what all talk there has in common is taken out."""
    generator = np.random.default_rng(7)
    scattered = generator.normal(size=(200, DIMENSIONS)).astype(np.float32)
    words = [count(Text(f"topic{number} matter{number}")) for number in range(200)]
    of_all, of_one = (
        measured([Vector(row + share, counts) for row, counts in zip(scattered, words, strict=True)], [])
        for share in (np.float32(0.0), np.float32(0.7))
    )
    assert of_one.near > 1.5 * of_all.near
    assert np.linalg.norm(of_one.weights.centre) > 0.3 > np.linalg.norm(of_all.weights.centre)
