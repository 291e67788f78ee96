"""Clustering as the bot does it, one at a time and audited each hour, without a store; and its score."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from bot.detect import audit
from bot.detect.embedding import Embedder
from bot.detect.storylines import FEWEST_TO_MEASURE, LIVE, StorylineIndex
from bot.detect.vectors import Text, Vector, Weights, count
from bot.pipeline.memory import MOST_OLDER, before_live, measured

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from datetime import datetime

_WEEK = timedelta(days=7)
_QUARTER = 6


@dataclass(frozen=True, slots=True)
class Item:
    """A text to be clustered, when it was said, and what it is about (None: nobody said)."""

    id: str
    title: str
    body: str
    links: tuple[str, ...]
    at: datetime
    label: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """How well clusters agree with labels: normalised mutual information and B-cubed, all in [0, 1]."""

    nmi: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """B-cubed F1 (Bagga and Baldwin 1998)."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score(items: Sequence[Item], clusters: Sequence[Hashable]) -> Score:
    """Return how well `clusters` agree with the labels of those items that have one.

    NMI is normalised by the arithmetic mean of both entropies, as published results for News-T are.
    """
    pairs = [(item.label, found) for item, found in zip(items, clusters, strict=True) if item.label]
    size = len(pairs)
    both, labels, found = Counter(pairs), Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    shared = sum(n / size * np.log(n * size / (labels[one] * found[two])) for (one, two), n in both.items())
    entropies = [-sum(n / size * np.log(n / size) for n in counted.values()) for counted in (labels, found)]
    mean = sum(entropies) / 2
    return Score(
        nmi=float(shared / mean) if mean else 1.0,
        precision=sum(n * n / found[two] for (_, two), n in both.items()) / size,
        recall=sum(n * n / labels[one] for (one, _), n in both.items()) / size,
    )


def vectors(items: Sequence[Item]) -> list[Vector]:
    """Return the items' vectors, as noticing makes them."""
    dense = Embedder().embed([f"{item.title}\n\n{item.body}".strip() for item in items])
    texts = (Text(item.title, item.body, item.links) for item in items)
    return [Vector(row, count(text)) for row, text in zip(dense, texts, strict=True)]


class OnePass:
    """Items put into storylines one at a time in order of time, with an audit each hour or without.

    `near` fixes the bar, which else is measured as the bot does.
    """

    def __init__(
        self, items: Sequence[Item], made: Sequence[Vector], *, audited: bool, near: float | None = None
    ) -> None:
        self._items, self._made = items, made
        self._audited, self._near = audited, near
        self._index = StorylineIndex(Weights())
        self._laid: datetime | None = None
        self.lines: list[str] = []

    def run(self) -> list[str]:
        """Return the storyline of each item."""
        for hour, numbers in groupby(range(len(self._items)), lambda n: _whole(self._items[n].at)):
            self._lay(hour)
            for number in numbers:
                self._put(number)
            if self._audited:
                self._audit(hour + timedelta(hours=1))
        return self.lines

    def _lay(self, hour: datetime) -> None:
        since = hour.replace(hour=0)
        if len(self._heard(since - _WEEK, since)) < FEWEST_TO_MEASURE:
            since = hour.replace(hour=hour.hour - hour.hour % _QUARTER)
        if since == self._laid:
            return
        old, self._index, self._laid = self._index, self._measured(since), since
        self._index.near = self._index.near if self._near is None else self._near
        for line in dict.fromkeys(self.lines):
            if line in old and old.last_at(line) >= since.replace(hour=0) - LIVE:
                self._index.load(line, old.packed(line), old.last_at(line), old.size(line))

    def _measured(self, since: datetime) -> StorylineIndex:
        older = self._heard(*before_live(since))[-MOST_OLDER:]
        return measured(self._heard(since - _WEEK, since), older)

    def _heard(self, start: datetime, until: datetime) -> list[Vector]:
        return [
            self._made[number] for number in range(len(self.lines)) if start <= self._items[number].at < until
        ]

    def _put(self, number: int) -> None:
        item, vector = self._items[number], self._made[number]
        near = self._index.nearest(vector, item.at)
        if near is None:
            self._index.begin(item.id, item.at)
        self.lines.append(near[0] if near else item.id)
        self._index.add(self.lines[-1], vector, item.at)

    def _audit(self, now: datetime) -> None:
        size = len(self.lines)
        window = [n for n in range(size) if self._items[n].at > now - LIVE][-audit.MOST :]
        openers = [audit.Opener(self._items[n].id, self.lines[n], self._made[n]) for n in window]
        found = audit.repaired(openers, self._index.weights, self._index.near, now)
        moved = {n: line for n, line in zip(window, found, strict=True) if self.lines[n] != line}
        touched = {self.lines[n] for n in moved} | set(moved.values())
        for number, line in moved.items():
            self.lines[number] = line
        held: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            if line in touched:
                held[line].append(number)
        for line in sorted(touched):
            if line in held:
                numbers = held[line]
                last_at = self._items[numbers[-1]].at
                self._index.centre_on(line, [self._made[n] for n in numbers], last_at, len(numbers))
            elif line in self._index:
                self._index.drop(line)


def _whole(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
