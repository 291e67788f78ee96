"""How well the gate tells what is about the topic, on records of every source that were read and labelled.

The labels, and how the sample was drawn, stand beside this file (`relevance.csv`, `relevance.md`). A record
that was drawn with a small chance stands for many, so recall counts what the gate drops of all there was.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.data import SHARED, MissingDataError, recordings
from benchmarks.measure import Measure, say
from bot.collect import jetstream, rss
from bot.collect.http import Page
from bot.collect.replay import Recording
from bot.detect import beats
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.domain.errors import InputError
from bot.domain.record import Record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_LABELS = Path(__file__).with_name("relevance.csv")
_LATER = datetime(2030, 1, 1, tzinfo=UTC)
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_RIVAL, _SAYS_SO = (
    "says AI, ML, LLM or GPT",
    re.compile(r"\b(AI|A\.I|ML|LLMs?|GPT)\b|\b[Aa]rtificial [Ii]ntell"),
)
_DRAWS, _SEED = 1_000, 7
_TARGET = 0.9


@dataclass(frozen=True, slots=True)
class Labelled:
    """A record whose label is known, drawn from `stratum`, where it stands for so many."""

    record: Record
    stratum: str
    stands_for: float
    about: bool


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield precision and recall of the gate; raise MissingDataError without the recordings."""
    sample = _sample()
    gate = Relevance(beats.load(), Embedder())
    kept = np.array([gate.on_topic(one.record.words, one.record.place) for one in sample])
    rival = np.array([bool(_SAYS_SO.search(one.record.words)) for one in sample])
    of = np.array([one.stratum.partition(",")[0] for one in sample])
    for source in sorted(set(of)):
        _tell(source, [one for one in sample if one.stratum.startswith(source)], kept[of == source])
    _tell("all", sample, kept)
    ours, theirs = rates(sample, kept), rates(sample, rival)
    for what, value, beside in zip(("precision", "recall"), ours, theirs, strict=True):
        yield Measure(f"relevance/{what}", round(value, 3), f"share, {len(sample)} labelled", _TARGET,
                      beside={_RIVAL: round(beside, 3)})  # fmt: skip


def rates(sample: Sequence[Labelled], kept: NDArray[np.bool_]) -> tuple[float, float]:
    """Return precision and recall of keeping these of the sample; NaN where there is nothing to count."""
    weights = np.array([one.stands_for for one in sample])
    about = np.array([one.about for one in sample])
    right = float(weights[kept & about].sum())
    with np.errstate(invalid="ignore"):
        return float(right / weights[kept].sum()), float(right / weights[about].sum())


def _tell(what: str, sample: Sequence[Labelled], kept: NDArray[np.bool_]) -> None:
    """Say precision and recall with the 95 % of draws from each stratum that lie in the middle."""
    if not any(one.about for one in sample):
        say(f"  {what}: of {len(sample)} labelled none is about the topic, {kept.sum()} kept")
        return
    chance = np.random.default_rng(_SEED)
    strata = np.array([one.stratum for one in sample])
    places = [np.flatnonzero(strata == stratum) for stratum in sorted(set(strata))]
    drawn = []
    for _ in range(_DRAWS):
        again = np.concatenate([chance.choice(place, len(place)) for place in places])
        drawn.append(rates([sample[n] for n in again], kept[again]))
    low, high = np.nanquantile(np.array(drawn), (0.025, 0.975), axis=0)
    for name, value, least, most in zip(("precision", "recall"), rates(sample, kept), low, high, strict=True):
        say(f"  {what}, {len(sample)} labelled: {name} {value:.3f} ({least:.2f} to {most:.2f})")


def _sample() -> list[Labelled]:
    with _LABELS.open(encoding="utf-8", newline="") as lines:
        rows = {row["id"]: row for row in csv.DictReader(lines)}
    said = {record.id: record for record in _said() if record.id in rows}
    if lost := rows.keys() - said.keys():
        msg = f"{len(lost)} labelled records are not in {SHARED}, such as {min(lost)}"
        raise MissingDataError(msg)
    return [
        Labelled(said[key], row["stratum"], float(row["stands_for"]), row["label"] == "1")
        for key, row in rows.items()
    ]


def _said() -> Iterator[Record]:
    with Recording(recordings(), not_after=_LATER) as recording:
        yield from recording.records()
    wire = SHARED / "wire"
    if not wire.is_dir():
        msg = f"there are no recordings of the wire in {wire}"
        raise MissingDataError(msg)
    for line in (wire / "bluesky" / "jetstream_expected_v1.jsonl").read_bytes().splitlines():
        try:
            heard = jetstream.read(jetstream.parse(line, jetstream.Protocol.V1))
        except InputError:
            continue
        if isinstance(heard, Record):
            yield heard
    for path in sorted((wire / "rss").glob("feed_*.xml")):
        page = Page(
            f"https://{path.stem.removeprefix('feed_')}.example/",
            path.read_bytes(),
            "application/xml",
            {},
            {},
        )
        if newest := rss.read_page(page, page.url, _NOW).newest:
            yield from rss.read_page(page, page.url, newest + timedelta(seconds=1)).batch.records.values()
