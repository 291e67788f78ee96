"""A store in which a story is held because it makes claims that nothing supports."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import settings
from bot.domain.clock import ReplayClock
from bot.domain.story import Claim, ClaimKind, Paragraph, StoryState
from bot.pipeline import tell
from bot.pipeline.newsroom import Newsroom
from bot.store.engine import open_store, sqlite_url
from bot.write.extractive import ExtractiveWriter
from tests.pipeline import plant, week

if TYPE_CHECKING:
    from pathlib import Path

    from bot.detect.beats import BeatBook
    from bot.detect.embedding import Embedder
    from bot.detect.relevance import Relevance
    from bot.domain.brief import Brief
    from bot.domain.story import Draft

FALSE = "Everyone in Atlantis already left for Mars."


class _Careless:
    """Hands in what the extractive writer wrote, with a claim in each paragraph that nothing supports."""

    name = "careless"

    async def write(self, brief: Brief) -> Draft:
        """Return the draft, spoilt."""
        draft = await ExtractiveWriter().write(brief)
        cited = [item for claim in draft.claims() for item in claim.citations if "LICENSE file" in item.quote]
        spoilt = tuple(
            Paragraph((*paragraph.claims, Claim(f"false-{number}", ClaimKind.NAMED, FALSE, (cited[0],))))
            for number, paragraph in enumerate(draft.paragraphs)
        )
        return replace(draft, paragraphs=spoilt)


def hold(folder: Path, book: BeatBook, embedder: Embedder, relevance: Relevance) -> None:
    """Make the store in `folder`."""
    # A thread has no event loop yet, whatever the caller's is doing.
    thread = threading.Thread(target=lambda: asyncio.run(_hold(folder, book, embedder, relevance)))
    thread.start()
    thread.join()


async def _hold(folder: Path, book: BeatBook, embedder: Embedder, relevance: Relevance) -> None:
    said = week.matter("heron-licence")[:60]
    clock = ReplayClock(said[-1].created_at)
    store = await open_store(sqlite_url(folder))
    newsroom = Newsroom(
        settings=settings.load(data_dir=folder), store=store, clock=clock, book=book, embedder=embedder,
        relevance=relevance, writer=_Careless(), channels={},
    )  # fmt: skip
    await plant.line(newsroom, "m1", "open-source", said)
    await plant.signal(newsroom, "m1", "open-source", said, at=clock.now())
    clock.advance(clock.now() + timedelta(hours=3))
    (story,) = await tell.run(newsroom)
    assert story.state is StoryState.HELD
    await store.close()
