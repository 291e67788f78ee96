"""What is due: one question to the store at each tick, so that a quiet hour costs next to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.clock import hour_of
from bot.domain.signal import SignalState
from bot.domain.story import StoryState
from bot.store.publications import due_for_planning, due_for_sending
from bot.store.records import NOTICED
from bot.store.schema import Instant, records, signals, stories, ticks
from bot.store.stories import ids_of_wounded

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_NOW = sa.bindparam("now", type_=Instant)
_HOUR = sa.bindparam("hour", type_=Instant)
_NOTHING_HEARD = sa.literal(datetime.fromtimestamp(0, UTC), Instant)


@dataclass(frozen=True, slots=True)
class Due:
    """Which rooms have work.

    An hour's new talk to watch, stories to mend, signals to decide on, publications to send.
    """

    watch: bool
    mend: bool
    tell: bool
    post: bool


def _question() -> sa.Select[bool, bool, bool, bool]:
    asked = sa.select(ticks.c.at).where(ticks.c.name == "watch").scalar_subquery()
    watched = sa.func.coalesce(asked, _NOTHING_HEARD)
    return sa.select(
        sa.exists().where(records.c.state == NOTICED, records.c.heard_at > watched, watched < _HOUR),
        sa.exists(ids_of_wounded().subquery().select()),
        sa.exists().where(signals.c.state == SignalState.OPEN.value),
        sa.or_(
            sa.exists().where(stories.c.state == StoryState.APPROVED.value),
            sa.exists().where(sa.or_(due_for_planning(_NOW), due_for_sending(_NOW))),
        ),
    )


# It is asked several times a tick, and to write it down costs more than the answer.
_QUESTION = _question()


async def ask(connection: AsyncConnection, now: datetime) -> Due:
    """Return which moves have rows to move at `now`."""
    row = (await connection.execute(_QUESTION, {"now": now, "hour": hour_of(now)})).one()
    return Due(*map(bool, row))
