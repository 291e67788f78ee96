"""The newsroom: every part a move needs, in one value. `bot.app` builds it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bot.detect.reading import Reading
from bot.pipeline.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.collect.article import Articles
    from bot.collect.port import Consenting, PolledSource, Recheckable, StreamedSource
    from bot.detect.beats import BeatBook
    from bot.detect.embedding import Embedder
    from bot.detect.relevance import Relevance
    from bot.domain.card import Card
    from bot.domain.clock import Clock
    from bot.domain.record import Record
    from bot.domain.signal import Signal
    from bot.domain.story import Story
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


class Gateway(Protocol):
    """A standing connection to a network, on which people talk to the bot as they please."""

    name: str

    async def connect(self) -> None:
        """Be connected until that ends."""
        ...


@dataclass(slots=True)
class Office:
    """What a person at the desk needs of a newsroom, beside a running bot or without one."""

    settings: Settings
    store: Store
    clock: Clock
    book: BeatBook


@dataclass(slots=True)
class Newsroom(Office):
    """The parts, wired. `press` makes the picture of a story.

    `followed` are the networks on which a story goes to each place that follows its beat; such a place is a
    channel of its own, named after network and place ("discord:1234"). `recheckable` and `consenting` are by
    the name of the source whose records and people they know. `articles` reads the pages of news (None: they
    are left alone). `memory` is a cache of the store: losing it loses nothing.
    """

    embedder: Embedder
    relevance: Relevance
    writer: Writer
    channels: Mapping[str, Channel]
    followed: Mapping[str, Channel] = field(default_factory=dict)
    polled: Sequence[PolledSource] = ()
    streamed: Sequence[StreamedSource] = ()
    listeners: Sequence[Listener] = ()
    press: Callable[[Story, Signal], Card] | None = None
    recheckable: Mapping[str, Recheckable] = field(default_factory=dict)
    consenting: Mapping[str, Consenting] = field(default_factory=dict)
    gateways: Sequence[Gateway] = ()
    articles: Articles | None = None
    memory: Memory = field(default_factory=Memory)
    # What a record says by itself.
    read: Callable[[Record], Reading] = Reading
    # Spreads visits in time: a number from 0 up to 1.
    chance: Callable[[], float] = random.random  # noqa: S311 - no secret depends on it

    def channel(self, name: str) -> Channel | None:
        """Return the channel of that name, if the newsroom has it."""
        network, _, place = name.partition(":")
        return self.followed.get(network) if place else self.channels.get(name)
