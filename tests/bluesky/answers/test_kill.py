"""Whatever instant the process dies, a question is answered once."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from tests.bluesky.answers.readers import forum_record, open_house
from tests.bluesky.answers.victim import look_once

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import Account, BlueskyNetwork

POINTS = ["answer.decided", "answer.kept", "answer.sent-1", "answer.sent-2", "answer.sent-3"]


@pytest.mark.parametrize("point", POINTS)
async def test_killed_on_the_way_a_question_is_answered_once(
    network: BlueskyNetwork, tmp_path: Path, ann: Account, point: str
) -> None:
    """Killed after deciding, storing or any post of the answer, the next process brings the answer, once."""
    said = [forum_record(f"p-{n}", f"author-{n}", f"Number {n}: {'it runs ' * 30}") for n in range(12)]
    async with open_house(network, tmp_path, said) as house:
        asked = await asyncio.to_thread(house.say, ann, "sources?", house.posts[0])
        await asyncio.to_thread(house.notified, [asked["uri"]])
        assert await asyncio.to_thread(look_once, house.bot, tmp_path, point) == -signal.SIGKILL
        await house.listen()
        await house.listen()
        made = house.replies_to(asked)
        assert len(made) == 3
        everything = [post for post in house.bot.records("app.bsky.feed.post") if post["value"].get("reply")]
        assert len(everything) == 3 + 3
