"""Signals of mood: it has shifted, or two communities stand apart on a matter more than they usually do."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from bot.detect.shares import Share, chance_larger
from bot.domain.mood import Register, Tally
from bot.domain.place import place_name
from bot.domain.signal import SignalKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.domain.mood import Voiced

# So many people must take a side (or show a feeling) on either side of a comparison.
FEWEST = 8
# Shares that lie nearer than this are one mood to a reader, however sure the difference is.
_APART = 0.25
_SURPRISING = 3.0
# How people usually lean is taken to be as everywhere until so many more have been heard.
_LENT = 8
_NINETY_FIVE_PERCENT = 1.645
_MEASURES = 2
_FLOOR = 1e-300


@dataclass(frozen=True, slots=True)
class Finding:
    """What sets two moods apart: the signal's kind, its surprise, figures, why, and the records behind it."""

    kind: SignalKind
    surprise: float
    numbers: Mapping[str, float]
    why: str
    evidence: tuple[str, ...]


def tally(voices: Iterable[Voiced]) -> Tally:
    """Return the mood of all these voices; who speaks often counts once, by what they are most often."""
    stances: defaultdict[str, int] = defaultdict(int)
    registers: defaultdict[str, Counter[Register]] = defaultdict(Counter)
    for voiced in voices:
        who = voiced.author_key or voiced.record_id
        stances[who] += voiced.mood.stance
        if voiced.mood.register is not Register.PLAIN:
            registers[who][voiced.mood.register] += 1
    felt = Counter(max(said, key=lambda r: (said[r], r)) for said in registers.values())
    favour, against = (sum(side * stance > 0 for stance in stances.values()) for side in (1, -1))
    return Tally(favour, against, len(stances) - favour - against, felt)


def shifted(before: Sequence[Voiced], now: Sequence[Voiced]) -> Finding | None:
    """Return how the mood `now` differs from `before`, if it surely does and enough people were heard."""
    old, new = tally(before), tally(now)
    pairs = {
        "against": (Share(old.against, old.sides), Share(new.against, new.sides)),
        "joy": (Share(old.joy, old.feelings), Share(new.joy, new.feelings)),
    }
    found = [
        (surprise, measure)
        for measure, (was, has) in pairs.items()
        if (surprise := _surprise(was, has)) >= _SURPRISING
    ]
    if not found:
        return None
    surprise, measure = max(found)
    was, has = pairs[measure]
    numbers = {
        f"{measure}-before": was.percent, f"{measure}-now": has.percent,
        f"people-{measure}-before": was.part, f"people-{measure}-now": has.part,
        f"heard-{measure}-before": was.whole, f"heard-{measure}-now": has.whole,
    }  # fmt: skip
    who = "people who take a side" if measure == "against" else "people who show a feeling"
    what = "were against it" if measure == "against" else "showed joy"
    why = (
        f"The mood has turned: of {was.whole} {who} earlier, {was.percent:.0f}% {what}; "
        f"of {has.whole} in the window it is {has.percent:.0f}%."
    )
    return Finding(SignalKind.MOOD_SHIFT, surprise, numbers, why, _telling(now, measure))


def diverged(
    now: Sequence[Voiced], heard: Collection[str], usual: Mapping[str, tuple[int, int]]
) -> Finding | None:
    """Return which two of the communities `heard` stand furthest apart, if they surely do.

    `usual` says by community how many records were for and against in other matters: two communities of which
    one always complains do not diverge on this matter by complaining again.
    """
    by_place: defaultdict[str, list[Voiced]] = defaultdict(list)
    for voiced in now:
        if voiced.place in heard:
            by_place[voiced.place].append(voiced)
    shares = {}
    for place, voices in by_place.items():
        mood = tally(voices)
        if mood.sides >= FEWEST:
            shares[place] = Share(mood.against, mood.sides)
    found = [
        (_surprise(shares[one], shares[other]), one, other)
        for one, other in combinations(sorted(shares, key=lambda place: (-shares[place].expected, place)), 2)
        if _beyond_usual(shares[one], shares[other], _leaning(one, usual), _leaning(other, usual))
    ]
    best = max(found, default=(0.0, "", ""))
    return _apart(best, shares, by_place) if best[0] >= _SURPRISING else None


def _apart(
    best: tuple[float, str, str], shares: Mapping[str, Share], by_place: Mapping[str, Sequence[Voiced]]
) -> Finding:
    surprise, one, other = best
    numbers: dict[str, float] = {}
    for place in (one, other):
        share = shares[place]
        numbers |= {
            f"against:{place}": share.percent,
            f"people-against:{place}": share.part,
            f"sides:{place}": share.whole,
        }
    here, there = (place_name(by_place[place][0].source, place) for place in (one, other))
    why = (
        f"Two communities stand apart: on {here} {shares[one].percent:.0f}% of {shares[one].whole} people "
        f"who take a side are against it, on {there} {shares[other].percent:.0f}% of {shares[other].whole}."
    )
    evidence = _telling([*by_place[one], *by_place[other]], "against")
    return Finding(SignalKind.DIVERGENCE, surprise, numbers, why, evidence)


def _leaning(place: str, usual: Mapping[str, tuple[int, int]]) -> Share:
    """Return how `place` usually leans, drawn towards how all places do."""
    favour, against = usual.get(place, (0, 0))
    everywhere = Share(sum(n for _, n in usual.values()), sum(map(sum, usual.values())))
    return Share(against + round(_LENT * everywhere.expected), favour + against + _LENT)


def _telling(voices: Iterable[Voiced], measure: str) -> tuple[str, ...]:
    """Return the records that made a measure what it is, in order of time."""
    ordered = sorted(voices, key=lambda voiced: (voiced.said_at, voiced.record_id))
    if measure == "against":
        return tuple(voiced.record_id for voiced in ordered if voiced.mood.stance)
    return tuple(v.record_id for v in ordered if v.mood.register is not Register.PLAIN)


def _surprise(one: Share, other: Share) -> float:
    """Return -log10 of the chance that two shares differ the other way round, 0 if too few were heard."""
    if min(one.whole, other.whole) < FEWEST or abs(one.percent - other.percent) < 100 * _APART:
        return 0.0
    above = chance_larger(one, other)
    return -math.log10(max(2 * _MEASURES * min(above, 1 - above), _FLOOR))


def _beyond_usual(one: Share, other: Share, usual_one: Share, usual_other: Share) -> bool:
    """Tell whether `one` is above `other` by more than usual (normal approximation)."""
    apart = one.expected - other.expected - (usual_one.expected - usual_other.expected)
    spread = math.sqrt(sum(share.variance for share in (one, other, usual_one, usual_other)))
    return apart > _NINETY_FIVE_PERCENT * spread
