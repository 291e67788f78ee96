from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.store import pages, records, storylines
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from bot.store.engine import Store


async def test_the_first_post_of_a_story_is_counted_at_its_place(store: Store) -> None:
    """A story counts from its first post; the table of who talks counts that post, too."""
    said = [make_record(author=f"otter{n}", created_at=NOON + n * timedelta(hours=1)) for n in range(3)]
    async with store.write() as connection:
        await records.add(connection, said, NOON)
        await storylines.save(connection, [storylines.Kept("heron", "open-source", NOON, NOON, 3, b"\x00")])
        await records.notice(
            connection,
            [
                records.Noticed(one.id, records.NOTICED, "en", storyline_id="heron", family_id=one.id)
                for one in said
            ],
        )
        (place,) = await pages.places(connection, "heron", start=NOON, end=NOON + timedelta(hours=2))
    assert (place.records, place.authors) == (3, 3)
