"""Sources: cursors, what is due when, and how each source is doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.store.schema import sources, ticks
from bot.store.sql import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

# So begins the target of a place that is asked whether its records still stand; nothing is heard there.
RECHECKING = "recheck "


_LAST_DONE = sa.select(ticks.c.at).where(ticks.c.name == sa.bindparam("name"))


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one target of one source stands.

    `cursor` is the source's own: opaque to everything else. `rate` counts new records an hour. What was said
    from `heard_since` to `heard_until` is heard, gaps excepted (`bot.store.gaps`).
    """

    source: str
    target: str
    cursor: Mapping[str, Any] = field(default_factory=dict)
    next_check_at: datetime | None = None
    last_success_at: datetime | None = None
    failures: int = 0
    cooldown_until: datetime | None = None
    last_error: str | None = None
    heard_since: datetime | None = None
    heard_until: datetime | None = None
    rate: float | None = None


async def get(connection: AsyncConnection, source: str, target: str) -> SourceState:
    """Return the state of a target; a fresh one if it was never checked."""
    statement = sa.select(sources).where(sources.c.source == source, sources.c.target == target)
    row = (await connection.execute(statement)).one_or_none()
    return SourceState(source, target) if row is None else SourceState(**row._mapping)  # noqa: SLF001 - documented API


async def all_states(connection: AsyncConnection) -> list[SourceState]:
    """Return every target that was ever checked, by name."""
    statement = sa.select(sources).order_by(sources.c.source, sources.c.target)
    return [SourceState(**row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - documented API


async def succeeded(
    connection: AsyncConnection,
    source: str,
    target: str,
    *,
    cursor: Mapping[str, Any],
    at: datetime,
    heard_until: datetime | None = None,
    next_check_at: datetime | None = None,
    rate: float | None = None,
) -> None:
    """Move the cursor on; call it in the transaction that stores the records it brought.

    `heard_until` None leaves it as it was.
    """
    row = {
        "source": source, "target": target, "cursor": dict(cursor), "next_check_at": next_check_at,
        "last_success_at": at, "failures": 0, "cooldown_until": None, "last_error": None, "rate": rate,
        "heard_since": at, "heard_until": heard_until,
    }  # fmt: skip
    kept = {"source", "target", "heard_since"} | (set() if heard_until else {"heard_until"})
    await upsert(connection, sources, [row], update=row.keys() - kept)


async def failed(
    connection: AsyncConnection, state: SourceState, *, error: str, cooldown_until: datetime
) -> None:
    """Count a failure; the cursor stays where it is, and the target is left alone until `cooldown_until`."""
    row = {
        "source": state.source, "target": state.target, "cursor": dict(state.cursor),
        "failures": state.failures + 1, "cooldown_until": cooldown_until, "last_error": error,
        "next_check_at": cooldown_until,
    }  # fmt: skip
    await upsert(
        connection, sources, [row], update=("failures", "cooldown_until", "last_error", "next_check_at")
    )


async def last_done(connection: AsyncConnection, name: str) -> datetime | None:
    """Return the last time for which the work called `name` was done, None if it never was."""
    last: datetime | None = await connection.scalar(_LAST_DONE, {"name": name})
    return last


async def tick(connection: AsyncConnection, name: str, at: datetime) -> None:
    """Note, in the transaction that does it, that the work called `name` is done for `at`."""
    await upsert(connection, ticks, [{"name": name, "at": at}], update=("at",))
