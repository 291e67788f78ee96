"""What a story counted stays what it counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.domain.brief import Counted
from bot.store import counted, pages, records, regroup, stories, storylines
from tests.factory import NOON, make_record
from tests.store.house import furnish, make_story

if TYPE_CHECKING:
    from bot.store.engine import Store


async def test_what_a_story_counts_does_not_go_with_its_posts(store: Store) -> None:
    """Posts that an audit moves, or that are taken back, are still those that were counted."""
    async with store.write() as connection:
        said = await furnish(connection)
        story = make_story(said)
        await stories.create(connection, story)
        await counted.keep(connection, story.id, [Counted(one.id, n) for n, one in enumerate(said, 1)])
        await storylines.save(connection, [storylines.Kept("other", "law", NOON, NOON, 1, b"")])
        await regroup.move(connection, {said[0].thread: "other"})
        await records.erase(connection, [said[1].id], NOON)
        found = await pages.dossier(connection, story.id)
    (place,) = counted.places(found.counted)
    assert (place.records, place.authors) == (3, 3)
    assert {post.storyline_id for post in found.counted} == {"heron", "other"}


async def test_a_story_that_is_counted_anew_keeps_what_it_counts_now(store: Store) -> None:
    """A story that was written again counts what it counts now; a near-copy is nobody's post."""
    async with store.write() as connection:
        said = await furnish(connection)
        await stories.create(connection, story := make_story(said))
        await counted.keep(connection, story.id, [Counted(one.id, 1) for one in said])
        now = [Counted(said[0].id, 1), Counted(said[1].id, None)]
        await counted.keep(connection, story.id, now)
        posts = await counted.of_story(connection, story.id)
    assert [(post.record_id, post.person) for post in posts] == [(it.record_id, it.person) for it in now]
    assert [place.records for place in counted.places(posts)] == [1]


async def test_near_copies_are_looked_for_where_the_talk_is(store: Store) -> None:
    """Near-copies of a stretch of one storyline are found, the first and what is outside are not."""
    hour = timedelta(hours=1)
    said = [make_record(author=f"otter{n}", created_at=NOON + n * hour) for n in range(4)]
    async with store.write() as connection:
        await records.add(connection, said, NOON)
        await storylines.save(connection, [storylines.Kept("heron", "law", NOON, NOON, 4, b"")])
        await records.notice(
            connection,
            [
                records.Noticed(one.id, records.NOTICED, "en", storyline_id="heron", family_id=said[0].id)
                for one in said
            ],
        )
        found = await counted.copies_in(connection, "heron", NOON + hour, NOON + 2 * hour)
        assert await counted.copies_in(connection, "other", NOON - hour, NOON + 9 * hour) == {}
    assert found == {said[2].id: said[2].created_at}
