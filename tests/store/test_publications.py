"""Publications: the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.publication import PublicationState
from bot.store import publications, stories
from tests.factory import NOON
from tests.store.house import HOUR, furnish, make_publication, make_story

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store


async def _planned(connection: AsyncConnection) -> None:
    await stories.create(connection, make_story(await furnish(connection)))
    await publications.plan(connection, make_publication())


async def test_a_plan_is_frozen(store: Store) -> None:
    """The first plan for a story version and channel stands, whatever is planned after it."""
    async with store.write() as connection:
        await _planned(connection)
        await publications.plan(connection, make_publication(content={"html": "other"}))
        await publications.plan(connection, make_publication(id="pub-2", content={"html": "other"}))
        assert await publications.of_story(connection, "heron-on-old-laptops") == [make_publication()]
        await publications.plan(connection, make_publication(id="pub-3", channel="bluesky"))
        assert len(await publications.of_story(connection, "heron-on-old-laptops")) == 2


async def test_a_failed_try_comes_back_when_it_is_due(store: Store) -> None:
    """A planned row is due at once; a failed one only when its time has come, with its tries counted."""
    async with store.write() as connection:
        await _planned(connection)
        assert [row.id for row in await publications.due(connection, NOON)] == ["pub-1"]
        await publications.failed(connection, "pub-1", error="503", retry_at=NOON + HOUR)
        assert await publications.due(connection, NOON) == []
        (row,) = await publications.due(connection, NOON + HOUR)
        assert (row.state, row.attempts, row.error) == (PublicationState.FAILED, 1, "503")


async def test_what_is_sent_stays_sent(store: Store) -> None:
    """A sent row is never due again, not even when a late failure of an earlier try is reported."""
    async with store.write() as connection:
        await _planned(connection)
        await publications.failed(connection, "pub-1", error="503", retry_at=NOON)
        await publications.sent(connection, "pub-1", remote={"uri": "at://x"}, at=NOON + HOUR)
        await publications.failed(connection, "pub-1", error="timed out", retry_at=NOON)
        assert await publications.due(connection, NOON + 9 * HOUR) == []
        (row,) = await publications.of_story(connection, "heron-on-old-laptops")
        assert (row.state, row.remote) == (PublicationState.SENT, {"uri": "at://x"})
        assert (row.sent_at, row.error, row.retry_at) == (NOON + HOUR, None, None)
