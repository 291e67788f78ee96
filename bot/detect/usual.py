"""Usual: what a storyline of a beat gets on a day it is spoken of, the one that is asked about left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# A beat with few storylines so far borrows from all beats, as if it had seen this many storyline-days.
_SHRINK = 20
_RATE = 3.0
_NONE = (0, 0)


@dataclass(frozen=True, slots=True)
class Usual:
    """How many records were said on how many storyline-days, by beat, without the days that were `missed`.

    Those are counted from 1970, in UTC.
    """

    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    missed: frozenset[int] = frozenset()

    def rate(self, beat: str, own: tuple[int, int] = _NONE) -> float:
        """Return the usual count of a day of a storyline of `beat`, drawn towards that of all beats.

        `own` is what the storyline in question has in these counts: whoever rises would else lift what its
        rise is measured against.
        """
        everywhere = _less(
            (sum(n for n, _ in self.counted.values()), sum(n for _, n in self.counted.values())), own
        )
        overall = _drawn(everywhere, _RATE)
        return _drawn(_less(self.counted.get(beat, _NONE), own), overall)


def _less(counted: tuple[int, int], own: tuple[int, int]) -> tuple[int, int]:
    """Take `own` away; it may have grown by a storyline that counted elsewhere when these were counted."""
    return max(0, counted[0] - own[0]), max(0, counted[1] - own[1])


def _drawn(counted: tuple[int, int], towards: float) -> float:
    said, days = counted
    return (said + towards * _SHRINK) / (days + _SHRINK)
