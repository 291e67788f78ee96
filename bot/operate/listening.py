"""`groundswell sources`: how each source is heard, from what the store knows; nothing is asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from bot.domain.text import squeeze
from bot.store import gaps, records, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.collect.port import PolledSource, StreamedSource
    from bot.domain.gap import Gap
    from bot.store.sources import SourceState

_DAY = timedelta(days=1)
_GAPS_OVER = timedelta(days=30)
_SHOWN_GAPS = 5
# A source is silent once it brought nothing for this many times its longest pause of so long before.
_UNUSUAL = 2
_COMPARED = timedelta(days=14)
_LEAST_SILENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Ear:
    """One target: its state, and its gaps of the last 30 days, newest first."""

    state: SourceState
    gaps: Sequence[Gap]

    def lag(self, now: datetime) -> timedelta | None:
        """Return how old the newest of what was heard in full is; None if nothing was heard yet."""
        return now - self.state.heard_until if self.state.heard_until else None


@dataclass(frozen=True, slots=True)
class Standing:
    """One source: why it is off (None: it listens), its new records of 24 hours, and its targets.

    `silent_since` is when it brought something last, if that is unusually long ago: it may answer every visit
    and still be dead.
    """

    name: str
    off_reason: str | None
    records: int
    ears: Sequence[Ear]
    silent_since: datetime | None = None


def silent_since(heard: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the last of the times at which something was heard, if the pause since is unusually long."""
    if len(heard) < 2:  # noqa: PLR2004 - a pause has two ends
        return None
    usual = max(after - before for before, after in pairwise(heard))
    silence = now - heard[-1]
    return heard[-1] if silence > max(_LEAST_SILENCE, _UNUSUAL * usual) else None


async def standings(
    connection: AsyncConnection, known: Iterable[PolledSource | StreamedSource], now: datetime
) -> list[Standing]:
    """Return how each of the `known` sources stands at `now`."""
    brought = await records.heard_since(connection, now - _DAY)
    hours = await records.hours_heard(connection, now - _COMPARED)
    missed: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    for found in await gaps.since(connection, now - _GAPS_OVER):
        missed[found.source, found.target].insert(0, found.gap)
    return [
        Standing(
            source.name,
            source.off_reason,
            brought.get(source.name, 0),
            [
                Ear(await sources.get(connection, source.name, target), missed[source.name, target])
                for target in (() if source.off_reason else source.targets)
            ],
            None if source.off_reason else silent_since(hours.get(source.name, ()), now),
        )
        for source in known
    ]


def render(found: Iterable[Standing], now: datetime) -> Group:
    """Return the standings for a terminal, as wide as it is."""
    lines: list[Any] = []
    for standing in found:
        heading = Text(standing.name, style="bold")
        told = f"  off: {standing.off_reason}" if standing.off_reason else f"  {standing.records:,} in 24 h"
        heading.append(told, style="dim")
        if standing.silent_since:
            silence = now - standing.silent_since
            heading.append(f"  silent for {_span(silence)}, longer than it ever is", style="red")
        lines.append(heading)
        lines += [Padding(_line(ear, now), (0, 0, 0, 2)) for ear in standing.ears]
    return Group(*lines)


def document(found: Iterable[Standing], now: datetime) -> list[dict[str, Any]]:
    """Return the standings as plain data for JSON; times are ISO 8601 in UTC."""
    return [
        {
            "name": standing.name,
            "off": standing.off_reason,
            "records_24h": standing.records,
            "silent_since": _iso(standing.silent_since),
            "targets": [_plain(ear, now) for ear in standing.ears],
        }
        for standing in found
    ]


def _plain(ear: Ear, now: datetime) -> dict[str, Any]:
    lag = ear.lag(now)
    return {
        "target": ear.state.target,
        "last_success_at": _iso(ear.state.last_success_at),
        "heard_since": _iso(ear.state.heard_since),
        "heard_until": _iso(ear.state.heard_until),
        "lag_seconds": None if lag is None else round(lag.total_seconds()),
        "next_check_at": _iso(ear.state.next_check_at),
        "failures": ear.state.failures,
        "last_error": ear.state.last_error,
        "gaps": [{"start": _iso(g.start), "end": _iso(g.end), "reason": g.reason} for g in ear.gaps],
    }


def _line(ear: Ear, now: datetime) -> Text:
    state, lag = ear.state, ear.lag(now)
    line = Text(state.target)
    if state.last_success_at is None:
        line.append("\n  never heard", style="dim")
    else:
        told = f"last heard {_minute(state.last_success_at)}"
        told += f", {_span(lag)} behind" if lag is not None else ""
        told += f", next check {_minute(state.next_check_at)}" if state.next_check_at else ""
        line.append(f"\n  {told}", style="dim")
    if state.failures:
        times = "once" if state.failures == 1 else f"{state.failures} times"
        until = f", left alone until {_minute(state.cooldown_until)}" if state.cooldown_until else ""
        line.append(f"\n  failed {times}{until}: {squeeze(state.last_error or '')}", style="red")
    for gap in ear.gaps[:_SHOWN_GAPS]:
        line.append(f"\n  gap {_minute(gap.start)} to {_minute(gap.end)}: {gap.reason}", style="yellow")
    if more := len(ear.gaps) - _SHOWN_GAPS:
        line.append(f"\n  and {more} older gaps" if more > 0 else "", style="yellow")
    return line


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _span(lag: timedelta) -> str:
    minutes = round(lag.total_seconds() / 60)
    return f"{minutes} min" if minutes < 180 else f"{minutes // 60} h"  # noqa: PLR2004 - three hours


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
