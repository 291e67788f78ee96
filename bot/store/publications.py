"""Publications: the outbox. A row is owed, planned once with frozen content, and sent until it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.publication import (
    UNSETTLED,
    Publication,
    PublicationKind,
    PublicationState,
    publication_id,
)
from bot.store.schema import Instant, cards, publications
from bot.store.sql import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_UNSETTLED = sorted(state.value for state in UNSETTLED)
_IS_STORY = publications.c.kind == PublicationKind.STORY.value


async def owe(
    connection: AsyncConnection,
    story_id: str,
    version: int,
    channels: Iterable[str],
    kind: PublicationKind = PublicationKind.STORY,
    *,
    at: datetime,
) -> None:
    """Decide that these channels get this; where that was decided before, what became of it stands."""
    rows: list[dict[str, Any]] = [
        {
            "id": publication_id(story_id, version, channel, kind), "story_id": story_id, "version": version,
            "channel": channel, "kind": kind.value, "state": PublicationState.OWED.value, "content": {},
            "remote": {}, "planned_at": at,
        }
        for channel in channels
    ]  # fmt: skip
    await insert_new(connection, publications, rows)


async def freeze(
    connection: AsyncConnection, publication_id: str, *, content: Mapping[str, Any], at: datetime
) -> None:
    """Freeze the content of an owed publication; one that was withdrawn or planned meanwhile stays so."""
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state == PublicationState.OWED.value)
        .values(
            state=PublicationState.PLANNED.value, content=dict(content), planned_at=at, attempts=0,
            retry_at=None, error=None,
        )
    )  # fmt: skip


async def owed(connection: AsyncConnection, now: datetime) -> list[Publication]:
    """Return what is due to be planned, in the order in which it was decided."""
    return await _selected(connection, due_for_planning(now))


async def due(connection: AsyncConnection, now: datetime) -> list[Publication]:
    """Return what is planned, or failed and due for another try, oldest plan first."""
    return await _selected(connection, due_for_sending(now))


async def in_conflict(connection: AsyncConnection) -> list[Publication]:
    """Return what cannot go on without a person: something else stands where it belongs; oldest first."""
    return await _selected(connection, publications.c.state == PublicationState.CONFLICT.value)


def due_for_planning(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition under which a row is to be planned at `now`."""
    in_time = sa.or_(publications.c.retry_at.is_(None), publications.c.retry_at <= now)
    return sa.and_(publications.c.state == PublicationState.OWED.value, in_time)


