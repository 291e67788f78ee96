"""The newsroom: every part a move needs, in one value. `bot.app` builds it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.pipeline.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.collect.port import PolledSource, StreamedSource
    from bot.detect.beats import BeatBook
    from bot.detect.embedding import Embedder
    from bot.detect.relevance import Relevance
    from bot.domain.clock import Clock
    from bot.publish.port import Channel
    from bot.settings import Settings
    from bot.store.engine import Store
    from bot.write.port import Writer


class Listener(Protocol):
    """Hears and answers readers on one network. `seconds` is the time between two looks."""

    name: str
    seconds: float

    async def run(self) -> object:
        """Look once: hear what is new, decide it, send what is due."""
        ...


@dataclass(slots=True)
class Newsroom:
    """The parts, wired. `memory` is a cache of the store: losing it loses nothing."""

    settings: Settings
    store: Store
    clock: Clock
    book: BeatBook
    embedder: Embedder
    relevance: Relevance
    writer: Writer
    channels: Mapping[str, Channel]
    polled: Sequence[PolledSource] = ()
    streamed: Sequence[StreamedSource] = ()
    listeners: Sequence[Listener] = ()
    memory: Memory = field(default_factory=Memory)
    # Spreads visits in time: a number from 0 up to 1.
    chance: Callable[[], float] = random.random  # noqa: S311 - no secret depends on it
