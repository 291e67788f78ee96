"""Naming: what storylines are about by name, so that two whose words differ are known as one matter.

What a company or a well-known model is called stands in talk about many matters. A name that hardly anybody
said in the week before is another thing: whoever says it speaks of what it came with.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from scipy.special import betainc

from bot.detect.tokens import names_of, split, terms_of
from bot.domain.text import without_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.record import Record

# What so large a share of the openers say is what their storyline is about.
_SHARE = 0.5
# A young name is said by fewer than one person in so many, and so sure must that be.
RARE = 300
SURE = 0.95
# How the name of a picture or a page ends says nothing of what is on it.
_FORMAT = re.compile(r"\.[a-z]{2,5}$")


@dataclass(frozen=True, slots=True)
class Names:
    """Lower-case names that a storyline's openers go by.

    `titled` are in their titles, in one of them not merely where a sentence begins; `alluded` are all words
    of the titles that are spelled like names, and the paths of the links.
    """

    titled: frozenset[str]
    alluded: frozenset[str]


def names_in(openers: Sequence[Record]) -> Names:
    """Return the names that at least half of `openers` go by."""
    within: set[str] = set()
    titled, alluded = Counter[str](), Counter[str]()
    for opener in openers:
        title = without_references(opener.title or opener.text)
        named = _single(names_of(title))
        capitals = named | _single(_capitals(title))
        within |= named
        titled.update(capitals)
        alluded.update(capitals | _single(map(_path, opener.links)))
    least = _SHARE * len(openers)
    return Names(
        frozenset(name for name, times in titled.items() if times >= least and name in within),
        frozenset(name for name, times in alluded.items() if times >= least),
    )


def shared(one: Names, other: Names) -> frozenset[str]:
    """Return the names that one goes by and the other goes by or alludes to."""
    return (one.titled & other.alluded) | (other.titled & one.alluded)


def is_young(said_by: int, people: int) -> bool:
    """Say whether a name is rare for certain, when `said_by` of the `people` heard before said it.

    The upper limit of Clopper and Pearson (1934) for the share of people who say it is low: the fewer people
    are heard, the fewer may have said it, and of fewer than 898 nothing is certain. Openers alone would not
    do: what replies say all day, such as the name of a country, titles seldom hold.
    """
    return said_by < people and bool(betainc(said_by + 1, people - said_by, 1 / RARE) >= SURE)


def _single(texts: Iterable[str]) -> set[str]:
    """Return the words and parts of compound words in `texts` that can be names, without pairs."""
    return {
        term for text in texts for term in terms_of(split(text)) if " " not in term and not term.isdecimal()
    }


def _capitals(title: str) -> Iterable[str]:
    return (word for word in title.split() if any(letter.isupper() or letter.isdigit() for letter in word))


def _path(link: str) -> str:
    try:
        path = unquote(urlsplit(link).path)
    except ValueError:
        return ""
    return re.sub(r"[\W_]+", " ", _FORMAT.sub("", path))
