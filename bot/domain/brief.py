"""A brief: all that a writer gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.beat import Beat
    from bot.domain.record import Record
    from bot.domain.signal import Signal, Storyline


@dataclass(frozen=True, slots=True)
class BriefRecord:
    """A numbered record; `weight` (0-1) says how central it is to the storyline.

    `stance` is the side it takes on the matter, as its words are read (1 for, -1 against, 0 neither).
    """

    marker: int
    record: Record
    weight: float
    stance: int = 0


@dataclass(frozen=True, slots=True)
class Voice:
    """One community's part in the storyline during the window.

    `records` counts without copies; `terms` are the words it uses more than the other communities do.
    """

    community: str
    records: int
    authors: int
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A post that the figures count, by which of the people (1, 2, ...); a near-copy left out is by None."""

    record_id: str
    person: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier story on the same storyline, or on one whose matter is `near`."""

    story_id: str
    headline: str
    published_at: datetime
    near: bool = False


@dataclass(frozen=True, slots=True)
class Worn:
    """What too many recent stories said: openings, phrases and words; an ellipsis stands for any name."""

    openings: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """Numbered records, computed numbers, what was already told.

    `numbers` holds every figure a story may state, by key; `terms` are the storyline's distinctive phrases,
    best first; `names` are the proper names that occur in it, most frequent first; `told` are the earlier
    stories on the matter, latest first, and behind them those that are near. `begun` is when the event
    began that a report among the records tells, or the thread that drew most; None if neither does. What was
    said before it is not counted.
    `counted` are the posts that `numbers["records"]` counts.
    `lately` are headline, deck and body of the latest stories on any matter, newest first.
    """

    storyline: Storyline
    signal: Signal
    beat: Beat
    records: tuple[BriefRecord, ...]
    voices: tuple[Voice, ...]
    numbers: Mapping[str, float]
    terms: tuple[str, ...]
    names: tuple[str, ...]
    now: datetime
    begun: datetime | None = None
    counted: tuple[Counted, ...] = ()
    told: tuple[Told, ...] = ()
    gaps: tuple[str, ...] = field(default=())
    worn: Worn = Worn()
    lately: tuple[str, ...] = ()

    def record(self, record_id: str) -> Record | None:
        """Return the record with that id, if it is in the brief."""
        return next((item.record for item in self.records if item.record.id == record_id), None)
