"""The invented population: who writes in which community.

Every community has its own pool, a few people write in several subreddits, and a few people write
much more than the others. Newspapers sign with their host, papers with an author of their own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

NAMES: Final = tomllib.loads((Path(__file__).parent / "names.toml").read_text(encoding="utf-8"))
ADJECTIVES: Final[list[str]] = NAMES["adjectives"].split()
NOUNS: Final[list[str]] = NAMES["nouns"].split()
SURNAMES: Final[list[str]] = NAMES["surnames"].split()
POOL_SIZE: Final = {"reddit": 130, "hackernews": 240, "discourse": 70, "bluesky": 460}
SHARED_REDDITORS: Final = 14
BASE32: Final = "abcdefghijklmnopqrstuvwxyz234567"
LEAN: Final = 1.3
"""How much the pool leans towards its regulars: 1 is even."""


@dataclass(frozen=True, slots=True)
class Author:
    """A stable id and the handle shown with it."""

    id: str
    handle: str


class Population:
    """Everybody who writes during the week; the same seed gives the same people."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}/people")
        self._handles: set[str] = set()
        self._pools: dict[tuple[str, str], list[Author]] = {}
        self._accounts: dict[tuple[str, str, int], Author] = {}
        self._shared = [self._newcomer("reddit") for _ in range(SHARED_REDDITORS)]

    def draw(self, source: str, community: str, rng: Random, taken: AbstractSet[Author]) -> Author:
        """Somebody of the community who is not among `taken`."""
        if source == "rss":
            return Author(community, community)
        if source == "arxiv":
            name = f"{rng.choice('ABCDEFGHIJKLMNOPRSTVWYZ')}. {rng.choice(SURNAMES)}"
            return Author(name, name)
        pool = [author for author in self._pool(source, community) if author not in taken]
        if not pool:
            msg = f"{community} has too few people"
            raise ValueError(msg)
        return pool[int(len(pool) * rng.random() ** LEAN)]

    def account(self, bank: str, source: str, number: int) -> Author:
        """A numbered account of a bank, outside all pools."""
        key = (bank, source, number)
        if key not in self._accounts:
            self._accounts[key] = self._newcomer(source)
        return self._accounts[key]

    def _pool(self, source: str, community: str) -> list[Author]:
        key = (source, community)
        if key not in self._pools:
            pool = [self._newcomer(source) for _ in range(POOL_SIZE[source])]
            if source == "reddit":
                pool += self._shared
            self._rng.shuffle(pool)
            self._pools[key] = pool
        return self._pools[key]

    def _newcomer(self, source: str) -> Author:
        while True:
            handle = self._handle(source)
            if handle not in self._handles:
                break
        self._handles.add(handle)
        if source != "bluesky":
            return Author(handle, handle)
        return Author("did:example:" + "".join(self._rng.choices(BASE32, k=24)), handle)

    def _handle(self, source: str) -> str:
        rng = self._rng
        adjective, noun, number = rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.randrange(10, 9900)
        if source == "reddit":
            return f"{adjective.title()}-{noun.title()}-{number}"
        if source == "bluesky":
            return f"{adjective}{rng.choice(('', '-'))}{noun}.bsky.example"
        return f"{adjective}{noun}{rng.choice(('', number % 100))}"
