"""Records: what is kept, refused, found again and taken out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.domain.record import Author, RecordKind
from bot.store import records, stories
from bot.store.schema import claims, opt_outs, record_beats, record_links
from bot.store.schema import records as table
from tests.factory import NOON, make_record
from tests.store.house import furnish, make_story, revised

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.store.engine import Store


async def test_a_record_comes_back_as_it_was_heard(store: Store) -> None:
    """Every field of a record survives the store, to the microsecond and the last emoji."""
    heard = make_record(
        kind=RecordKind.COMMENT,
        author=Author("42", "Zoë 🦆"),
        created_at=datetime(2026, 3, 2, 11, 59, 59, 123457, tzinfo=UTC),
        title="Überschrift — ሰላም",
        text="two\nlines 👩🏽‍🚀",
        parent="p",
        root="r",
        links=("https://example.com/a?b=ü",),
        metrics={"score": 12, "replies": 3},
    )
    async with store.write() as connection:
        await records.add(connection, [heard], NOON)
    async with store.read() as connection:
        assert await records.get(connection, [heard.id, "fictional:none"]) == {heard.id: heard}


@pytest.mark.parametrize("year", [1, 1970, 9999])
async def test_any_year_is_kept_exactly(store: Store, year: int) -> None:
    """A date in the year 1, 1970 or 9999 is stored and returned to the microsecond."""
    heard = make_record(created_at=datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    async with store.write() as connection:
        await records.add(connection, [heard], NOON)
        assert (await records.get(connection, [heard.id]))[heard.id].created_at == heard.created_at


async def test_a_batch_is_sorted_into_new_changed_and_known(store: Store) -> None:
    """Hearing a record twice changes nothing, an edited one takes over its new words, in one batch or two."""
    first, second, third = (make_record() for _ in range(3))
    edited = make_record(native_id=second.native_id, text="I was wrong about the weights.")
    async with store.write() as connection:
        assert (await records.add(connection, [first, first, second], NOON)).new == (first.id, second.id)
        added = await records.add(connection, [first, edited, third], NOON)
        assert (added.new, added.changed, added.refused) == ((third.id,), (second.id,), 0)
        assert (await records.get(connection, [second.id]))[second.id].text == edited.text
        assert await records.add(connection, [], NOON) == records.Added((), (), 0)


async def test_due_gives_what_is_not_noticed_yet_oldest_first(store: Store) -> None:
    """Due lists heard records oldest first and up to the limit; noticing takes them off the list."""
    newer, older, oldest = (make_record(created_at=NOON - timedelta(hours=age)) for age in (1, 2, 3))
    async with store.write() as connection:
        await records.add(connection, [newer, older, oldest], NOON)
        assert [record.id for record in await records.due(connection, 2)] == [oldest.id, older.id]
        await records.notice(
            connection,
            [
                records.Noticed(
                    oldest.id, records.NOTICED, "en", "s", oldest.id, b"v", {"law": 0.7, "jobs": 0.2}
                ),
                records.Noticed(older.id, records.ASIDE, "de"),
            ],
        )
        await records.notice(connection, [])
        assert [record.id for record in await records.due(connection, 9)] == [newer.id]
        beats = await connection.execute(sa.select(record_beats.c.beat).order_by(record_beats.c.beat))
        assert list(beats.scalars()) == ["jobs", "law"]
        kept = (await connection.execute(sa.select(table).where(table.c.id == oldest.id))).one()
        assert (kept.state, kept.storyline_id, kept.family_id, kept.vector) == (
            "noticed",
            "s",
            oldest.id,
            b"v",
        )


async def test_long_lists_of_ids_are_served(store: Store) -> None:
    """Asking for more ids than one statement may hold returns them all."""
    heard = [make_record() for _ in range(1_203)]
    async with store.write() as connection:
        await records.add(connection, heard, NOON)
        assert len(await records.get(connection, [record.id for record in heard])) == len(heard)


async def test_who_opted_out_is_refused(store: Store) -> None:
    """Who opted out of being quoted is not stored; who opted out of replies still is."""
    silent, quiet = make_record(author="silent"), make_record(author="quiet")
    async with store.write() as connection:
        await connection.execute(
            opt_outs.insert(),
            [
                {"author_key": silent.author_key, "what": "quote", "since": NOON},
                {"author_key": quiet.author_key, "what": "reply", "since": NOON},
            ],
        )
        added = await records.add(connection, [silent, quiet], NOON)
        assert (added.new, added.refused) == ((quiet.id,), 1)
        assert await records.get(connection, [silent.id]) == {}


async def test_an_erased_record_leaves_nothing_and_stays_away(store: Store) -> None:
    """Erasing takes words, author and links out for good, and the record is refused when heard again."""
    heard = make_record(
        title="mine", author="leaver", links=("https://leaver.example",), metrics={"score": 1}
    )
    async with store.write() as connection:
        await records.add(connection, [heard], NOON)
        assert await records.erase(connection, [heard.id, "fictional:never-heard"], NOON) == ()
        row = (await connection.execute(sa.select(table))).one()
        assert row.state == records.ERASED
        assert row.erased_at == NOON
        left = " ".join(str(value) for value in row)
        assert not any(word in left for word in ("leaver", "Heron", "mine", "forum.example/t"))
        assert await records.get(connection, [heard.id]) == {}
        assert await records.due(connection, 9) == []
        assert (await records.add(connection, [heard], NOON)).refused == 1
        assert await records.get(connection, [heard.id]) == {}


async def test_erasing_reaches_every_version_of_a_story(store: Store) -> None:
    """Claims and quotes that rest on an erased record lose their words in every version; no others do."""
    async with store.write() as connection:
        said = await furnish(connection)
        story = make_story(said)
        await stories.create(connection, story)
        await stories.revise(connection, revised(story, headline="Another"), change="a new headline")
        assert await records.erase(connection, [said[1].id], NOON) == (story.id,)
        for version in (1, 2):
            found = await stories.get(connection, story.id, version=version)
            claim = found.claim("c3")
            assert claim is not None
            assert claim.text == ""
            assert [citation.quote for citation in claim.citations] == [said[0].text, "", said[2].text]
        texts = list(await connection.scalars(sa.select(claims.c.text).where(claims.c.version == 1)))
        assert texts.count("") == 1


async def test_records_are_found_by_author_and_by_address(store: Store) -> None:
    """All records of one author, or at one address, are found for erasure."""
    one, two, other = make_record(author="ada"), make_record(author="ada"), make_record(author="bo")
    async with store.write() as connection:
        await records.add(connection, [one, two, other], NOON)
        assert await records.ids_by(connection, author_key="fictional:ada") == sorted([one.id, two.id])
        assert await records.ids_by(connection, url=other.url) == [other.id]
        assert await records.ids_by(connection, url="https://forum.example/none") == []


async def test_records_that_discuss_one_link_know_it(store: Store) -> None:
    """Whatever address is linked to, talk about one article and the article itself are found together."""
    article = make_record(kind=RecordKind.ARTICLE, url="https://www.harbour.example/lantern/")
    one = make_record(links=("https://harbour.example/lantern?utm_source=x",))
    two = make_record(links=("https://m.harbour.example/lantern", "https://harbour.example/other"))
    three = make_record(links=("https://harbour.example/other",))
    alone = make_record(url="https://harbour.example/lantern")
    async with store.write() as connection:
        await records.add(connection, [article, one, two, three, alone], NOON)
        lantern, other = "https://harbour.example/lantern", "https://harbour.example/other"
        assert await _linking(connection, lantern) == {article.id, one.id, two.id}
        assert await _linking(connection, other) == {two.id, three.id}
        await records.erase(connection, [two.id], NOON)
        assert await _linking(connection, lantern) == {article.id, one.id}


async def _linking(connection: AsyncConnection, link: str) -> set[str]:
    statement = sa.select(record_links.c.record_id).where(record_links.c.link == link)
    return set((await connection.scalars(statement)).all())
