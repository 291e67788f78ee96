"""A newsroom on an embedded store, with the demo's beats, the writer that needs no model, and a paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import settings
from bot.detect import beats
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.pipeline.newsroom import Newsroom
from bot.write.extractive import ExtractiveWriter
from tests.pipeline import held, plant, week
from tests.pipeline.paper import Paper
from tests.pipeline.steps import step

if TYPE_CHECKING:
    from pathlib import Path

    from bot.detect.beats import BeatBook
    from bot.domain.clock import ReplayClock
    from bot.domain.record import Record
    from bot.store.engine import Store

EVE = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def book() -> BeatBook:
    """Give the demo's beats."""
    return beats.load(week.BEATS)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """Give the embedding model, loaded once."""
    return Embedder()


@pytest.fixture(scope="session")
def relevance(book: BeatBook, embedder: Embedder) -> Relevance:
    """Give the relevance of the demo's beats."""
    return Relevance(book, embedder)


@pytest.fixture(scope="session")
def held_folder(
    tmp_path_factory: pytest.TempPathFactory, book: BeatBook, embedder: Embedder, relevance: Relevance
) -> Path:
    """Give a folder with a store in which a story is held; it is there to be copied."""
    folder = tmp_path_factory.mktemp("held")
    held.hold(folder, book, embedder, relevance)
    return folder


@pytest.fixture
def paper() -> Paper:
    """Give the channel of the newsroom."""
    return Paper()


@pytest.fixture
def newsroom(
    sqlite_store: Store,
    clock: ReplayClock,
    tmp_path: Path,
    book: BeatBook,
    embedder: Embedder,
    relevance: Relevance,
    paper: Paper,
) -> Newsroom:
    """Give a newsroom with an empty store."""
    return Newsroom(
        settings=settings.load(data_dir=tmp_path),
        store=sqlite_store,
        clock=clock,
        book=book,
        embedder=embedder,
        relevance=relevance,
        writer=ExtractiveWriter(),
        channels={paper.name: paper},
        chance=lambda: 0.0,
    )


@pytest.fixture
async def listening(newsroom: Newsroom, clock: ReplayClock) -> Newsroom:
    """Give a newsroom that has listened to everyday talk for two days, at EVE."""
    before = EVE - timedelta(days=1)
    said = week.noise()
    await step(newsroom, clock, [record for record in said if record.created_at <= before], until=before)
    await step(newsroom, clock, [r for r in said if before < r.created_at <= EVE], until=EVE)
    return newsroom


@pytest.fixture
async def signalled(newsroom: Newsroom, clock: ReplayClock) -> list[Record]:
    """Put sixty posts and a ripe signal on them into the store."""
    said = week.matter("heron-licence")[:60]
    clock.advance(said[-1].created_at)
    await plant.line(newsroom, "m1", "open-source", said)
    await plant.signal(newsroom, "m1", "open-source", said, at=clock.now())
    clock.advance(clock.now() + timedelta(hours=3))
    return said
