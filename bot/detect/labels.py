"""What a storyline is called: its own most distinctive names and words."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS, names_of, split, terms_of
from bot.domain.text import without_references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.domain.record import Record

_WORDS = 3
_NAME_BONUS = 2.0


def label(said: Sequence[Record], seen: Callable[[str], int], documents: int) -> str:
    """Return up to three distinctive names or words of `said`, as people write them.

    `seen` tells, for a lower-case term, in how many of `documents` other texts it occurs.
    """
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    named: Counter[str] = Counter()
    plain = [without_references(record.words) for record in said]
    for name in chain.from_iterable(map(names_of, plain)):
        for spelling in dict.fromkeys((name, *name.split())):
            spelled[spelling.lower()][spelling] += 1
        # "GB" and "LICENSE" are spelled like names everywhere; they distinguish nothing.
        named[name.lower()] += not name.isupper()
    scores = {
        term: len(who) * math.log((documents + 1) / (seen(term) + 1)) * _bonus(named[term], who)
        for term, who in _shared(zip((record.author_key for record in said), plain, strict=True)).items()
        if term not in STOPWORDS and any(letter.isalpha() for letter in term)
    }
    chosen: list[str] = []
    for term in sorted(scores, key=lambda term: (-scores[term], term)):
        if not any(term in other or other in term for other in chosen):
            chosen.append(term)
        if len(chosen) == _WORDS:
            break
    return ", ".join(spelled[term].most_common(1)[0][0] if spelled[term] else term for term in chosen)


def _shared(said: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return who says each term that more than one author says; `said` holds authors and their words."""
    # Most terms are said by one only, and a set for each of those would cost more than all else.
    first: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    for author, plain in said:
        for term in terms_of(split(plain)):
            earlier = first.setdefault(term, author)
            if earlier != author:
                found.setdefault(term, {earlier}).add(author)
    return found


def _bonus(times_named: int, who: set[str]) -> float:
    return 1.0 + _NAME_BONUS * min(1.0, times_named / len(who))
