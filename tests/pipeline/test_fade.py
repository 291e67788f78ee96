"""Fading: text is kept for as long as the operator says, or as a story rests on it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.pipeline import fade
from bot.store import records, stories
from bot.store.schema import faded, record_links
from bot.store.schema import records as table
from tests.factory import NOON, make_record
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom


async def _heard(connection: AsyncConnection) -> list[str]:
    """Store one record that a story cites, one that was laid aside, and one that waits to be noticed."""
    said = await furnish(connection)
    await stories.create(connection, make_story(said))
    aside, waits = make_record(links=("https://lantern.example/2",)), make_record()
    await records.add(connection, [aside, waits], NOON)
    await records.notice(connection, [records.Noticed(aside.id, records.ASIDE, "en", vector=b"v")])
    return [said[0].id, aside.id, waits.id]


async def test_text_fades_unless_a_story_rests_on_it(newsroom: Newsroom, clock: ReplayClock) -> None:
    """After the days that text is kept only a hash, counts and the vector of a record are left."""
    async with newsroom.store.write() as connection:
        cited, aside, waits = await _heard(connection)
    clock.advance(NOON + timedelta(days=60))
    assert await fade.run(newsroom) == 0
    clock.advance(NOON + timedelta(days=60, hours=1))
    assert await fade.run(newsroom) >= 1
    async with newsroom.store.read() as connection:
        assert set(await records.get(connection, [cited, aside, waits])) == {cited, waits}
        row = (await connection.execute(sa.select(table).where(table.c.id == aside))).one()
        assert (row.text, row.title, row.url, row.author_key, row.author_handle) == ("", None, "", "", "")
        assert (row.links, row.vector, row.state) == ([], b"v", records.ASIDE)
        digest = await connection.scalar(sa.select(faded.c.digest).where(faded.c.record_id == aside))
        assert digest is not None
        assert len(digest) == 64
        assert (
            await connection.scalar(sa.select(record_links).where(record_links.c.record_id == aside)) is None
        )
    assert await fade.run(newsroom) == 0


async def test_what_has_faded_does_not_come_back(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A record that is heard again stays without words; one that is taken back loses its hash, too."""
    said = make_record()
    async with newsroom.store.write() as connection:
        await records.add(connection, [said], NOON)
        await records.notice(connection, [records.Noticed(said.id, records.ASIDE, "en")])
    clock.advance(NOON + timedelta(days=61))
    await fade.run(newsroom)
    async with newsroom.store.write() as connection:
        assert (await records.add(connection, [said], clock.now())).changed == ()
        assert await records.get(connection, [said.id]) == {}
        await records.erase(connection, [said.id], clock.now())
        assert await connection.scalar(sa.select(sa.func.count()).select_from(faded)) == 0


async def test_much_fades_in_pieces(newsroom: Newsroom, clock: ReplayClock) -> None:
    """Everything that is due fades in one run, however much it is."""
    said = [make_record() for _ in range(2_100)]
    async with newsroom.store.write() as connection:
        await records.add(connection, said, NOON)
        await connection.execute(table.update().values(state=records.ASIDE))
    clock.advance(NOON + timedelta(days=61))
    assert await fade.run(newsroom) == 2_100
