"""Is every figure of a story what its posts come to? `python -m benchmarks.figures DATA_DIR`.

It trusts nothing of the bot: it reads the tables with the database driver alone, counts the posts that each
public story says it counts, and holds every number that a claim states against that. Numbers read out of the
words of posts, or that belong to one post, are counted apart.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import recount
from benchmarks.data import opened

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SECOND, _MINUTE, _HOUR, _HOURS_A_DAY = 1_000_000, 60.0, 3600.0, 24
_STORIES = """
    SELECT stories.id, stories.numbers, stories.created_at, signals.window_start, signals.baseline
    FROM stories JOIN signals ON signals.id = signal_id
    WHERE stories.state IN ('published', 'corrected')
"""
_POSTS = """
    SELECT counted.person, coalesce(community, source) AS place, created_at, thread, title, parent
    FROM counted JOIN records ON records.id = record_id WHERE story_id = ?
    ORDER BY created_at, records.id
"""
_CLAIMS = """
    SELECT claims.* FROM claims JOIN stories ON stories.id = story_id AND stories.version = claims.version
    WHERE story_id = ? ORDER BY paragraph, position
"""


@dataclass(slots=True)
class Audit:
    """How many figures were counted again, how many rest on words alone, and which are not what they say."""

    stories: int = 0
    figures: int = 0
    of_words: int = 0
    missed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The counts, as a person reads them."""
        return (
            f"{self.stories} stories, {self.figures} figures counted again: {len(self.missed)} differ; "
            f"{self.of_words} more are read out of words or of one post"
        )


def audit(data_dir: Path) -> Audit:
    """Count every figure again that the stories in the store of `data_dir` state.

    Raises MissingDataError if there is no store.
    """
    found = Audit()
    with opened(data_dir) as store:
        for story in store.execute(_STORIES).fetchall():
            found.stories += 1
            numbers = json.loads(story["numbers"])
            counted = _recounted(story, numbers, store.execute(_POSTS, (story["id"],)).fetchall())
            for claim in store.execute(_CLAIMS, (story["id"],)):
                for key in json.loads(claim["numbers"]):
                    _hold(found, f"{story['id']} {claim['claim_id']} {key}", numbers[key], counted.get(key))
    return found


def _hold(found: Audit, where: str, stated: float, counted: float | None) -> None:
    if counted is None:
        found.of_words += 1
        return
    found.figures += 1
    if not math.isclose(stated, counted):
        found.missed.append(f"{where}: states {stated:g}, its posts come to {counted:g}")


def _recounted(
    story: sqlite3.Row, numbers: Mapping[str, float], posts: Sequence[sqlite3.Row]
) -> dict[str, float]:
    """Return by key what the `posts` that a story counts come to, as docs/method.md defines each."""
    talk = [post for post in posts if post["person"] is not None]
    if not talk:
        return {}
    first, told = talk[0]["created_at"], story["created_at"]
    minutes = (told - max(first, story["window_start"])) / _SECOND / _MINUTE
    by_hour = Counter(int(post["created_at"] / _SECOND // _HOUR * _HOUR) for post in talk)
    peak = max(by_hour, key=lambda hour: (by_hour[hour], -hour))
    found: dict[str, float] = {
        "records": len(talk),
        "authors": _people(talk),
        "copies": len(posts) - len(talk),
        "threads": len({post["thread"] for post in talk if post["title"] or post["parent"]}),
        "lag:now": max(1.0, minutes),
        "hours": max(1, round(minutes / _MINUTE)),
        "expected": json.loads(story["baseline"])["expected"],
        "at:first": first / _SECOND,
        "at:last": talk[-1]["created_at"] / _SECOND,
        "at:peak": peak,
        "peak": by_hour[peak],
    }
    if found["expected"]:
        days = max(found["hours"], _HOURS_A_DAY) / _HOURS_A_DAY
        found["ratio"] = len(talk) / days / found["expected"]
    places: defaultdict[str, list[sqlite3.Row]] = defaultdict(list)
    for post in talk:
        places[post["place"]].append(post)
    for place, said in places.items():
        found |= {
            f"records:{place}": len(said),
            f"authors:{place}": _people(said),
            f"share:{place}": 100 * len(said) / len(talk),
            f"at:{place}": said[0]["created_at"] / _SECOND,
            f"lag:{place}": (said[0]["created_at"] - first) / _SECOND / _MINUTE,
        }
    if "at:told" in numbers:
        new = [post for post in talk if post["created_at"] > numbers["at:told"] * _SECOND]
        found |= {"new": len(new), "new-authors": _people(new)}
    return found | {"communities": len(places)}


def _people(posts: Sequence[sqlite3.Row]) -> int:
    return len({post["person"] for post in posts})


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the counts; return 1 if a figure is not what its posts come to, 3 if there is no store."""
    return recount.run("benchmarks.figures", __doc__ or "", audit, arguments)


if __name__ == "__main__":
    sys.exit(main())
