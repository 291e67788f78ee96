"""The detector's working memory of the live window: a cache that the store can always fill again.

It is laid anew at the first tick of each UTC day, from what the store holds, whether or not the process was
restarted meanwhile; so a bot that was killed goes on exactly as one that was not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.detect.copies import Copies
from bot.detect.embedding import DIMENSIONS, unpack
from bot.detect.storylines import LIVE, StorylineIndex, near_enough
from bot.detect.vectors import Text, Weights, count
from bot.store import storylines as kept

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.record import Record
    from bot.store.engine import Store

_WEIGHED_OVER = timedelta(days=7)
_COPIES_OVER = timedelta(days=3)
_SAMPLE = 600


def as_text(record: Record) -> Text:
    """Return what a record is compared by: its title, or all of it where it has none."""
    if record.title:
        return Text(record.title, record.text, record.links)
    return Text(record.text, links=record.links)


def _sample(openers: Sequence[Record]) -> Sequence[Record]:
    return openers[:: len(openers) // _SAMPLE + 1]


def _index(openers: Sequence[Record], vectors: Mapping[str, bytes]) -> StorylineIndex:
    weights = Weights(as_text(record) for record in openers)
    sample = [record for record in _sample(openers) if record.id in vectors]
    dense = np.array([unpack(vectors[record.id]) for record in sample], dtype=np.float32).reshape(
        -1, DIMENSIONS
    )
    return StorylineIndex(
        weights, near_enough(weights.stack(dense, count([as_text(record) for record in sample])))
    )


@dataclass(slots=True)
class Memory:
    """Live storylines, word weights and known copies, as of `day`."""

    day: datetime | None = None
    index: StorylineIndex = field(default_factory=lambda: StorylineIndex(Weights()))
    copies: Copies = field(default_factory=Copies)

    async def recall(self, store: Store, now: datetime) -> None:
        """Lay the memory anew if a UTC day has begun since it was laid."""
        day = datetime(now.year, now.month, now.day, tzinfo=UTC)
        if self.day == day:
            return
        async with store.read() as connection:
            openers = await kept.remembered(
                connection, heard_from=day - _WEIGHED_OVER, heard_before=day, openers=True
            )
            vectors = await kept.vectors(connection, [record.id for record in _sample(openers)])
            said = await kept.remembered(connection, heard_from=day - _COPIES_OVER)
            live = await kept.live(connection, day - LIVE)
        self.index = _index(openers, vectors)
        for line in live:
            self.index.load(line.id, line.centroid, line.last_at, line.size)
        self.copies = Copies()
        for record in said:
            self.copies.family(record.id, record.words)
        self.day = day

    def forget(self) -> None:
        """Distrust the memory: the next `recall` lays it anew."""
        self.day = None
