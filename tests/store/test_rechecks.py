"""Rechecks: what is due, and that no place crowds out another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.record import RecordKind
from bot.domain.story import StoryState
from bot.store import rechecks, records, stories
from tests.factory import NOON, make_record
from tests.store import house

if TYPE_CHECKING:
    from bot.domain.record import Record
    from bot.store.engine import Store

SOURCES = ("fictional",)


async def _cite(store: Store, *cited: Record) -> None:
    async with store.write() as connection:
        await house.furnish(connection)
        await records.add(connection, cited, NOON)
        await stories.create(connection, house.make_story(cited, state=StoryState.PUBLISHED))


async def test_no_place_crowds_out_another(store: Store) -> None:
    """However many comments of a place wait unchecked, its posts are due, and what others said."""
    silent = [make_record(kind=RecordKind.COMMENT, community="silent") for _ in range(9)]
    post = make_record(community="silent")
    others = [make_record(community=None), make_record(community="talk"), make_record(community="talk")]
    await _cite(store, *silent, post, *others)
    async with store.write() as connection:
        await rechecks.checked(connection, [one.id for one in (post, *others)], NOON)
        later = NOON + timedelta(days=2)
        all_due = await rechecks.due(connection, later, SOURCES, 100, each=3)
        first = await rechecks.due(connection, later, SOURCES, 4, each=3)
    said = {one.id for one in silent}
    assert len(all_due) == 3 + 4
    assert {one.id for one in all_due} - said == {post.id, *(one.id for one in others)}
    assert len({one.id for one in first} & said) == 1
    assert {one.community for one in first} == {"silent", "talk", None}


async def test_of_a_place_the_longest_unchecked_comes_first(store: Store) -> None:
    """What was never asked about is due before what was, and what was checked within a day is not."""
    never, long_ago, lately = make_record(), make_record(), make_record()
    await _cite(store, lately, long_ago, never)
    async with store.write() as connection:
        await rechecks.checked(connection, [long_ago.id], NOON)
        await rechecks.checked(connection, [lately.id], NOON + timedelta(days=1))
        due = await rechecks.due(connection, NOON + timedelta(days=1, hours=1), SOURCES, 10, each=10)
    assert [one.id for one in due] == [never.id, long_ago.id]