def due_for_sending(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition under which a row is to be sent at `now`."""
    retry = sa.and_(publications.c.state == PublicationState.FAILED.value, publications.c.retry_at <= now)
    return sa.or_(publications.c.state == PublicationState.PLANNED.value, retry)


async def _selected(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> list[Publication]:
    statement = sa.select(publications).where(condition)
    rows = await connection.execute(statement.order_by(publications.c.planned_at, publications.c.id))
    return [_publication(row) for row in rows]


async def waiting(connection: AsyncConnection) -> list[Publication]:
    """Return what failed or could not be planned and is going to be tried again, oldest plan first."""
    tried = sa.and_(publications.c.state.in_(_UNSETTLED), publications.c.attempts > 0)
    return await _selected(connection, tried)


async def state(connection: AsyncConnection, publication_id: str) -> PublicationState | None:
    """Return the state of a publication, None if there is no such one."""
    statement = sa.select(publications.c.state).where(publications.c.id == publication_id)
    found = await connection.scalar(statement)
    return None if found is None else PublicationState(found)


async def held_up(connection: AsyncConnection, now: datetime) -> set[str]:
    """Return the channels on which a story failed and is not due for another try yet."""
    statement = sa.select(publications.c.channel).where(
        _IS_STORY, publications.c.state == PublicationState.FAILED.value, publications.c.retry_at > now
    )
    return set((await connection.scalars(statement)).all())


async def of_story(connection: AsyncConnection, story_id: str) -> list[Publication]:
    """Return every publication of a story, oldest plan first."""
    return await _selected(connection, publications.c.story_id == story_id)


async def begin(connection: AsyncConnection, publication_id: str, at: datetime) -> bool:
    """Note that a try begins; tell whether the publication is still waiting for one."""
    waiting = [PublicationState.PLANNED.value, PublicationState.FAILED.value]
    result = await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state.in_(waiting))
        .values(begun_at=sa.func.coalesce(publications.c.begun_at, sa.bindparam("at", at, Instant)))
    )
    return result.rowcount == 1


async def sent(
    connection: AsyncConnection, publication_id: str, *, remote: Mapping[str, Any], at: datetime
) -> None:
    """Mark a publication as there."""
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id)
        .values(state=PublicationState.SENT.value, remote=dict(remote), sent_at=at, retry_at=None, error=None)
    )


async def failed(connection: AsyncConnection, publication_id: str, *, error: str, retry_at: datetime) -> None:
    """Count a failed try and say when the next one is due; what is there, or was withdrawn, stays so."""
    owed = publications.c.state == PublicationState.OWED.value
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state.in_(_UNSETTLED))
        .values(
            state=sa.case((owed, PublicationState.OWED.value), else_=PublicationState.FAILED.value),
            attempts=publications.c.attempts + 1,
            error=error,
            retry_at=retry_at,
        )
    )


async def conflict(connection: AsyncConnection, publication_id: str, *, error: str) -> None:
    """Give a publication to the desk: it is not tried again."""
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state.in_(_UNSETTLED))
        .values(
            state=PublicationState.CONFLICT.value,
            attempts=publications.c.attempts + 1,
            error=error,
            retry_at=None,
        )
    )


async def take_up(connection: AsyncConnection, channel: str, at: datetime) -> None:
    """Have what takes words back, or says that they were wrong, tried again on a channel that was lost."""
    given_up = sa.and_(
        publications.c.channel == channel, publications.c.state == PublicationState.CONFLICT.value
    )
    await connection.execute(
        publications.update()
        .where(given_up, ~_IS_STORY, publications.c.begun_at.is_not(None))
        .values(state=PublicationState.FAILED.value, retry_at=at, error=None)
    )


async def withdraw(connection: AsyncConnection, versions: Iterable[tuple[str, int]]) -> None:
    """Take the words out of these story versions' publications and cards, and stop what has not been sent.

    What takes words back goes on: it has none of the story's.
    """
    chosen = list(versions)
    mine = sa.and_(
        sa.tuple_(publications.c.story_id, publications.c.version).in_(chosen),
        publications.c.kind.in_([PublicationKind.STORY.value, PublicationKind.CORRECTION.value]),
    )
    for row in (
        await connection.execute(sa.select(publications.c.id, publications.c.content).where(mine))
    ).all():
        left = {"keys": row.content["keys"]} if "keys" in row.content else {}
        await connection.execute(
            publications.update().where(publications.c.id == row.id).values(content=left)
        )
    await _stop(connection, mine)
    await connection.execute(cards.delete().where(sa.tuple_(cards.c.story_id, cards.c.version).in_(chosen)))


async def tear(connection: AsyncConnection, versions: Iterable[tuple[str, int]], at: datetime) -> None:
    """Note that these story versions lost words, which may stand wherever they were published."""
    mine = sa.tuple_(publications.c.story_id, publications.c.version).in_(list(versions))
    await connection.execute(publications.update().where(mine, _IS_STORY).values(torn_at=at))


async def mended(connection: AsyncConnection, story_id: str) -> None:
    """Note that what stands of a story was seen to."""
    mine = publications.c.story_id == story_id
    await connection.execute(publications.update().where(mine).values(torn_at=None))


def keeps_lost_words() -> sa.ColumnElement[bool]:
    """Return the condition under which a publication may show words that were taken back."""
    torn = publications.c.torn_at.is_not(None)
    return sa.and_(torn, publications.c.state == PublicationState.SENT.value)


async def stop(connection: AsyncConnection, story_id: str) -> None:
    """Stop what has not been sent of a story; what it would have said is kept, for it may be there.

    A removal goes on.
    """
    removal = publications.c.kind == PublicationKind.REMOVAL.value
    await _stop(connection, sa.and_(publications.c.story_id == story_id, ~removal))


async def unowe(connection: AsyncConnection, story_id: str) -> None:
    """Owe nobody what was not planned yet of a story; if it is approved again, it is owed again."""
    owed = publications.c.state == PublicationState.OWED.value
    await connection.execute(publications.delete().where(publications.c.story_id == story_id, owed))


async def _stop(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> None:
    unsent = publications.c.state != PublicationState.SENT.value
    await connection.execute(
        publications.update()
        .where(condition, unsent)
        .values(state=PublicationState.WITHDRAWN.value, retry_at=None)
    )


def _publication(row: sa.Row[Any]) -> Publication:
    return Publication(
        id=row.id,
        story_id=row.story_id,
        version=row.version,
        channel=row.channel,
        state=PublicationState(row.state),
        content=row.content,
        planned_at=row.planned_at,
        sent_at=row.sent_at,
        attempts=row.attempts,
        retry_at=row.retry_at,
        error=row.error,
        begun_at=row.begun_at,
        remote=row.remote,
        kind=PublicationKind(row.kind),
    )


async def with_post(connection: AsyncConnection, channel: str, key: str) -> list[Publication]:
    """Return what is on a channel and mentions `key`, a remote id, in what the channel gave back.

    What stands there now, the newest version, comes first.
    """
    statement = sa.select(publications).where(
        publications.c.channel == channel,
        publications.c.state == PublicationState.SENT.value,
        sa.cast(publications.c.remote, sa.Text).contains(key, autoescape=True),
    )
    rows = await connection.execute(statement.order_by(publications.c.version.desc(), publications.c.id))
    return [_publication(row) for row in rows]


async def sent_since(connection: AsyncConnection, channel: str, since: datetime) -> list[Publication]:
    """Return the stories that were brought to a channel since `since`, newest first."""
    statement = sa.select(publications).where(
        publications.c.channel == channel,
        _IS_STORY,
        publications.c.state == PublicationState.SENT.value,
        publications.c.sent_at >= since,
    )
    rows = await connection.execute(statement.order_by(publications.c.sent_at.desc(), publications.c.id))
    return [_publication(row) for row in rows]
