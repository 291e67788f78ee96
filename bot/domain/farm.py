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
_QUOTED_LINE = re.compile(r"^[^\S\n]*(?:>|&gt;).*$", re.MULTILINE)
# Shorter texts say the same by chance; of longer ones those of one farm share so many longer words in a row.
_FEWEST_WORDS = 8
_IN_A_ROW = 3
# So much of their words two texts of one farm share; its texts are spun from one another.
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Post:
    """What is looked at of a record; `words` and `runs` are those of its text (see `wording`)."""

    author_key: str
    said_at: datetime
    family_id: str
    links: tuple[str, ...]
    words: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()


def wording(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of `text` that are long enough to carry meaning, and the runs of three of them.

    They are in lower case; quoted lines are left out, and a short text has no runs.
    """
    said = _LONGER_WORD.findall(_QUOTED_LINE.sub("", text).lower())
    starts = range(len(said) - _IN_A_ROW + 1) if len(said) >= _FEWEST_WORDS else ()
    return frozenset(said), frozenset(" ".join(said[start : start + _IN_A_ROW]) for start in starts)


def at_once(posts: Iterable[Post]) -> list[list[Post]]:
    """Return groups of posts by several within minutes, with one text, words in a row or one site linked."""
    shared: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts:
        sites = {urlsplit(link).netloc.lower() for link in post.links}
        for mark in {post.family_id, *sites, *post.runs}:
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
