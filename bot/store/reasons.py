"""Reasons: all that was decided about one storyline, read across aggregates; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.errors import NotFoundError
from bot.domain.signal import SignalState
from bot.domain.story import StoryState
from bot.store import regroup
from bot.store import signals as wire
from bot.store.schema import records, signals, stories, storylines
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.signal import Signal


@dataclass(frozen=True, slots=True)
class Member:
    """A record of a storyline; `family_id` is another record's id if it is a copy of that."""

    id: str
    place: str
    said_at: datetime
    author_key: str
    family_id: str
    stance: int | None
    register: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A signal and what became of it, with the story that was written of it.

    `elsewhere` counts the posts it was raised for that are on other storylines now, by storyline.
    """

    signal: Signal
    state: SignalState
    reason: str | None
    story_id: str | None
    story_state: StoryState | None
    story_reason: str | None
    elsewhere: Mapping[str, int]


async def find(connection: AsyncConnection, name: str) -> str:
    """Return the id of the storyline that `name` leads to: its own id, or that of a signal or story on it.

    Raises NotFoundError.
    """
    for statement in (
        sa.select(storylines.c.id).where(storylines.c.id == name),
        sa.select(signals.c.storyline_id).where(signals.c.id == name),
        sa.select(stories.c.storyline_id).where(stories.c.id == name),
    ):
        if found := await connection.scalar(statement):
            return str(found)
    msg = f"there is no storyline, signal or story {name}: `groundswell wire --json` shows their ids"
    raise NotFoundError(msg)


async def parts(connection: AsyncConnection, storyline_id: str) -> list[str]:
    """Return the storylines that were found to be part of this one."""
    statement = sa.select(storylines.c.id).where(storylines.c.merged_into == storyline_id)
    return list((await connection.scalars(statement.order_by(storylines.c.id))).all())


async def members(connection: AsyncConnection, storyline_id: str) -> list[Member]:
    """Return the records of a storyline, oldest first."""
    statement = (
        sa.select(records)
        .where(records.c.storyline_id == storyline_id)
        .order_by(records.c.created_at, records.c.id)
    )
    return [
        Member(
            id=row.id,
            place=row.community or row.source,
            said_at=row.created_at,
            author_key=row.author_key,
            family_id=row.family_id or row.id,
            stance=row.stance,
            register=row.register,
        )
        for row in await connection.execute(statement)
    ]


async def rulings(connection: AsyncConnection, storyline_ids: Sequence[str]) -> list[Ruling]:
    """Return the signals of these storylines and what became of each, oldest first."""
    statement = sa.select(
        signals.c.id, signals.c.state, signals.c.reason, stories.c.id.label("story_id"),
        stories.c.state.label("story_state"), stories.c.reason.label("story_reason"),
    ).select_from(signals.outerjoin(stories, stories.c.signal_id == signals.c.id))  # fmt: skip
    rows = await fetch_by(connection, statement, signals.c.storyline_id, storyline_ids)
    lies = await regroup.lies(connection, [row.id for row in rows])
    found = []
    for row in rows:
        signal = await wire.get(connection, row.id)
        assert signal is not None
        story_state = StoryState(row.story_state) if row.story_state else None
        elsewhere = {line: size for line, size in lies[row.id].items() if line not in storyline_ids}
        found.append(
            Ruling(
                signal, SignalState(row.state), row.reason, row.story_id, story_state, row.story_reason,
                elsewhere,
            )
        )  # fmt: skip
    return sorted(found, key=lambda ruling: (ruling.signal.detected_at, ruling.signal.id))
