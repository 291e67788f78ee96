"""Publications: the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.card import Card
from bot.domain.publication import PublicationKind, PublicationState
from bot.store import cards, publications, stories
from tests.factory import NOON
from tests.store.house import HOUR, furnish, make_publication, make_story, plan

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store

_STORY = "heron-on-old-laptops"
_ID = f"{_STORY}@1/site"


async def _planned(connection: AsyncConnection) -> None:
    await stories.create(connection, make_story(await furnish(connection)))
    await plan(connection, make_publication())


async def test_a_plan_is_frozen(store: Store) -> None:
    """The first plan for a story version and channel stands, whatever is planned after it."""
    async with store.write() as connection:
        await _planned(connection)
        await plan(connection, make_publication(content={"html": "other"}))
        assert await publications.of_story(connection, "heron-on-old-laptops") == [make_publication()]
        await plan(connection, make_publication(id="heron-on-old-laptops@1/bluesky", channel="bluesky"))
        assert len(await publications.of_story(connection, "heron-on-old-laptops")) == 2


async def test_a_failed_try_comes_back_when_it_is_due(store: Store) -> None:
    """A planned row is due at once; a failed one only when its time has come, with its tries counted."""
    async with store.write() as connection:
        await _planned(connection)
        assert [row.id for row in await publications.due(connection, NOON)] == [_ID]
        await publications.failed(connection, _ID, error="503", retry_at=NOON + HOUR)
        assert await publications.due(connection, NOON) == []
        (row,) = await publications.due(connection, NOON + HOUR)
        assert (row.state, row.attempts, row.error) == (PublicationState.FAILED, 1, "503")


async def test_what_is_sent_stays_sent(store: Store) -> None:
    """A sent row is never due again, not even when a late failure of an earlier try is reported."""
    async with store.write() as connection:
        await _planned(connection)
        await publications.failed(connection, _ID, error="503", retry_at=NOON)
        await publications.sent(connection, _ID, remote={"uri": "at://x"}, at=NOON + HOUR)
        await publications.failed(connection, _ID, error="timed out", retry_at=NOON)
        assert await publications.due(connection, NOON + 9 * HOUR) == []
        (row,) = await publications.of_story(connection, "heron-on-old-laptops")
        assert (row.state, row.remote) == (PublicationState.SENT, {"uri": "at://x"})
        assert (row.sent_at, row.error, row.retry_at) == (NOON + HOUR, None, None)


async def test_what_is_owed_is_planned_once(store: Store) -> None:
    """An owed row comes back when its time has come, keeps its state when that fails, and is frozen once."""
    async with store.write() as connection:
        await stories.create(connection, make_story(await furnish(connection)))
        for _ in range(2):
            await publications.owe(connection, _STORY, 1, ["site"], at=NOON)
        await publications.failed(connection, _ID, error="never reached", retry_at=NOON + HOUR)
        assert await publications.owed(connection, NOON) == []
        (row,) = await publications.owed(connection, NOON + HOUR)
        assert (row.state, row.attempts, row.error) == (PublicationState.OWED, 1, "never reached")
        assert [item.id for item in await publications.waiting(connection)] == [_ID]
        for words in ("first", "second"):
            await publications.freeze(connection, _ID, content={"words": words}, at=NOON + HOUR)
        (row,) = await publications.due(connection, NOON + HOUR)
        assert (row.content, row.attempts, row.error) == ({"words": "first"}, 0, None)
        assert await publications.owed(connection, NOON + HOUR) == []


async def test_a_withdrawal_leaves_keys_and_no_words(store: Store) -> None:
    """Frozen words and the picture go; the keys stay; what was owed is not frozen any more."""
    async with store.write() as connection:
        await stories.create(connection, make_story(await furnish(connection)))
        await plan(connection, make_publication(content={"keys": ["at://x"], "words": "hush"}))
        await publications.owe(connection, _STORY, 1, ["bluesky"], at=NOON)
        await cards.keep(connection, _STORY, 1, Card(b"png", "hush"))
        await publications.withdraw(connection, [(_STORY, 1)])
        await publications.freeze(connection, f"{_STORY}@1/bluesky", content={"words": "hush"}, at=NOON)
        rows = await publications.of_story(connection, _STORY)
        assert {row.state for row in rows} == {PublicationState.WITHDRAWN}
        assert {row.channel: row.content for row in rows} == {"site": {"keys": ["at://x"]}, "bluesky": {}}
        assert await cards.get(connection, _STORY, 1) is None


async def test_a_story_and_its_correction_are_two(store: Store) -> None:
    """One version and channel has a row for each kind, and each kind once."""
    async with store.write() as connection:
        await _planned(connection)
        for kind in (PublicationKind.RETRACTION, PublicationKind.RETRACTION, PublicationKind.REMOVAL):
            await publications.owe(connection, _STORY, 1, ["site"], kind, at=NOON)
        rows = await publications.of_story(connection, _STORY)
        assert sorted(row.place for row in rows) == [(1, 0), (1, 2), (1, 3)]


async def test_the_first_card_stands(store: Store) -> None:
    """A card is made once: what was frozen refers to it by its hash."""
    async with store.write() as connection:
        await stories.create(connection, make_story(await furnish(connection)))
        first = await cards.keep(connection, _STORY, 1, Card(b"one", "one"))
        assert await cards.keep(connection, _STORY, 1, Card(b"two", "two")) == first
        assert await cards.alt(connection, _STORY, 1) == "one"
        assert await cards.alt(connection, _STORY, 2) is None
