"""Why: what a storyline without a signal lacked, and where the posts of one with a signal are by now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.commands import why as command
from bot.pipeline import why
from bot.store import counted, regroup
from tests.factory import make_record
from tests.pipeline import plant, week
from tests.pipeline.telling import RIPE, put, told_at

if TYPE_CHECKING:
    from bot.domain.clock import ReplayClock
    from bot.pipeline.newsroom import Newsroom


async def _explained(newsroom: Newsroom, name: str) -> str:
    async with newsroom.store.read() as connection:
        found = await why.explain(connection, name, newsroom.clock.now())
    return "\n".join(command._lines(found))


@pytest.mark.parametrize(
    ("people", "posts", "said"),
    [(3, 30, "30 posts by 3 people count; a signal takes 20 by 12"), (15, 30, "and that was no surprise")],
)
async def test_talk_that_gave_no_signal_says_what_it_lacked(
    newsroom: Newsroom, clock: ReplayClock, people: int, posts: int, said: str
) -> None:
    """A storyline without a signal says what of its last day counts, beside what a signal takes."""
    talk = [
        make_record(
            native_id=f"p{n}", author=f"a{n % people}", root="p0" if n else None,
            text=f"The kettle on shelf {n} sings about {n}",
            created_at=clock.now() - timedelta(minutes=n),
        )
        for n in range(posts)
    ]  # fmt: skip
    await plant.line(newsroom, "kettles", "law", talk[::-1])
    assert said in await _explained(newsroom, "kettles")


async def test_posts_that_an_audit_took_away_are_told_of(newsroom: Newsroom, clock: ReplayClock) -> None:
    """A storyline that was parted says how many of the posts behind its signal are where by now."""
    at = clock.now() + timedelta(days=3)
    said = await put(newsroom, clock, "parchment-ruling", at=at)
    await told_at(newsroom, clock, at=at + RIPE)
    await plant.line(newsroom, "part", "law", week.matter("oriel-evals")[:1])
    assert "by now" not in await _explained(newsroom, "parchment-ruling")
    thread = said[0].thread
    async with newsroom.store.write() as connection:
        await regroup.move(connection, {thread: "part"})
    gone = sum(record.thread == thread for record in said)
    assert f"{gone} of its posts are on part by now" in await _explained(newsroom, "parchment-ruling")


async def test_a_story_told_before_its_posts_were_kept_counts_what_it_states(
    newsroom: Newsroom, clock: ReplayClock
) -> None:
    """Of an old story the people that it states are given, and not that it counts nothing."""
    at = clock.now() + timedelta(days=3)
    await put(newsroom, clock, "parchment-ruling", at=at)
    (story,) = await told_at(newsroom, clock, at=at + RIPE)
    async with newsroom.store.write() as connection:
        await counted.keep(connection, story.id, [])
    people = round(story.numbers["authors"])
    said = await _explained(newsroom, story.id)
    assert f"Told in {story.id}, which counts {people} people; of which posts was not kept then" in said
