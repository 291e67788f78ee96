"""The detector's working memory of the live window: a cache that the store can always fill again.

It is laid anew at the first tick of each UTC day (every six hours while little has been heard), from what
the store holds, whether or not the process was restarted meanwhile; so a bot that was killed goes on exactly
as one that was not.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.detect.copies import Copies, own, sketch
from bot.detect.embedding import DIMENSIONS
from bot.detect.rhythm import Rhythm, learn
from bot.detect.storylines import FEWEST_TO_MEASURE, LIVE, StorylineIndex, near_enough
from bot.detect.tokens import words
from bot.detect.usual import Usual
from bot.detect.vectors import Vector, Weights, rows, unpack
from bot.pipeline import exposed
from bot.store import storylines as kept

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.store.engine import Store

_WEIGHED_OVER = timedelta(days=7)
_OLDER_OVER = timedelta(days=28)
MOST_OLDER = 2_000
_RHYTHM_OVER = timedelta(days=28)
_COPIES_OVER = timedelta(days=3)
_SAMPLE = 600
_QUARTER = 6


def measured(openers: Sequence[Vector], older: Sequence[Vector]) -> StorylineIndex:
    """Return an empty index that weighs words, and sets its bar, by the openers of the week before.

    How rare a word is, the `older` ones tell, from before what is live began (`before_live`). The bar is set
    before what all have in common is taken out: a forum of one subject has much, and its matters lie near.
    """
    weights = Weights([vector.counts for vector in openers], [vector.counts for vector in older])
    sample = openers[:: len(openers) // _SAMPLE + 1]
    near = near_enough(weights.stack(_meanings(sample), rows([vector.counts for vector in sample])))
    weights.take_out(_meanings(openers))
    return StorylineIndex(weights, near)


def _meanings(vectors: Sequence[Vector]) -> NDArray[np.float32]:
    return np.array([vector.dense for vector in vectors], dtype=np.float32).reshape(-1, DIMENSIONS)


@dataclass(slots=True)
class Memory:
    """Live storylines, word weights and known copies, as of `laid`."""

    laid: datetime | None = None
    looked: datetime | None = None
    index: StorylineIndex = field(default_factory=lambda: StorylineIndex(Weights()))
    copies: Copies = field(default_factory=Copies)
    usual: Usual = field(default_factory=Usual)
    rhythm: Rhythm = field(default_factory=Rhythm)
    # Whether all that is kept is by this process's model, None if nobody looked (bot/pipeline/reembed.py).
    of_one_model: bool | None = None

    async def recall(self, store: Store, now: datetime) -> None:
        """Lay the memory anew if its time is up.

        While vectors of two models are kept it stays as it is: they cannot lie in one memory.
        """
        if self.of_one_model is False:
            return
        quarter = now.replace(hour=now.hour - now.hour % _QUARTER, minute=0, second=0, microsecond=0)
        if self.looked == quarter:
            return
        day = quarter.replace(hour=0)
        async with store.read() as connection:
            since = day
            if await kept.conversations(connection, *_week(day)) < FEWEST_TO_MEASURE:
                since = quarter
            if self.laid != since:
                await self._lay(connection, since)
                self.rhythm = learn(await kept.by_hour(connection, since - _RHYTHM_OVER, since))
        if self.laid != since:
            self.usual = await _usual(store, since)
            self.laid = since
        self.looked = quarter

    async def _lay(self, connection: AsyncConnection, since: datetime) -> None:
        self.index = await index_at(connection, since)
        await self._lay_copies(connection, since.replace(hour=0) - _COPIES_OVER)

    async def _lay_copies(self, connection: AsyncConnection, since: datetime) -> None:
        # What was seen since the last time is still there, so only a memory that was lost is read again.
        if self.laid is not None:
            self.copies.forget(since)
            return
        self.copies = Copies()
        known = await kept.originals(connection, since)
        await asyncio.to_thread(_know, self.copies, known)

    def forget(self) -> None:
        """Distrust the memory: the next `recall` lays it anew."""
        self.laid = self.looked = None


async def index_at(connection: AsyncConnection, since: datetime) -> StorylineIndex:
    """Return the storylines that were live at the day of `since`, weighed by what was heard before it."""
    openers = await kept.vectors(connection, *_week(since))
    older = await kept.vectors(connection, *before_live(since), at_most=MOST_OLDER)
    lines = await kept.live(connection, since.replace(hour=0, minute=0, second=0, microsecond=0) - LIVE)
    return await asyncio.to_thread(_laid, openers, older, lines)


async def _usual(store: Store, since: datetime) -> Usual:
    """Return what was usual as of `since`.

    It is counted once and kept: later, matters that merged or changed beats would give other counts.
    """
    days = counted_over(since)
    async with store.read() as connection:
        found = await kept.usual_counts(connection, since)
        missed = await exposed.missed_days(connection, *days)
    if found is None:
        async with store.write() as connection:
            found = await kept.daily_counts(connection, *days, missed)
            await kept.keep_usual_counts(connection, since, found)
    return Usual(found, missed)


def counted_over(since: datetime) -> tuple[datetime, datetime]:
    """Return over which days (from, to] the usual counts of `since` are taken."""
    day = since.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - _WEIGHED_OVER, day


def before_live(since: datetime) -> tuple[datetime, datetime]:
    """Return from when to when [from, to) it is heard how people speak when nothing live is spoken of."""
    return since - LIVE - _OLDER_OVER, since - LIVE


def _laid(openers: Sequence[bytes], older: Sequence[bytes], lines: Sequence[kept.Kept]) -> StorylineIndex:
    index = measured([unpack(packed) for packed in openers], [unpack(packed) for packed in older])
    for line in lines:
        index.load(line.id, line.centroid, line.last_at, line.size)
    return index


def _know(copies: Copies, originals: Sequence[Record]) -> None:
    for record in originals:
        copies.family(record.id, record.created_at, sketch(words(own(record.words))))


def _week(before: datetime) -> tuple[datetime, datetime]:
    return before - _WEIGHED_OVER, before
