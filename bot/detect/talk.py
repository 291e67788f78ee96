"""Talk: how alike what people say in two storylines is, openers and replies together.

An opener may be a picture and four words. What the matter is, its replies say: each word counts by the share
of the people who say it, so that nobody counts twice, and by how rare it is among all openers.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.detect.tokens import terms

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from bot.detect.vectors import Weights
    from bot.domain.record import Record

# So alike are two storylines that speak of one thing, where they share its name as well.
ALIKE = 0.32


def likeness(
    one: Iterable[Record], other: Iterable[Record], weights: Weights, without: Collection[str] = ()
) -> float:
    """Return the cosine of what is said in both, from 0 (no word shared) to 1.

    The words `without` are left out: whether both say a name is another question than what they say of it.
    """
    here, there = _weighted(one, weights, without), _weighted(other, weights, without)
    lengths = math.hypot(*here.values()) * math.hypot(*there.values())
    return sum(here[term] * there[term] for term in here.keys() & there.keys()) / lengths if lengths else 0.0


def _weighted(said: Iterable[Record], weights: Weights, without: Collection[str]) -> Mapping[str, float]:
    """Return how much each term counts that more than one person says."""
    people: defaultdict[str, set[str]] = defaultdict(set)
    left_out = frozenset(without)
    for record in said:
        for term in set(terms(record.words)):
            people[term].add(record.author_key)
    return {
        term: len(who) * weights.rarity(term)
        for term, who in people.items()
        if len(who) > 1 and left_out.isdisjoint(term.split())
    }
