"""Whatever instant the bot dies, every story is once, whole and in order wherever its beat is followed."""

from __future__ import annotations

import re
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.store.engine import open_store, sqlite_url
from tests.bluesky.story import put_approved
from tests.discord.driver import ALL_SENT, Bot, all_publications
from tests.discord.places import follow, see_whole
from tests.discord_lab import rights

if TYPE_CHECKING:
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

_BOT = Path(__file__).parents[2] / "bot"
_HOUR = timedelta(hours=1)
_STEPS = [
    "discord.begin",
    "discord.looked",
    "discord.card",
    "discord.thread",
    "discord.part",
    "discord.part:2",
    "discord.announced",
    "discord.end",
    "mark.begin",
    "mark.end",
]


@pytest.fixture
def places(discord: FakeDiscord) -> list[Json]:
    """Give a text channel, a forum and an announcement channel, in a guild each."""
    world = discord.world
    kinds = (rights.TEXT, rights.FORUM, rights.NEWS)
    return [world.add_channel(world.add_guild(f"guild {kind}"), f"c{kind}", kind) for kind in kinds]


async def _bot(discord: FakeDiscord, folder: Path, places: list[Json], *numbers: int) -> Bot:
    store = await open_store(sqlite_url(folder))
    await put_approved(store, *numbers)
    for place in places:
        await follow(store, place)
    await store.close()
    return Bot(folder, discord)


async def _see(discord: FakeDiscord, bot: Bot, places: list[Json], stories: int) -> None:
    store = await open_store(sqlite_url(bot.folder))
    found = await all_publications(store)
    await store.close()
    for place in places:
        mine = [item for item in found if item.channel == f"discord:{place['id']}"]
        assert len(mine) == stories
        see_whole(discord.world, place, mine)


def test_every_failpoint_is_in_the_matrix() -> None:
    """No named point of the channel is left out here."""
    file = _BOT / "publish" / "discord" / "channel.py"
    named = set(re.findall(r'\bpoint\("(.+?)"\)', file.read_text(encoding="utf-8")))
    assert named == {step.partition(":")[0] for step in _STEPS if step.startswith("discord.")}


@pytest.mark.parametrize(
    ("step", "later"),
    [(step, _HOUR) for step in _STEPS]
    + [(step, timedelta()) for step in ("discord.card", "discord.part", "mark.begin")],
)
async def test_a_bot_killed_at_any_step_posts_once_to_three_guilds(
    discord: FakeDiscord, tmp_path: Path, places: list[Json], step: str, later: timedelta
) -> None:
    """After kill -9 at this step, the restarted bot ends with each story once, an hour later as well."""
    bot = await _bot(discord, tmp_path, places, 1, 2)
    assert await bot.run(step) == -signal.SIGKILL
    discord.world.ahead = later
    # Others go on talking, which puts our card further back in history.
    ann = discord.person("ann", discord.world.guilds[places[0]["guild_id"]])
    ann.says(places[0], "anything new?")
    assert await bot.run(ahead=later) == ALL_SENT
    await _see(discord, bot, places, 2)


async def test_a_bot_killed_again_and_again_posts_once(
    discord: FakeDiscord, tmp_path: Path, places: list[Json]
) -> None:
    """Killed at each step in turn, an hour apart, the bot comes to its end with nothing twice."""
    bot = await _bot(discord, tmp_path, places, 1)
    for passed, step in enumerate(_STEPS[:6]):
        discord.world.ahead = passed * _HOUR
        assert await bot.run(step, ahead=passed * _HOUR) in {-signal.SIGKILL, ALL_SENT}
    assert await bot.run(ahead=6 * _HOUR) == ALL_SENT
    await _see(discord, bot, places, 1)


async def test_a_lost_answer_posts_nothing_twice(
    discord: FakeDiscord, tmp_path: Path, places: list[Json]
) -> None:
    """When Discord did what was asked but its answer was lost, the retry changes nothing."""
    bot = await _bot(discord, tmp_path, places, 1)
    discord.fail("POST", f"/channels/{places[0]['id']}/messages$", 502, after=True)
    discord.fail("POST", f"/channels/{places[2]['id']}/messages/.*/threads", 502, after=True)
    assert await bot.run() == ALL_SENT
    await _see(discord, bot, places, 1)
