"""Signals: the wire, with the records that caused each entry."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.signal import Baseline, Signal, SignalKind, SignalState
from bot.store.schema import signal_evidence, signals, storylines
from bot.store.sql import fetch_by, insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


_WITH_LINES = signals.outerjoin(storylines, storylines.c.id == signals.c.storyline_id)
_LINE = sa.func.coalesce(storylines.c.merged_into, signals.c.storyline_id)
_RAISED = (
    sa.select(_LINE, signals.c.kind, sa.func.max(signals.c.detected_at))
    .select_from(_WITH_LINES)
    .where(signals.c.detected_at > sa.bindparam("moment"))
    .group_by(_LINE, signals.c.kind)
)
_EVIDENCE = sa.select(signal_evidence).order_by(signal_evidence.c.position)


async def add(connection: AsyncConnection, signal: Signal) -> None:
    """Put a signal on the wire; one with the same id stays as it was."""
    if await connection.scalar(sa.select(signals.c.id).where(signals.c.id == signal.id)) is not None:
        return
    row = {
        "id": signal.id, "storyline_id": signal.storyline_id, "kind": signal.kind.value, "beat": signal.beat,
        "detected_at": signal.detected_at, "window_start": signal.window_start,
        "window_end": signal.window_end,
        "observed": signal.observed, "authors": signal.authors, "surprise": signal.surprise,
        "baseline": asdict(signal.baseline),
        "numbers": dict(signal.numbers), "why": signal.why, "state": SignalState.OPEN.value,
    }  # fmt: skip
    await insert_new(connection, signals, [row])
    await insert_new(
        connection,
        signal_evidence,
        [
            {"signal_id": signal.id, "record_id": record_id, "position": position}
            for position, record_id in enumerate(signal.evidence)
        ],
    )


async def get(connection: AsyncConnection, signal_id: str) -> Signal | None:
    """Return the signal with its evidence, or None."""
    found = await _load(connection, sa.select(signals).where(signals.c.id == signal_id))
    return found[0] if found else None


async def open_signals(connection: AsyncConnection) -> list[Signal]:
    """Return the signals nobody has decided on yet, oldest first."""
    statement = sa.select(signals).where(signals.c.state == SignalState.OPEN.value)
    return await _load(connection, statement.order_by(signals.c.detected_at, signals.c.id))


async def open_reasons(connection: AsyncConnection) -> dict[str, str | None]:
    """Return why each open signal was not decided on when it was last looked at."""
    statement = sa.select(signals.c.id, signals.c.reason).where(signals.c.state == SignalState.OPEN.value)
    return {row.id: row.reason for row in await connection.execute(statement)}


async def latest(connection: AsyncConnection, limit: int) -> list[Signal]:
    """Return the newest signals first."""
    return await _load(
        connection, sa.select(signals).order_by(signals.c.detected_at.desc(), signals.c.id).limit(limit)
    )


async def raised_since(
    connection: AsyncConnection, moment: datetime
) -> dict[tuple[str, SignalKind], datetime]:
    """Return when each storyline last gave each kind of signal, if that was after `moment`.

    What a storyline gave that was merged since counts as given by the one it is part of.
    """
    rows = await connection.execute(_RAISED, {"moment": moment})
    return {(line, SignalKind(kind)): at for line, kind, at in rows}


async def decide(
    connection: AsyncConnection,
    signal_id: str,
    state: SignalState,
    reason: str,
    *,
    same_as: str | None = None,
) -> None:
    """Record what the newsroom made of a signal, and why; `same_as` is the story that tells its matter."""
    await connection.execute(
        signals.update()
        .where(signals.c.id == signal_id)
        .values(state=state.value, reason=reason, same_as=same_as)
    )


async def same_as(connection: AsyncConnection, storyline_id: str) -> str | None:
    """Return the story for whose matter a signal of this storyline was last passed, if one was."""
    statement = (
        sa.select(signals.c.same_as)
        .select_from(_WITH_LINES)
        .where(_LINE == storyline_id, signals.c.same_as.is_not(None))  # noqa: SIM300 - it is a column
        .order_by(signals.c.detected_at.desc())
        .limit(1)
    )
    return await connection.scalar(statement)


async def passed_for(
    connection: AsyncConnection, story_ids: Iterable[str]
) -> dict[str, list[tuple[str, str]]]:
    """Return the storylines, with labels, of which a signal was passed for the matter of these stories.

    One that was merged since is there as the one it is part of.
    """
    line = sa.func.coalesce(storylines.c.merged_into, storylines.c.id).label("line")
    statement = (
        sa.select(signals.c.same_as, line, storylines.c.label)
        .join(storylines, storylines.c.id == signals.c.storyline_id)
        .distinct()
        .order_by(line, storylines.c.label)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in await fetch_by(connection, statement, signals.c.same_as, story_ids):
        found.setdefault(row.same_as, []).append((row.line, row.label))
    return found


async def _load(connection: AsyncConnection, statement: sa.Select[Any]) -> list[Signal]:
    rows = (await connection.execute(statement)).all()
    evidence: dict[str, list[str]] = {}
    for pair in await fetch_by(connection, _EVIDENCE, signal_evidence.c.signal_id, [row.id for row in rows]):
        evidence.setdefault(pair.signal_id, []).append(pair.record_id)
    return [_signal(row, evidence.get(row.id, ())) for row in rows]


def _signal(row: sa.Row[Any], evidence: Sequence[str]) -> Signal:
    return Signal(
        id=row.id,
        storyline_id=row.storyline_id,
        kind=SignalKind(row.kind),
        beat=row.beat,
        detected_at=row.detected_at,
        window_start=row.window_start,
        window_end=row.window_end,
        observed=row.observed,
        authors=row.authors,
        baseline=Baseline(**row.baseline),
        surprise=row.surprise,
        why=row.why,
        evidence=tuple(evidence),
        numbers=row.numbers,
    )
