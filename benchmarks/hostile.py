"""What of made-up claims do the code checks refuse? Recall on false ones, and true ones that they let pass.

`hostile.toml` holds made-up posts, with what a model could fairly write about them and what it must not. Each
claim goes the way of a model's sentence: cited, read into a claim, checked. The part "dev" was in sight
while the checks were made, the others were not; docs/method.md tells how each did at first sight, before what
it showed was mended. Nothing of "last" was.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Measure, say
from bot.domain.brief import BriefRecord
from bot.domain.errors import WriterError
from bot.domain.record import RecordKind
from bot.write.checks import of_claim
from bot.write.reading import Reader
from bot.write.reply import Block, Pointer
from bot.write.request import prepare
from tests.write.factory import NOW, brief, record

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from bot.domain.brief import Brief

_CLAIMS = Path(__file__).with_suffix(".toml")
_TALK = brief()
_NAMED = ("Quillon", "Marrow", "Tessel", "Harrow Labs", "Tamber Press")
_FIRST_MARKER = 101
_LEAST_REFUSED, _LEAST_PASSED = 0.6, 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim of the file, its sort ("" if it is true), and the checks that it fails."""

    part: str
    sort: str
    text: str
    failed: frozenset[str]

    @property
    def passed(self) -> bool:
        """Whether a story would keep it."""
        return not self.failed


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield, for each part, the share of false claims refused and of true ones let pass."""
    parts: defaultdict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts():
        parts[verdict.part].append(verdict)
    for part, judged in parts.items():
        false, true = ([one for one in judged if bool(one.sort) is wrong] for wrong in (True, False))
        for one in judged:
            if one.passed is bool(one.sort):
                say(f"{part}: {one.sort or 'true'}: {one.text} {' '.join(sorted(one.failed))}")
        by = Counter(name for one in false for name in one.failed)
        refused = sum(not one.passed for one in false)
        kept = sum(one.passed for one in true)
        name, share = f"hostile/{part}", round(refused / len(false), 3)
        yield Measure(
            f"{name}/refused", share, f"of {len(false)} false claims", _LEAST_REFUSED, beside=dict(by)
        )
        yield Measure(
            f"{name}/passed", round(kept / len(true), 3), f"of {len(true)} true ones", _LEAST_PASSED
        )


def verdicts() -> Iterator[Verdict]:
    """Yield what the checks say of each claim of the file."""
    scenes = tomllib.loads(_CLAIMS.read_text(encoding="utf-8"))["scene"]
    for number, scene in enumerate(scenes):
        told = _brief(number, scene)
        for text in scene["true"]:
            yield Verdict(scene["part"], "", text, judged(told, text))
        for line in scene["false"]:
            sort, text = line.split(": ", 1)
            yield Verdict(scene["part"], sort, text, judged(told, text))


def _brief(number: int, scene: Mapping[str, Any]) -> Brief:
    """Return the talk of the tests with the posts of a scene behind it."""
    kind = RecordKind(scene.get("kind", "comment"))
    said = [
        record(f"s{number}x{turn}", text, at=NOW, kind=kind, **_where(scene, turn))
        for turn, text in enumerate(scene["says"])
    ]
    added = tuple(BriefRecord(_FIRST_MARKER + turn, one, 1.0) for turn, one in enumerate(said))
    return replace(_TALK, records=(*_TALK.records, *added), names=(*_TALK.names, *_NAMED))


def _where(scene: Mapping[str, Any], turn: int) -> dict[str, str]:
    if scene.get("kind") == "article":
        return {"place": "techcourant.example", "author": "techcourant.example"}
    return {"place": scene["places"][turn]} if "places" in scene else {}


def judged(told: Brief, text: str) -> frozenset[str]:
    """Return the checks that a model's sentence fails which cites all posts of the scene, the last in `told`.

    What no reader may see never becomes a claim: that is "dropped".
    """
    sent = prepare(told)
    pointers = [
        Pointer("search_result_location", index, 1, 1 + len(item.passages), item.source)
        for index, item in enumerate(sent)
        if item.marker >= _FIRST_MARKER
    ]
    stated = {key: str(round(value)) for key, value in told.numbers.items() if key in {"records", "authors"}}
    block = Block("text", text.format(**stated), pointers)
    try:
        paragraphs = Reader(told, sent).narrative([block])
    except WriterError:
        return frozenset({"dropped"})
    records = {item.record.id: item.record for item in told.records}
    claims = [claim for paragraph in paragraphs for claim in paragraph.claims]
    return frozenset(_failed(claims, records, told.numbers))


def _failed(claims: Sequence[Any], records: Mapping[str, Any], numbers: Mapping[str, float]) -> Iterator[str]:
    for claim in claims:
        yield from (row.name for row in of_claim(claim, records, numbers) if not row.passed)
