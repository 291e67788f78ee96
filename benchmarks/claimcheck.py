"""How well do the code checks alone tell what a text supports? Three labelled sets, macro-F1.

A claim is held against its evidence as a story's claim is against the records it cites, by those checks
that can judge a stranger's text: names, figures, days, comparisons, silence. Once as they veto, by how many
things are unaccounted for; once as one score, in which what they find is weighed with how much of the claim
the evidence holds, by a logistic regression. Weights and thresholds are chosen on dev and reported on test.
Beside them: always the commoner label, and the share of content words that the evidence holds.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from benchmarks.data import SHARED, MissingDataError
from benchmarks.measure import Measure, say
from bot.domain.record import Author, Record, RecordKind
from bot.write import comparison, evidence, times
from bot.write.language import content_words, sentence_spans, words
from bot.write.numbers import unexplained

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_FOLDER = SHARED / "eval"
_STEPS = [step / 20 for step in range(21)]
_FLAWS = range(5)
_MOST_FLAWS = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, its evidence, and whether people found it supported."""

    claim: str
    evidence: str
    supported: bool


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the macro-F1 of the checks as one score on each test set; the target is to beat the baselines."""
    for name, (dev, test) in _sets(_FOLDER).items():
        say(f"{name}: {len(dev)} claims to choose the threshold, {len(test)} to report on")
        common = Counter(pair.supported for pair in dev).most_common(1)[0][0]
        vetoes = _scores(dev, test, lambda pair: -sum(flaws(pair)), [-most for most in _FLAWS])
        overlap = _scores(dev, test, overlapping, _STEPS)
        weighed = _scores(dev, test, weighing(dev), _STEPS)
        majority = macro_f1([(common, pair.supported) for pair in test])
        beside = {"majority": majority, "word overlap": overlap, "checks as vetoes": vetoes}
        yield Measure(f"claimcheck/{name}", weighed, "macro-F1", max(majority, overlap), beside=beside)


def weighing(dev: Sequence[Pair]) -> Callable[[Pair], float]:
    """Return a score from 0 to 1, higher where support is likelier, its weights fitted on `dev`."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - `make bench` installs it
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    held = Counter(word for pair in dev for word in content_words(pair.evidence))
    rarity = {word: log((len(dev) + 1) / (count + 0.5)) for word, count in held.items()}
    unseen = log(2 * (len(dev) + 1))
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    model.fit([features(pair, rarity, unseen) for pair in dev], [pair.supported for pair in dev])
    return lambda pair: float(model.predict_proba([features(pair, rarity, unseen)])[0][1])


def features(pair: Pair, rarity: Mapping[str, float], unseen: float) -> list[float]:
    """Return how much of a claim its evidence holds, in four ways from 0 to 1, and what the checks found.

    The ways: content words, each by itself and by its rarity (`unseen`: that of a word without one); those
    that one sentence holds; words in pairs.
    """
    said, there = content_words(pair.claim), content_words(pair.evidence)

    def weight(found: frozenset[str]) -> float:
        return sum(rarity.get(word, unseen) for word in found)

    pairs, known = (set(pairwise(words(text))) for text in (pair.claim, pair.evidence))
    spans = sentence_spans(pair.evidence)
    sentence = max((len(said & content_words(pair.evidence[a:b])) for a, b in spans), default=0)
    return [
        overlapping(pair),
        weight(said & there) / (weight(said) or 1),
        sentence / max(1, len(said)),
        len(pairs & known) / max(1, len(pairs)),
        *(float(min(found, _MOST_FLAWS)) for found in flaws(pair)),
    ]


def flaws(pair: Pair) -> tuple[int, ...]:
    """Return how many names, figures, days and comparisons of the claim its evidence does not account for."""
    record = Record(
        source="eval",
        native_id="1",
        kind=RecordKind.ARTICLE,
        url="https://eval.example/1",
        author=Author("1", "eval"),
        created_at=datetime(2000, 1, 1, tzinfo=UTC),
        text=pair.evidence,
    )
    cited, claim = [record], pair.claim
    return (
        len(evidence.strangers(claim, cited, cited)),
        len(unexplained(claim, {}, [record.words])),
        len(times.unfounded(claim, cited, {})),
        len(comparison.uncounted(claim, cited, {})) + len(comparison.nothing_said(claim, cited, {})),
    )


def overlapping(pair: Pair) -> float:
    """Return the share of the claim's content words that the evidence holds."""
    said = content_words(pair.claim)
    return len(said & content_words(pair.evidence)) / max(1, len(said))


def macro_f1(judged: Sequence[tuple[bool, bool]]) -> float:
    """Return the mean F1 over both labels of (judged, true) pairs."""
    scores = []
    for label in (True, False):
        right = sum(said is label and true is label for said, true in judged)
        wrong = sum((said is label) is not (true is label) for said, true in judged)
        scores.append(2 * right / (2 * right + wrong) if right else 0.0)
    return round(sum(scores) / 2, 3)


def _scores(
    dev: Sequence[Pair], test: Sequence[Pair], score: Callable[[Pair], float], thresholds: Sequence[float]
) -> float:
    scored = [(score(pair), pair.supported) for pair in dev]
    best = max(thresholds, key=lambda least: macro_f1([(value >= least, true) for value, true in scored]))
    return macro_f1([(score(pair) >= best, pair.supported) for pair in test])


def _sets(folder: Path) -> dict[str, tuple[list[Pair], list[Pair]]]:
    try:
        attribution = [
            Pair(str(row["claim"]), "\n".join(row["references"]), row["attribution_label"] == "attributable")
            for row in _lines(folder / "attributionbench_dev.jsonl.gz")
        ]
        return {
            "wice": (_wice(folder, "dev"), _wice(folder, "test")),
            "healthver": (_healthver(folder, "dev"), _healthver(folder, "test")),
            # Only its dev part is there: the even rows choose, the odd ones report.
            "attributionbench": (attribution[::2], attribution[1::2]),
        }
    except OSError as error:
        msg = f"{error.filename} is not there: it is one of the labelled sets"
        raise MissingDataError(msg) from error


def _lines(path: Path) -> Iterator[dict[str, list[str] | str]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _wice(folder: Path, part: str) -> list[Pair]:
    rows = _lines(folder / f"wice_claim_{part}.jsonl.gz")
    return [Pair(str(row["claim"]), "\n".join(row["evidence"]), row["label"] == "supported") for row in rows]


def _healthver(folder: Path, part: str) -> list[Pair]:
    with gzip.open(folder / f"healthver_{part}.csv.gz", "rt", encoding="utf-8", newline="") as lines:
        return [
            Pair(row["claim"], row["evidence"], row["label"] == "Supports") for row in csv.DictReader(lines)
        ]
