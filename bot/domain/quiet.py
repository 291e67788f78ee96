"""Quiet hours: the part of the day in which nothing is published, on the clock of a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WRITTEN = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)(?:\s+(\S+))?")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end`, on the wall clock of `zone`; past midnight if `end` is the earlier one."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "22:00-07:00 Europe/Berlin"; without a zone it is UTC.

        Raises ValueError that says what is wrong.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found is None:
            msg = f"{text!r} is not like 22:00-07:00 Europe/Berlin"
            raise ValueError(msg)
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        if start == end:
            msg = f"{text!r} begins and ends at the same time"
            raise ValueError(msg)
        try:
            return cls(start, end, ZoneInfo(found[5] or "UTC"))
        except (ZoneInfoNotFoundError, OSError):
            msg = f"there is no time zone {found[5]} (on a system without time zones, install tzdata)"
            raise ValueError(msg) from None

    def until(self, now: datetime) -> datetime | None:
        """Return when the quiet hours that `now` lies in end, None if it lies in none."""
        local = now.astimezone(self.zone)
        wall = local.time()
        within = (
            self.start <= wall < self.end if self.start < self.end else wall >= self.start or wall < self.end
        )
        if not within:
            return None
        day = local.date() + (_DAY if wall >= self.end else timedelta())
        return datetime.combine(day, self.end, tzinfo=self.zone)

    def __str__(self) -> str:
        """Return the hours as they are written in a setting."""
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"
