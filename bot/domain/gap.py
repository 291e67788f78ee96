"""A gap: a stretch of time that a source could not give any more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """What was said from `start` to `end` (UTC) was not heard, or not all of it; `reason` says why."""

    start: datetime
    end: datetime
    reason: str
