"""A signal: a measured reason to tell a storyline now. A storyline: records about one developing matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Storyline:
    """The records about one developing matter, over its life.

    `label` is a short human name made of the storyline's own distinctive words; `size` counts
    the records that joined it.
    """

    id: str
    beat: str
    label: str
    first_at: datetime
    last_at: datetime
    size: int


class SignalKind(StrEnum):
    """Why a storyline may deserve a story now."""

    SURGE = "surge"
    NEWCOMER = "newcomer"
    MOOD_SHIFT = "mood-shift"
    DIVERGENCE = "divergence"
    RETURN = "return"


OF_MOOD = frozenset({SignalKind.MOOD_SHIFT, SignalKind.DIVERGENCE})
"""The kinds that are about how people speak, not about how many."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was to be expected in the window, with its uncertainty (90 % predictive interval)."""

    expected: float
    low: float
    high: float
    about: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A measured reason to tell a storyline now.

    `observed` counts records in the window without copies; `authors` counts the distinct people behind
    them after discounts; `surprise` is -log10 of the probability of seeing at least `observed` under the
    baseline; `evidence` holds record ids; `numbers` is all a story may say in figures; `why` is a plain
    sentence.
    """

    id: str
    storyline_id: str
    kind: SignalKind
    beat: str
    detected_at: datetime
    window_start: datetime
    window_end: datetime
    observed: int
    authors: int
    baseline: Baseline
    surprise: float
    why: str
    evidence: tuple[str, ...]
    numbers: Mapping[str, float] = field(default_factory=dict)


class SignalState(StrEnum):
    """What the newsroom made of a signal."""

    OPEN = "open"
    ASSIGNED = "assigned"
    PASSED = "passed"
