"""In what a claim measures a figure, and whose figure it gives, held against the records that hold it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from bot.write.clauses import uncommon_names
from bot.write.numbers import spelled
from bot.write.units import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.domain.record import Record
    from bot.write.clauses import Sentence

_MEASURED = re.compile(
    r"(?<![\w.,])(?P<figure>\d[\d.,]*\d|\d)[\s-]?(?P<unit>%|[a-z]+)?"
    r"(?P<more>(?:age)?\spoints?|\s(?!an?\b|per\b|each\b)[a-z]+)?"
    r"(?:(?:\s(?:an?|per|each)\s|/)(?P<rate>[a-z]+))?",
    re.IGNORECASE,
)
_SPELLED = {spelled(number): str(number) for number in range(2, 100)}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_SPELLED, key=len, reverse=True))})\b", re.IGNORECASE)
# "Within an hour" measures one; "day 12" counts twelve of them.
_A_SPAN = re.compile(r"\b(within|took|takes|taking|lasts|lasted) an? (?=[a-z])", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(day|week|month|year) (\d+)\b", re.IGNORECASE)


def of_anothers_figure(claim: Sentence, cited: Iterable[Record]) -> bool:
    """Tell whether `claim` gives a name the figure that a record gives another, and not its own."""
    named, said = uncommon_names(claim.text), {figure for figure, kind, _ in _measures(claim.text) if kind}
    if len(named) != 1 or not said:
        return False
    parts = [
        (uncommon_names(part), {figure for figure, kind, _ in _measures(part) if kind})
        for record in cited
        for part in re.split(r"[.!?;,]\s|\b(?:but|while|and)\b", record.words)
    ]
    theirs = [names for names, figures in parts if figures & said]
    own = any(names == named and figures - said for names, figures in parts)
    return own and bool(theirs) and all(names and not names & named for names in theirs)


def mismeasured(text: str, cited: Iterable[Record]) -> bool:
    """Tell whether records that hold a figure of `text` all measure it in another unit of the same kind."""
    said: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for record in cited:
        for figure, dimension, unit in _measures(record.words):
            said[figure, dimension].add(unit)
    return any(
        dimension and unit not in said.get((figure, dimension), {unit})
        for figure, dimension, unit in _measures(text)
    )


def _measures(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield each figure of `text` with what its unit measures, and the unit; so "a month" behind it.

    Of a figure whose unit is not known both are "".
    """
    plain = _NUMBER_WORD.sub(lambda word: _SPELLED[word.group().lower()], text)
    plain = _NUMBERED.sub(r"\2 \1", _A_SPAN.sub(r"\1 1 ", plain))
    for match in _MEASURED.finditer(plain):
        unit = (match["unit"] or "").lower()
        more = (match["more"] or "").strip().lower()
        points = unit in {"%", "percent", "percentage"} and more.startswith("point")
        found = UNITS.get("points" if points else unit)
        if found:
            yield match["figure"], *found
        rate = UNITS.get((match["rate"] or "").lower())
        if rate:
            yield match["figure"], f"each {rate[0]}", rate[1]
        if not found and not rate:
            yield match["figure"], "", ""
