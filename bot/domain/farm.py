"""Account farms: accounts that speak of one thing only, and all say nearly the same within minutes."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_AT_ONCE = timedelta(minutes=10)
_FEWEST = 5
_LONGER_WORD = re.compile(r"\w{4,}")
# So much of their words two texts of one farm share; its texts are spun from one another.
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Post:
    """What is looked at of a record; `words` are its longer ones (see `longer_words`)."""

    author_key: str
    said_at: datetime
    family_id: str
    links: tuple[str, ...]
    words: frozenset[str]


def longer_words(text: str) -> frozenset[str]:
    """Return the words of `text`, in lower case, that are long enough to carry meaning."""
    return frozenset(_LONGER_WORD.findall(text.lower()))


def at_once(posts: Iterable[Post]) -> list[list[Post]]:
    """Return groups of posts with one text or links to one site, by several accounts within minutes.

    The words of the posts are not looked at.
    """
    shared: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts:
        for mark in {post.family_id, *(urlsplit(link).netloc.lower() for link in post.links)}:
            shared[mark].append(post)
    groups = (group for said in shared.values() for group in _bursts(said))
    return [group for group in groups if len({post.author_key for post in group}) >= _FEWEST]


def farmed(groups: Iterable[Sequence[Post]], known: frozenset[str]) -> frozenset[str]:
    """Return the accounts in `groups` that look like a farm; those in `known` are heard on other matters too.

    In each group so many accounts must say nearly what another one says.
    """
    found: set[str] = set()
    for group in groups:
        strangers = [post for post in group if post.author_key not in known]
        alike = {post.author_key for post in strangers if _has_twin(post, strangers)}
        if len(alike) >= _FEWEST:
            found |= alike
    return frozenset(found)


def _bursts(posts: Sequence[Post]) -> list[list[Post]]:
    """Part posts where more than a few minutes lie between one and the next."""
    bursts: list[list[Post]] = []
    for post in sorted(posts, key=lambda post: post.said_at):
        if bursts and post.said_at - bursts[-1][-1].said_at <= _AT_ONCE:
            bursts[-1].append(post)
        else:
            bursts.append([post])
    return bursts


def _has_twin(post: Post, others: Iterable[Post]) -> bool:
    return any(
        other.author_key != post.author_key
        and (other.family_id == post.family_id or _likeness(post.words, other.words) >= _ALIKE)
        for other in others
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
