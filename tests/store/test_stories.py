"""Stories: versions that only grow, and moves that only go where they may."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.domain.errors import NotFoundError, TransitionError
from bot.domain.story import StoryState
from bot.store import pages, schema, signals, stories
from tests.factory import NOON
from tests.store.house import HOUR, furnish, make_signal, make_story, revised

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.story import Story
    from bot.store.engine import Store

_WAY = (StoryState.CHECKED, StoryState.APPROVED, StoryState.PUBLISHED)


async def _told(connection: AsyncConnection, *, upto: StoryState = StoryState.DRAFTED) -> Story:
    story = make_story(await furnish(connection))
    await stories.create(connection, story)
    for state in _WAY[: _WAY.index(upto) + 1] if upto in _WAY else ():
        await stories.set_state(connection, story.id, state, at=NOON)
    return story


async def test_a_story_comes_back_as_it_was_written(store: Store) -> None:
    """Headline, deck, claims, citations, numbers and report survive the store in their order."""
    async with store.write() as connection:
        story = await _told(connection)
        assert await stories.get(connection, story.id) == story
        assert await stories.exists(connection, story.id)
        assert not await stories.exists(connection, "none")


async def test_a_revision_adds_a_version_and_keeps_the_old_one(store: Store) -> None:
    """After a revision the new version is current and the old one can still be read as it was."""
    async with store.write() as connection:
        story = await _told(connection)
        second = revised(story, headline="Older laptops, newer weights")
        await stories.revise(connection, second, change="a better headline")
        assert await stories.get(connection, story.id) == second
        old = await stories.get(connection, story.id, version=1)
        assert (old.version, old.draft) == (1, story.draft)


async def test_what_was_told_lately_is_read_with_its_headline(store: Store) -> None:
    """The latest stories come newest first, so many and no killed one, each from its headline on."""
    async with store.write() as connection:
        cited = await furnish(connection)
        told = []
        for n in range(4):
            await signals.add(connection, make_signal(id=f"signal-{n}"))
            when = NOON + n * HOUR
            told.append(make_story(cited, id=f"heron-{n}", signal_id=f"signal-{n}", created_at=when))
            await stories.create(connection, told[n])
        await stories.set_state(connection, "heron-2", StoryState.CHECKED, at=NOON)
        await stories.set_state(connection, "heron-2", StoryState.KILLED, at=NOON, reason="thin")
        await stories.revise(connection, revised(told[1], headline="Older laptops"), change="a headline")
        lately = await stories.texts(connection, NOON + 3 * HOUR, limit=1)
        assert [said[:2] for said in lately] == [["Older laptops", told[1].draft.deck.text]]
        lately = await stories.texts(connection, NOON + 5 * HOUR, limit=50)
        assert [said[0] for said in lately] == [
            told[3].draft.headline.text,
            "Older laptops",
            told[0].draft.headline.text,
        ]


async def test_a_version_is_written_once(store: Store) -> None:
    """Writing a version number that exists is refused by the database."""
    async with store.write() as connection:
        story = await _told(connection)
    async with store.read() as connection:
        before = await stories.get(connection, story.id)

    async def again() -> None:
        async with store.write() as connection:
            await stories.revise(connection, story, change="the same number again")

    with pytest.raises(sa.exc.IntegrityError):
        await again()
    async with store.read() as connection:
        assert await stories.get(connection, story.id) == before


@pytest.mark.parametrize(
    "statement",
    [
        schema.story_versions.update().values(fidelity=99),
        schema.story_versions.update().values(
            report=[["quotes", "c3", True, "something that was never found"]]
        ),
        schema.story_versions.update().values(report=[], model="another"),
        schema.story_versions.delete(),
        schema.claims.update().values(text="something else"),
        schema.claims.update().values(text="", kind="analysis").where(schema.claims.c.kind == "cohort"),
        schema.claims.update().values(text="", numbers=["other"]),
        schema.claims.update().values(text="", position=7),
        schema.claims.delete().where(schema.claims.c.claim_id == "c1"),
        schema.citations.update().values(quote="never said"),
        schema.citations.update().values(quote="", marker=9),
        schema.citations.delete(),
    ],
    ids=lambda statement: " ".join(str(statement).split()[:6]),
)
async def test_the_database_refuses_to_rewrite_a_story(
    store: Store, statement: sa.Update | sa.Delete
) -> None:
    """No update or delete changes what a version said, whoever sends it; only words can be emptied."""
    async with store.write() as connection:
        story = await _told(connection)

    async def rewrite() -> None:
        async with store.write() as connection:
            await connection.execute(statement)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        await rewrite()
    async with store.read() as connection:
        assert await stories.get(connection, story.id) == story


async def test_a_signal_is_told_once(store: Store) -> None:
    """A second story on the same signal is refused by the database."""
    async with store.write() as connection:
        story = await _told(connection)

    async def again() -> None:
        async with store.write() as connection:
            await stories.create(connection, replace(story, id="the-same-again"))

    with pytest.raises(sa.exc.IntegrityError):
        await again()
    async with store.read() as connection:
        assert not await stories.exists(connection, "the-same-again")


async def test_a_story_moves_only_where_it_may(store: Store) -> None:
    """A forbidden move raises and leaves the state; a state that is reached keeps its time and reason."""
    async with store.write() as connection:
        story = await _told(connection)
        with pytest.raises(TransitionError, match="drafted and cannot become published"):
            await stories.set_state(connection, story.id, StoryState.PUBLISHED, at=NOON)
        for earlier, later in pairwise((StoryState.DRAFTED, *_WAY)):
            assert (await stories.get(connection, story.id)).state is earlier
            await stories.set_state(connection, story.id, later, at=NOON + HOUR)
        await stories.set_state(
            connection, story.id, StoryState.RETRACTED, at=NOON + 2 * HOUR, reason="the post was taken back"
        )
        found = await stories.get(connection, story.id)
        assert (found.state, found.published_at) == (StoryState.RETRACTED, NOON + HOUR)
        assert (found.updated_at, found.reason) == (NOON + 2 * HOUR, "the post was taken back")


async def test_what_is_not_there_is_named(store: Store) -> None:
    """An unknown story or version raises NotFoundError that names it."""
    async with store.write() as connection:
        story = await _told(connection)
        with pytest.raises(NotFoundError, match="no story none"):
            await stories.get(connection, "none")
        with pytest.raises(NotFoundError, match="no story none"):
            await stories.set_state(connection, "none", StoryState.KILLED, at=NOON)
        with pytest.raises(NotFoundError, match="no version 7"):
            await stories.get(connection, story.id, version=7)


async def test_readers_see_only_what_is_public(store: Store) -> None:
    """Public stories come newest first, by beat if asked; drafts and killed ones are never among them."""
    async with store.write() as connection:
        story = await _told(connection, upto=StoryState.PUBLISHED)
        await stories.create(connection, await _another(connection, story, "second", beat="law"))
        for state in _WAY:
            await stories.set_state(connection, "second", state, at=NOON + HOUR)
        await stories.create(connection, await _another(connection, story, "draft"))
        assert [item.id for item in await pages.cards(connection, limit=9)] == ["second", story.id]
        assert [item.id for item in await pages.cards(connection, limit=1)] == ["second"]
        assert [item.id for item in await pages.cards(connection, limit=9, beat="law")] == ["second"]
        found = await stories.in_state(connection, StoryState.DRAFTED, StoryState.PUBLISHED)
        assert {item.id for item in found} == {story.id, "second", "draft"}
        assert len(await stories.every(connection)) == 3


async def _another(connection: AsyncConnection, story: Story, name: str, *, beat: str = "jobs") -> Story:
    await signals.add(connection, make_signal(id=f"signal-{name}"))
    return replace(story, id=name, signal_id=f"signal-{name}", beat=beat)
