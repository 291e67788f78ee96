"""What the store says of a name before a matter is called by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.detect.tokens import terms
from bot.store import records, regroup
from bot.store.records import NOTICED, Noticed
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from bot.store.engine import Store


async def test_a_name_is_found_in_whatever_case_its_letters_are(store: Store) -> None:
    """Capitals of any alphabet are those letters, on either database."""
    said = [
        make_record(title=title, text=text, author=author)
        for author, title, text in (
            ("ada", "ÉLAN IS OUT", "weights"),
            ("ben", None, "I ran Élan all night"),
            ("cleo", None, "what is élan?"),
            ("dora", None, "what is a pan?"),
            ("emil", None, "Elan"),
        )
    ]
    async with store.write() as connection:
        await records.add(connection, said, NOON)
        await records.notice(connection, [Noticed(record.id, NOTICED, "en", None) for record in said])
    async with store.read() as connection:
        found = await regroup.mentions(connection, "élan", NOON - timedelta(days=1), NOON + timedelta(days=1))
    heard = {author for author, words in found if "élan" in terms(words)}
    assert heard == {record.author_key for record in said[:3]}
    assert said[3].author_key not in {author for author, _ in found}


async def test_a_name_in_other_letters_is_sought_by_the_database(store: Store) -> None:
    """Of a week of talk only what holds the name comes out, also where no letter of it is ASCII."""
    texts = {
        "ada": "Қазына шықты",
        "ben": "ҚАЗЫНА!",
        "cleo": "что такое қазына",
        "dora": "Other words.",
        "emil": "通义",
    }
    said = [make_record(text=text, author=author) for author, text in texts.items()]
    async with store.write() as connection:
        await records.add(connection, said, NOON)
        await records.notice(connection, [Noticed(record.id, NOTICED, "en", None) for record in said])
    async with store.read() as connection:
        span = NOON - timedelta(days=1), NOON + timedelta(days=1)
        of_three = await regroup.mentions(connection, "қазына", *span)
        of_one = await regroup.mentions(connection, "通义", *span)
    assert {author for author, _ in of_three} == {record.author_key for record in said[:3]}
    assert {author for author, _ in of_one} == {said[4].author_key}
