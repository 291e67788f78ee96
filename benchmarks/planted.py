"""Does it tell what was planted, once each, and nothing else? The demo week, and weeks with other seeds.

A published story is about the matter that most of its cited records belong to. Recall counts the matters that
had to be told; precision counts the stories that are about one of them. Beside it, on the same storylines, a
detector that alarms when a day's count lies three standard deviations above the mean of the days before.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.data import ROOT, opened
from benchmarks.measure import Measure, say
from benchmarks.player import play
from benchmarks.weeks.banks import load_banks
from benchmarks.weeks.generate import generate, write_records, write_truth

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

DEMO = ROOT / "bot" / "demo"
_RIVAL = "z-score of the day's volume"
_FEWEST, _DEVIATIONS = 20, 3.0
_HOUR = 3_600_000_000
_SAID = (
    "SELECT id, storyline_id, created_at FROM records WHERE storyline_id IS NOT NULL "
    "ORDER BY storyline_id, created_at"
)
_STORIES = (
    "SELECT id, updates FROM stories WHERE state IN ('published', 'corrected') ORDER BY published_at, id"
)


@dataclass(frozen=True, slots=True)
class Week:
    """What became of one week: matters to be told, matters told, and the stories by what they are about.

    `told` has one entry a story: its matter ("" if it is about none) and whether it is told as an update;
    `zscore` has the matter of each storyline on which the z-score detector alarms.
    """

    wanted: frozenset[str]
    unwanted: frozenset[str]
    told: Sequence[tuple[str, bool]]
    zscore: Sequence[str] = ()

    @property
    def found(self) -> int:
        """How many of the wanted matters were told."""
        return len(self.wanted & {matter for matter, _ in self.told})

    @property
    def right(self) -> int:
        """How many stories are about a wanted matter."""
        return sum(matter in self.wanted for matter, _ in self.told)

    @property
    def wrong(self) -> int:
        """How many stories are about a matter that must not be told."""
        return sum(matter in self.unwanted for matter, _ in self.told)

    @property
    def repeats(self) -> int:
        """How many stories tell a matter again without being an update."""
        fresh = Counter(matter for matter, update in self.told if matter and not update)
        return sum(number - 1 for number in fresh.values())


def measures(options: argparse.Namespace) -> Iterator[Measure]:
    """Yield recall, precision and the forbidden over the demo week and `options.weeks` others.

    Those have the seeds from `options.first` on.
    """
    seeds = range(options.first, options.first + max(0, options.weeks))
    yield from compared([_week(seed) for seed in (0, *seeds)])


def compared(weeks: Sequence[Week]) -> Iterator[Measure]:
    """Yield recall, precision and the forbidden over `weeks`, of which the first is the demo."""
    wanted, stories = sum(len(week.wanted) for week in weeks), sum(len(week.told) for week in weeks)
    found, right = sum(week.found for week in weeks), sum(week.right for week in weeks)
    alarms = [(matter, week) for week in weeks for matter in week.zscore]
    rival = sum(len(week.wanted & set(week.zscore)) for week in weeks) / wanted
    rival_right = sum(matter in week.wanted for matter, week in alarms) / max(1, len(alarms))
    rival_wrong = sum(matter in week.unwanted for matter, week in alarms)
    yield Measure("planted/demo-recall", round(weeks[0].found / len(weeks[0].wanted), 3), "share", 0.9)
    yield Measure("planted/recall", round(found / wanted, 3), f"share of {wanted} matters", 0.9,
                  beside={_RIVAL: round(rival, 3)})  # fmt: skip
    yield Measure("planted/precision", round(right / max(1, stories), 3), f"share of {stories} stories", 0.9,
                  beside={_RIVAL: round(rival_right, 3)})  # fmt: skip
    yield Measure("planted/repeats", sum(week.repeats for week in weeks), "stories", 0, least=False)
    yield Measure("planted/forbidden", sum(week.wrong for week in weeks), "stories", 0, least=False,
                  beside={_RIVAL: rival_wrong})  # fmt: skip


def _week(seed: int) -> Week:
    say(f"week {seed}" + ("" if seed else ", the demo"))
    with tempfile.TemporaryDirectory(prefix="groundswell-bench-") as folder:
        home = _written(seed, Path(folder)) if seed else DEMO
        play(Path(folder) / "data", [home / "week.jsonl.gz"], beats=DEMO / "beats.toml")
        truth = json.loads((home / "truth.json").read_text(encoding="utf-8"))
        week = read_week(truth, Path(folder) / "data")
    told = ", ".join(f"{matter or 'none of them'}{' (update)' * update}" for matter, update in week.told)
    say(f"  told: {told or 'nothing'}")
    say(f"  not told: {', '.join(sorted(week.wanted - {matter for matter, _ in week.told})) or 'none'}")
    return week


def _written(seed: int, folder: Path) -> Path:
    banks = load_banks()
    drafts = generate(banks, seed)
    write_records(drafts, folder / "week.jsonl.gz")
    write_truth(banks, drafts, seed, folder / "truth.json")
    return folder


def read_week(truth: Mapping[str, Any], data_dir: Path) -> Week:
    """Return what became of the matters in `truth` in the store of `data_dir`.

    Raises MissingDataError if there is no store.
    """
    matters = {record_id: item["key"] for item in truth["stories"] for record_id in item["record_ids"]}
    with opened(data_dir) as store:
        stories = store.execute(_STORIES).fetchall()
        told = [(_matter(store, row["id"], matters), row["updates"] is not None) for row in stories]
        zscore = [_about([row["id"] for row in said], matters) for said in _alarmed(store)]
    return Week(
        wanted=frozenset(item["key"] for item in truth["stories"] if item["tell"]),
        unwanted=frozenset(item["key"] for item in truth["stories"] if not item["tell"]),
        told=told,
        zscore=zscore,
    )


def _alarmed(store: Any) -> Iterator[list[Any]]:  # noqa: ANN401 - a connection of the driver
    """Yield what was said in each storyline of which some day was three deviations above the days before.

    Every record counts, copies included; a day holds at least as many as a signal needs.
    """
    rows = store.execute(_SAID).fetchall()
    if not rows:
        return
    begun = min(row["created_at"] for row in rows)
    for _, said in groupby(rows, key=lambda row: row["storyline_id"]):
        line = list(said)
        times = np.array([row["created_at"] for row in line])
        for hour in range(48, 24 * 8):
            until = begun + hour * _HOUR
            edges = np.arange(until - hour // 24 * 24 * _HOUR, until + 1, 24 * _HOUR)
            *before, today = np.histogram(times, edges)[0].tolist()
            if today >= _FEWEST and today > np.mean(before) + _DEVIATIONS * max(1.0, np.std(before)):
                yield line
                break


def _matter(store: Any, story_id: str, matters: Mapping[str, str]) -> str:  # noqa: ANN401 - a connection of the driver
    cited = store.execute(
        "SELECT DISTINCT record_id FROM citations WHERE story_id = ?", [story_id]
    ).fetchall()
    return _about([row["record_id"] for row in cited], matters)


def _about(record_ids: Sequence[str], matters: Mapping[str, str]) -> str:
    """Return the matter that most of these records belong to, "" if there is none."""
    counted = Counter(matters.get(record_id, "") for record_id in record_ids)
    matter, number = counted.most_common(1)[0] if counted else ("", 0)
    return matter if 2 * number > len(record_ids) else ""
