"""The door of a whole network's stream: what is about the topic, and what answers something that is.

A text that is about the topic only by being near a live storyline ("it forgot my mother's name") does not
pass unless it is a reply; docs/decisions/0020-gate-before-parsing.md says why.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.detect.storylines import LIVE
from bot.pipeline.lately import Lately
from bot.store import records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.detect.relevance import Relevance
    from bot.domain.clock import Clock
    from bot.store.engine import Store

_HOUR = timedelta(hours=1)


class Doorkeeper:
    """Admits what noticing would keep for its words, and replies in conversations that the store follows."""

    def __init__(
        self, relevance: Relevance, store: Store, clock: Clock, *, languages: Collection[str], source: str
    ) -> None:
        self._relevance = relevance
        self._store = store
        self._clock = clock
        self._source = source
        # A community of a beat is on topic whatever is said there.
        self._whole_place = relevance.on_topic("", source)
        self._spoken = lru_cache(maxsize=1_000)(lambda lang: lang.partition("-")[0].lower() in languages)
        # What may be followed, as of `_looked`: it spares asking the store for every reply.
        self._heard = Lately(LIVE.days)
        self._looked: datetime | None = None

    def admits(self, text: str, lang: str | None) -> bool:
        """Tell whether a post is in a language that is read, and on topic by its words."""
        if lang is not None and not self._spoken(lang[:10]):
            return False
        if self._whole_place:
            return True
        return self._relevance.may_be_on_topic(text) and self._relevance.on_topic(text, self._source)

    def sieve(self, marks: Sequence[bytes]) -> Callable[[bytes], Sequence[Sequence[int]]] | None:
        """Return what finds where in raw JSON something may be admitted, and `marks` (`bot.detect.sieve`)."""
        return None if self._whole_place else self._relevance.sieve(marks)

    async def follows(self, threads: Collection[str]) -> Collection[str]:
        """Return those conversations of which something was heard lately that was not laid aside.

        Lately is as long as a storyline stays open to new threads.
        """
        now = self._clock.now()
        async with self._store.read() as connection:
            await self._catch_up(connection, now)
            return await records.followed(connection, self._heard.among(threads), now - LIVE)

    async def _catch_up(self, connection: AsyncConnection, now: datetime) -> None:
        """Note what was heard since the last look, or within the life of a storyline, hour by hour."""
        self._heard.turn(now.toordinal())
        looked = self._looked or now - LIVE
        # The stream asks only after its last batch was committed, so nothing comes in before this time.
        for hour in range((now - looked) // _HOUR + 1):
            since = looked + hour * _HOUR
            until = min(since + _HOUR, now)
            async for threads in records.threads_heard(connection, self._source, since, until):
                self._heard.note(threads, until.toordinal())
        self._looked = now
