"""How well a mood is read: the stance of real posts towards their thread's subject, labelled by reading.

`mood.tsv` holds ids and labels only, given by one reader in one pass. The lexicon was written beside the part
"dev"; "test" was drawn and labelled after it. How much it takes for a side was chosen with both in sight.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import recordings
from benchmarks.measure import Measure, say
from bot.detect.mood import read
from bot.detect.tokens import names, words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

_LABELS = Path(__file__).with_name("mood.tsv")
_SIDES = (-1, 0, 1)

Pairs = list[tuple[int, int]]


def measures(options: argparse.Namespace) -> Iterator[Measure]:  # noqa: ARG001 - it needs none
    """Yield macro-F1 and accuracy of the stance, and how often the other side is read, on the test part."""
    found = _read()
    for part, pairs in sorted(found.items()):
        taken = [pair for pair in pairs if pair[1]]
        right = sum(label == stance for label, stance in taken)
        say(f"{part}: {len(pairs)} posts, macro-F1 {_f1(pairs):.3f}; of {len(taken)} sides {right} are right")
    test = found["test"]
    silent = [(label, 0) for label, _ in test]
    yield Measure("mood/macro-f1", round(_f1(test), 3), f"F1 on {len(test)} posts", 0.45,
                  beside={"always neither": round(_f1(silent), 3)})  # fmt: skip
    yield Measure("mood/accuracy", round(_accuracy(test), 3), "share", 0.6,
                  beside={"always neither": round(_accuracy(silent), 3)})  # fmt: skip
    opposite = sum(label * stance < 0 for label, stance in test) / len(test)
    yield Measure("mood/opposite", round(opposite, 3), "share", 0.05, least=False)


def _read() -> dict[str, Pairs]:
    """Return (label, stance as read) of each labelled post, by part."""
    known = _records()
    found: dict[str, Pairs] = {}
    with _LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            said = known[row["record"]]
            opener = known.get(f"{said['source']}:{said['root']}", said)
            # Capitals that open a title are as good as any in it.
            named = names(f"on {opener['title'] or ''}")
            subject = frozenset(word for name in named for word in words(name))
            found.setdefault(row["part"], []).append((int(row["stance"]), read(said["text"], subject).stance))
    return found


def _records() -> Mapping[str, Any]:
    known: dict[str, Any] = {}
    for path in recordings():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            known |= {f"{said['source']}:{said['native_id']}": said for said in map(json.loads, file)}
    return known


def _accuracy(pairs: Sequence[tuple[int, int]]) -> float:
    return sum(label == stance for label, stance in pairs) / len(pairs)


def _f1(pairs: Sequence[tuple[int, int]]) -> float:
    """Return the mean over the three sides of the harmonic mean of precision and recall."""
    labels, stances = (Counter(side) for side in zip(*pairs, strict=True))
    both = Counter(label for label, stance in pairs if label == stance)
    return sum(2 * both[side] / max(1, labels[side] + stances[side]) for side in _SIDES) / len(_SIDES)
