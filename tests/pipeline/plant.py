"""Matters put into the store as noticing leaves them, so that telling can be tested by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.detect.reading import as_text
from bot.detect.signals import Activity, judge
from bot.detect.storylines import StorylineIndex
from bot.detect.vectors import Vector, count, pack
from bot.store import records, signals, storylines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.record import Record
    from bot.domain.signal import Signal, SignalKind
    from bot.pipeline.newsroom import Newsroom


async def line(newsroom: Newsroom, storyline_id: str, beat: str, said: Sequence[Record]) -> None:
    """Put `said` into the store as a storyline of its own, or as what is new on it."""
    dense = newsroom.embedder.embed([record.words for record in said])
    vectors = [Vector(row, count(as_text(record))) for row, record in zip(dense, said, strict=True)]
    async with newsroom.store.write() as connection:
        index = StorylineIndex(newsroom.memory.index.weights)
        index.begin(storyline_id, said[0].created_at)
        for vector, record in zip(vectors, said, strict=True):
            index.add(storyline_id, vector, record.created_at)
        await records.add(connection, said, newsroom.clock.now())
        await storylines.save(
            connection,
            [
                storylines.Kept(
                    storyline_id, beat, said[0].created_at, said[-1].created_at, len(said),
                    index.packed(storyline_id),
                )
            ],
        )  # fmt: skip
        await records.notice(
            connection,
            [
                records.Noticed(
                    record.id, records.NOTICED, "en", storyline_id, record.id,
                    pack(vector) if record.opens_thread else None, {beat: 0.5},
                )
                for record, vector in zip(said, vectors, strict=True)
            ],
        )  # fmt: skip
    newsroom.memory.forget()


async def signal(
    newsroom: Newsroom,
    storyline_id: str,
    beat: str,
    said: Sequence[Record],
    *,
    at: datetime,
    kind: SignalKind | None = None,
    surprise: float | None = None,
) -> Signal:
    """Put a signal on the wire for what of `said` was said in the day before `at`."""
    inside = [record for record in said if record.created_at <= at]
    found = judge(
        Activity(
            storyline_id=storyline_id,
            beat=beat,
            until=at,
            first_at=said[0].created_at,
            records=len(inside),
            authors=len({record.author_key for record in inside}),
            copies=0,
            places=Counter(record.place for record in inside),
            evidence=tuple(record.id for record in inside),
            before=0,
            heard_days=1.0,
            beat_rate=2.0,
            lately=0,
        )
    )
    assert found is not None
    found = replace(found, kind=kind or found.kind, surprise=surprise or found.surprise)
    async with newsroom.store.write() as connection:
        await storylines.describe(connection, storyline_id, beat=beat, label=storyline_id.title())
        await signals.add(connection, found)
    return found
