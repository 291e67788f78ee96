"""Forgetting: everything about one person is found, removed and kept out; others stay as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.domain.errors import InputError, NotFoundError
from bot.domain.question import QuestionState
from bot.domain.record import Author
from bot.store import consents, optouts, people, records, signals, stories, storylines
from bot.store import questions as asked
from bot.store.questions import Question
from bot.store.schema import faded
from tests.factory import NOON, make_record
from tests.store import house
from tests.store.test_erase import everything

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.domain.record import Record
    from bot.store.engine import Store

DID = "did:plc:quillon"
KEY = f"bluesky:{DID}"
WEEK = timedelta(days=7)


def _post(number: int) -> Record:
    return make_record(
        source="bluesky", native_id=f"{DID}/{number}", author=Author(DID, "quillon.example"),
        url=f"https://bsky.app/profile/{DID}/post/{number}", text=f"The zanzibarium runs, part {number}.",
    )  # fmt: skip


async def _fill(connection: AsyncConnection) -> list[Record]:
    """Have a person speak twice, be quoted, ask twice and refuse answers; and somebody else speak."""
    said = [_post(1), _post(2), make_record(native_id="other")]
    await records.add(connection, said, NOON)
    await storylines.save(connection, [storylines.Kept("heron", "open-source", NOON, NOON, 3, b"\x00")])
    await signals.add(connection, house.make_signal())
    await stories.create(connection, house.make_story(said[:1]))
    for number, at in enumerate((NOON, NOON + WEEK)):
        question = Question(
            f"at://{DID}/p/{number}", "bluesky", QuestionState.ANSWERED, at, author_key=KEY, thread="t"
        )
        await asked.add(connection, question)
    await asked.add(
        connection,
        Question(
            "at://did:plc:other/p/1", "bluesky", QuestionState.ANSWERED, NOON, author_key="bluesky:other"
        ),
    )
    await optouts.add(connection, KEY, optouts.REPLY, NOON)
    await consents.keep(connection, {KEY: None}, NOON)
    return said


@pytest.mark.parametrize(
    "name", [KEY, DID, f"https://bsky.app/profile/{DID}", "quillon.example", "@quillon.example"]
)
async def test_a_person_is_found_by_any_name(sqlite_store: Store, name: str) -> None:
    """Key, did, profile address and handle lead to the same posts, quotes, questions and opt-outs."""
    async with sqlite_store.write() as connection:
        said = await _fill(connection)
        held = await people.find(connection, name)
    assert held.author_key == KEY
    assert held.records == tuple((record.id, record.url) for record in said[:2])
    assert {quote.story_id for quote in held.quotes} == {"heron-on-old-laptops"}
    assert held.questions == (f"at://{DID}/p/0", f"at://{DID}/p/1")
    assert held.opt_outs == (optouts.REPLY,)


async def test_a_forgotten_person_is_gone_and_stays_out(store: Store) -> None:
    """No word, no handle and no question is left; what they say later is refused; others keep everything."""
    async with store.write() as connection:
        said = await _fill(connection)
        now = NOON + WEEK + timedelta(hours=1)
        await people.forget(connection, await people.find(connection, KEY), now)
        left = await everything(connection, "zanzibarium", "quillon.example")
        assert left == []
        after = await people.find(connection, KEY)
        assert (after.records, after.quotes) == ((), ())
        # One that may be heard again keeps its address, so that it is not taken for a new one.
        assert after.questions == (f"at://{DID}/p/1",)
        assert (await asked.counts(connection, KEY, "t", NOON)) == (0, 0)
        assert after.opt_outs == (optouts.QUOTE, optouts.REPLY)
        assert (await records.add(connection, [_post(3), _post(1)], now)).refused == 2
        assert await records.get(connection, [said[2].id]) == {said[2].id: said[2]}
        assert await asked.known(connection, ["at://did:plc:other/p/1"])


async def test_one_post_is_forgotten_alone(sqlite_store: Store) -> None:
    """A post named by its address goes and stays out; its author's others stay."""
    async with sqlite_store.write() as connection:
        said = await _fill(connection)
        held = await people.find(connection, said[0].url)
        assert (held.author_key, held.records) == (None, ((said[0].id, said[0].url),))
        await people.forget(connection, held, NOON)
        assert set(await records.get(connection, [record.id for record in said])) == {said[1].id, said[2].id}
        assert (await records.add(connection, said[:1], NOON)).refused == 1
        assert not await optouts.has(connection, KEY, optouts.QUOTE)


async def test_whoever_was_never_heard_can_be_kept_out(sqlite_store: Store) -> None:
    """A person of whom nothing is held is opted out all the same, by profile address."""
    async with sqlite_store.write() as connection:
        held = await people.find(connection, "https://news.ycombinator.com/user?id=nemo")
        await people.forget(connection, held, NOON)
        assert await optouts.has(connection, "hackernews:nemo", optouts.QUOTE)


async def test_a_name_that_is_not_clear_changes_nothing(sqlite_store: Store) -> None:
    """An unknown name is an error that says how to name somebody, and so is a handle of two people."""
    async with sqlite_store.write() as connection:
        twins = [make_record(source=source, author=Author("mira", "mira")) for source in ("one", "two")]
        await records.add(connection, twins, NOON)
        with pytest.raises(InputError, match=r"one:mira, two:mira"):
            await people.find(connection, "mira")
        with pytest.raises(NotFoundError, match="nothing is held of nobody"):
            await people.find(connection, "nobody")


async def test_what_faded_of_a_person_is_forgotten_too(store: Store) -> None:
    """An id on Bluesky names its author even when the words are gone; nobody else's posts go with it."""
    said = [_post(1), _post(2), make_record(source="bluesky", native_id=f"{DID}x/1")]
    async with store.write() as connection:
        await records.add(connection, said, NOON)
        await records.notice(connection, [records.Noticed(one.id, records.ASIDE, "en") for one in said])
        assert await records.fade(connection, NOON + WEEK, NOON + WEEK, limit=9) == 3
        held = await people.find(connection, DID)
        assert held.records == tuple((record.id, "") for record in said[:2])
        await people.forget(connection, held, NOON + WEEK)
        left = await connection.scalars(sa.select(faded.c.record_id))
        assert list(left) == [said[2].id]
        assert (await records.add(connection, said, NOON + WEEK)).refused == 2
