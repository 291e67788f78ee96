"""Decisions: what people settled, one row each, never changed. What holds now is what was settled last."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.decision import Decision, DecisionKind
from bot.store.schema import decisions
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection


async def add(connection: AsyncConnection, decision: Decision) -> None:
    """Keep a decision; call it in the transaction that carries it out."""
    row = {name: getattr(decision, name) for name in Decision.__slots__}
    row |= {"kind": decision.kind.value, "claims": list(decision.claims)}
    await connection.execute(decisions.insert().values(row))


async def of_story(connection: AsyncConnection, story_id: str) -> list[Decision]:
    """Return what was decided about a story, in that order."""
    statement = sa.select(decisions).where(decisions.c.story_id == story_id)
    return [_decision(row) for row in await connection.execute(statement.order_by(decisions.c.number))]


async def last_word(connection: AsyncConnection, story_ids: Iterable[str]) -> Decision | None:
    """Return what a person last approved or killed among these stories, None if nobody did."""
    verdicts = [DecisionKind.APPROVE.value, DecisionKind.KILL.value]
    statement = sa.select(decisions).where(decisions.c.kind.in_(verdicts))
    rows = await fetch_by(connection, statement, decisions.c.story_id, story_ids)
    return _decision(max(rows, key=attrgetter("number"))) if rows else None


async def halted(connection: AsyncConnection) -> Decision | None:
    """Return the decision that halted publishing, None if it is not halted."""
    kinds = [DecisionKind.HALT.value, DecisionKind.RESUME.value]
    statement = sa.select(decisions).where(decisions.c.kind.in_(kinds))
    row = (await connection.execute(statement.order_by(decisions.c.number.desc()).limit(1))).one_or_none()
    return _decision(row) if row is not None and row.kind == DecisionKind.HALT.value else None


async def muted(connection: AsyncConnection) -> dict[str, Decision]:
    """Return the decisions that muted beats, by the slugs of those that are muted now."""
    kinds = [DecisionKind.MUTE.value, DecisionKind.UNMUTE.value]
    statement = sa.select(decisions).where(decisions.c.kind.in_(kinds)).order_by(decisions.c.number)
    last = {row.beat: row for row in await connection.execute(statement)}
    return {slug: _decision(row) for slug, row in last.items() if row.kind == DecisionKind.MUTE.value}


def _decision(row: sa.Row[Any]) -> Decision:
    values = {name: getattr(row, name) for name in Decision.__slots__}
    return Decision(**values | {"kind": DecisionKind(row.kind), "claims": tuple(row.claims)})
