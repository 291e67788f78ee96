"""Publications: the outbox. A row is planned once, with frozen content, and sent until it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.domain.publication import Publication, PublicationState
from bot.store.schema import Instant, publications
from bot.store.sql import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def plan(connection: AsyncConnection, publication: Publication) -> None:
    """Freeze a publication; if this story version is planned for the channel already, that plan stands."""
    await insert_new(
        connection,
        publications,
        [
            {
                "id": publication.id, "story_id": publication.story_id, "version": publication.version,
                "channel": publication.channel, "state": PublicationState.PLANNED.value,
                "content": dict(publication.content), "remote": {}, "planned_at": publication.planned_at,
            }
        ],
    )  # fmt: skip


async def due(connection: AsyncConnection, now: datetime) -> list[Publication]:
    """Return what is planned, or failed and due for another try, oldest plan first."""
    retry = sa.and_(publications.c.state == PublicationState.FAILED.value, publications.c.retry_at <= now)
    statement = (
        sa.select(publications)
        .where(sa.or_(publications.c.state == PublicationState.PLANNED.value, retry))
        .order_by(publications.c.planned_at, publications.c.id)
    )
    return [_publication(row) for row in await connection.execute(statement)]


async def held_up(connection: AsyncConnection, now: datetime) -> set[str]:
    """Return the channels on which something failed and is not due for another try yet."""
    statement = sa.select(publications.c.channel).where(
        publications.c.state == PublicationState.FAILED.value, publications.c.retry_at > now
    )
    return set((await connection.scalars(statement)).all())


async def of_story(connection: AsyncConnection, story_id: str) -> list[Publication]:
    """Return every publication of a story, oldest plan first."""
    statement = sa.select(publications).where(publications.c.story_id == story_id)
    rows = await connection.execute(statement.order_by(publications.c.planned_at, publications.c.id))
    return [_publication(row) for row in rows]


async def in_conflict(connection: AsyncConnection) -> list[Publication]:
    """Return the publications that a person has to look at, oldest plan first."""
    statement = sa.select(publications).where(publications.c.state == PublicationState.CONFLICT.value)
    rows = await connection.execute(statement.order_by(publications.c.planned_at, publications.c.id))
    return [_publication(row) for row in rows]


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
    waiting = [PublicationState.PLANNED.value, PublicationState.FAILED.value]
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state.in_(waiting))
        .values(
            state=PublicationState.FAILED.value,
            attempts=publications.c.attempts + 1,
            error=error,
            retry_at=retry_at,
        )
    )


async def conflict(connection: AsyncConnection, publication_id: str, *, error: str) -> None:
    """Give a publication to the desk: it is not tried again."""
    waiting = [PublicationState.PLANNED.value, PublicationState.FAILED.value]
    await connection.execute(
        publications.update()
        .where(publications.c.id == publication_id, publications.c.state.in_(waiting))
        .values(
            state=PublicationState.CONFLICT.value,
            attempts=publications.c.attempts + 1,
            error=error,
            retry_at=None,
        )
    )


async def withdraw(connection: AsyncConnection, versions: Iterable[tuple[str, int]]) -> None:
    """Empty the frozen words of these story versions' publications, and stop what has not been sent."""
    mine = sa.tuple_(publications.c.story_id, publications.c.version).in_(list(versions))
    await connection.execute(publications.update().where(mine).values(content={}))
    unsent = publications.c.state != PublicationState.SENT.value
    await connection.execute(
        publications.update()
        .where(mine, unsent)
        .values(state=PublicationState.WITHDRAWN.value, retry_at=None)
    )


async def withdrawn(connection: AsyncConnection, story_id: str, version: int) -> list[str]:
    """Return the channels that still wait for a story since its publication at `version` was withdrawn."""
    statement = sa.select(publications.c.channel).where(
        publications.c.story_id == story_id,
        publications.c.version == version,
        publications.c.state == PublicationState.WITHDRAWN.value,
    )
    return sorted((await connection.scalars(statement)).all())


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
    )


async def with_post(connection: AsyncConnection, channel: str, key: str) -> list[Publication]:
    """Return what is on a channel and mentions `key`, a remote id, in what the channel gave back."""
    statement = sa.select(publications).where(
        publications.c.channel == channel,
        publications.c.state == PublicationState.SENT.value,
        sa.cast(publications.c.remote, sa.Text).contains(key, autoescape=True),
    )
    return [_publication(row) for row in await connection.execute(statement)]


async def sent_since(connection: AsyncConnection, channel: str, since: datetime) -> list[Publication]:
    """Return what was brought to a channel since `since`, newest first."""
    statement = sa.select(publications).where(
        publications.c.channel == channel,
        publications.c.state == PublicationState.SENT.value,
        publications.c.sent_at >= since,
    )
    rows = await connection.execute(statement.order_by(publications.c.sent_at.desc(), publications.c.id))
    return [_publication(row) for row in rows]
