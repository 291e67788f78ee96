"""Which stories were told when, and may one matter be told twice? `python -m benchmarks.repeats [DATA_DIR]`.

Without a directory each recording of real discourse is replayed first. The list is for a person: whether two
stories are about one matter has to be read. What is told as an update is no repeat; of the rest it lists each
two that share a name, a word of their storylines' labels or a link of the openings they cite, unless many do.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.data import MissingDataError, opened, recordings
from benchmarks.measure import say
from benchmarks.player import play
from bot.detect.tokens import names_of, split

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_STORIES = """
    SELECT stories.id, updates, date(published_at / 1000000, 'unixepoch') AS day, signals.kind, label,
        (SELECT group_concat(text, ' ') FROM claims
         WHERE story_id = stories.id AND claims.version = stories.version AND paragraph = 0) AS headline
    FROM stories JOIN signals ON signals.id = signal_id
        JOIN storylines ON storylines.id = stories.storyline_id
    WHERE stories.state IN ('published', 'corrected') ORDER BY published_at, stories.id
"""
_OPENINGS = """
    SELECT DISTINCT records.id, coalesce(title, text) AS said
    FROM citations JOIN records ON records.id = record_id
    WHERE story_id = ? AND records.id = thread
"""
_LINKS = """
    SELECT DISTINCT link
    FROM record_links JOIN citations USING (record_id) JOIN records ON records.id = record_id
    WHERE story_id = ? AND records.id = thread
"""

# What more of the stories hold than this tells nothing: the name of the forum.
_USUAL = 1 / 3


@dataclass(frozen=True, slots=True)
class Told:
    """A story that was told: when, of which kind, what it continues, and what it may share with others."""

    id: str
    updates: str | None
    day: str
    kind: str
    headline: str
    label: str
    names: frozenset[str]
    links: frozenset[str]


def told(data_dir: Path) -> list[Told]:
    """Return the published stories of the store in `data_dir`, in order of telling.

    Raises MissingDataError if there is no store.
    """
    with opened(data_dir) as store:
        return [_told(store, row) for row in store.execute(_STORIES).fetchall()]


def pairs(stories: Sequence[Told]) -> Iterator[tuple[Told, Told, list[str]]]:
    """Yield each two stories that share something and are not told as one going on, with what they share."""
    held = Counter(what for story in stories for what in story.names | story.links)
    usual = {what for what, times in held.items() if times > _USUAL * len(stories)}
    first = {story.id: story.id for story in stories}
    for story in stories:
        first[story.id] = first.get(story.updates or "", story.id)
    for one, two in combinations(stories, 2):
        shared = sorted(((one.names & two.names) | (one.links & two.links)) - usual)
        if shared and first[one.id] != first[two.id]:
            yield one, two, shared


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the list and the pairs; return 3 if there is nothing to read."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.repeats", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("data_dir", type=Path, nargs="*", help="stores of finished replays")
    options = parser.parse_args(arguments)
    try:
        if options.data_dir:
            for data_dir in options.data_dir:
                _show(str(data_dir), told(data_dir))
        else:
            for path in recordings():
                with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
                    play(Path(folder), [path])
                    _show(path.name, told(Path(folder)))
    except MissingDataError as error:
        say(str(error))
        return 3
    return 0


def _told(store: sqlite3.Connection, row: sqlite3.Row) -> Told:
    said = [opening["said"] for opening in store.execute(_OPENINGS, [row["id"]])]
    named = {name.lower() for text in (row["headline"] or "", *said) for name in names_of(text)}
    return Told(
        id=row["id"],
        updates=row["updates"],
        day=row["day"],
        kind=row["kind"],
        headline=row["headline"] or "",
        label=row["label"],
        names=frozenset(named | set(split(row["label"]))),
        links=frozenset(link["link"] for link in store.execute(_LINKS, [row["id"]])),
    )


def _show(what: str, stories: Sequence[Told]) -> None:
    numbers = {story.id: number for number, story in enumerate(stories, start=1)}
    print(f"{what}: {len(stories)} stories, {sum(bool(story.updates) for story in stories)} of them updates")
    for story in stories:
        of = f", update of {numbers.get(story.updates, 0)}" if story.updates else ""
        print(f"{numbers[story.id]:4} {story.day} {story.kind}{of}: {story.headline} [{story.label}]")
    found = list(pairs(stories))
    print(f"{len(found)} pairs to read, not told as updates:")
    for one, two, shared in found:
        print(f"  {numbers[one.id]} and {numbers[two.id]} share {', '.join(shared)}")


if __name__ == "__main__":
    sys.exit(main())
