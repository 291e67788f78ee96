"""Rechecks: which cited records their sources have not been asked about for too long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.domain.record import RecordKind
from bot.domain.story import StoryState
from bot.store.records import to_record
from bot.store.schema import citations, records, stories
from bot.store.sql import fetch_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record

# A story is read most in its first weeks.
_YOUNG = timedelta(days=30)
_DAILY, _MONTHLY = timedelta(days=1), timedelta(days=30)
# Of a retracted story, and of an earlier version, posts may stand on a network.
_STANDING = (StoryState.APPROVED, StoryState.PUBLISHED, StoryState.CORRECTED, StoryState.RETRACTED)


async def due(
    connection: AsyncConnection, now: datetime, sources: Collection[str], limit: int, *, each: int
) -> list[Record]:
    """Return at most `limit` records of `sources` that told stories ever cited.

    Those of stories of the last 30 days are due daily, the others monthly. Of the comments of a place, and of
    what else was said there, at most `each` are returned, longest unchecked first. All places take turns, so
    that those that cannot be asked do not crowd out the others.
    """
    checked = sa.func.coalesce(sa.type_coerce(records.c.checked_at, sa.BigInteger), 0)
    place = sa.func.coalesce(records.c.community, records.c.source)
    comment = records.c.kind == RecordKind.COMMENT.value
    turn = sa.func.row_number().over(
        partition_by=(records.c.source, place, comment), order_by=(checked, records.c.id)
    )
    turns = (
        sa.select(records.c.id, turn.label("turn"))
        .where(
            records.c.id.in_(_cited(now)),
            records.c.source.in_(sorted(sources)),
            records.c.erased_at.is_(None),
        )
        .subquery()
    )
    statement = (
        sa.select(records)
        .join(turns, turns.c.id == records.c.id)
        .where(turns.c.turn <= each)
        .order_by(turns.c.turn, checked, records.c.id)
        .limit(limit)
    )
    return [to_record(row) for row in await connection.execute(statement)]


async def stale(
    connection: AsyncConnection, record_ids: Iterable[str], since: datetime, sources: Collection[str]
) -> list[Record]:
    """Return those of these records of `sources` that were not checked since `since`."""
    statement = sa.select(records).where(
        records.c.source.in_(sorted(sources)), records.c.erased_at.is_(None), _unchecked_since(since)
    )
    return [to_record(row) for row in await fetch_by(connection, statement, records.c.id, record_ids)]


async def checked(connection: AsyncConnection, record_ids: Iterable[str], at: datetime) -> None:
    """Note that the source was asked about these records at `at`."""
    await connection.execute(
        records.update().where(records.c.id == sa.bindparam("of")).values(checked_at=at),
        [{"of": record_id} for record_id in record_ids],
    )


def _cited(now: datetime) -> sa.Select[tuple[str]]:
    """Select what told stories cite and was not checked for as long as the age of the story allows."""
    published = sa.func.coalesce(stories.c.published_at, stories.c.created_at)
    return (
        sa.select(citations.c.record_id)
        .join(stories, stories.c.id == citations.c.story_id)
        .where(
            stories.c.state.in_([state.value for state in _STANDING]),
            sa.or_(
                _unchecked_since(now - _MONTHLY),
                sa.and_(published >= now - _YOUNG, _unchecked_since(now - _DAILY)),
            ),
        )
        .correlate(records)
    )


def _unchecked_since(since: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(records.c.checked_at.is_(None), records.c.checked_at < since)
