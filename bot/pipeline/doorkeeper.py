"""The door of a whole network's stream: what is about the topic, and what answers something that is.

A text that is about the topic only by being near a live storyline ("it forgot my mother's name") does not
pass unless it is a reply; docs/decisions/0020-gate-before-parsing.md says why.
"""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.store import records

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from bot.detect.relevance import Relevance
    from bot.domain.clock import Clock
    from bot.store.engine import Store

# Replies to older conversations than this come too late to matter.
_FOLLOWED = timedelta(days=7)
_FORGET = timedelta(days=1)


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
        # What may be followed: a cache of the store, as of `_looked`, that spares asking it for every reply.
        self._threads: set[str] = set()
        self._laid: datetime | None = None
        self._looked: datetime | None = None

    def admits(self, text: str, lang: str | None) -> bool:
        """Tell whether a post is in a language that is read, and on topic by its words."""
        if lang is not None and not self._spoken(lang[:10]):
            return False
        if self._whole_place:
            return True
        return self._relevance.may_be_on_topic(text) and self._relevance.on_topic(text, self._source)

    def sieve(self, always: Iterable[bytes]) -> Callable[[bytes], bool] | None:
        """Return what tells of raw JSON whether it may be admitted, or matches one of `always`."""
        return None if self._whole_place else self._relevance.sieve(always)

    async def follows(self, threads: Collection[str]) -> Collection[str]:
        """Return those conversations of which something was heard lately that was not laid aside."""
        now = self._clock.now()
        async with self._store.read() as connection:
            if self._laid is None or self._looked is None or now - self._laid >= _FORGET:
                self._threads, self._laid, self._looked = set(), now, now - _FOLLOWED
            self._threads |= await records.threads_heard(connection, self._source, self._looked)
            # The stream asks only after its last batch was committed, so nothing comes in before this time.
            self._looked = now
            return await records.followed(connection, self._threads.intersection(threads))
