"""Whatever instant the bot dies, what it brings to Discord is there once, whole and in order."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.domain.clock import SystemClock
from bot.pipeline import amend
from bot.store.engine import open_store, sqlite_url
from tests.bluesky.story import put_approved
from tests.discord.driver import ALL_SENT, Bot, all_publications
from tests.discord.places import cards_in, every_word, follow, see_whole
from tests.discord_lab import rights

if TYPE_CHECKING:
    from tests.discord_lab.schema import Json
    from tests.discord_lab.server import FakeDiscord

_BOT = Path(__file__).parents[2] / "bot"
_HOUR = timedelta(hours=1)
# Where the bot dies, how long it is away, and how many stories it has to tell.
_DEATHS = [
    ("discord.begin", _HOUR, 1),
    ("discord.looked", _HOUR, 1),
    ("discord.card", _HOUR, 1),
    ("discord.card", timedelta(), 1),
    ("discord.thread", _HOUR, 1),
    ("discord.part", _HOUR, 2),
    ("discord.part", timedelta(), 1),
    ("discord.part:2", _HOUR, 1),
    ("discord.announced", _HOUR, 1),
    ("discord.end", _HOUR, 1),
    ("mark.begin", _HOUR, 1),
    ("mark.begin", timedelta(), 1),
    ("mark.end", _HOUR, 2),
]
_CORRECTING = ("discord.renamed", "discord.edited", "discord.part", "mark.begin")
_RETRACTING = ("discord.edited", "discord.deleted", "mark.end")
_REMOVING = ("discord.begin", "discord.cleared", "discord.card-cleared", "mark.begin")


@pytest.fixture
def places(discord: FakeDiscord) -> list[Json]:
    """Give a text channel, a forum and an announcement channel, in a guild each."""
    world = discord.world
    kinds = (rights.TEXT, rights.FORUM, rights.NEWS)
    return [world.add_channel(world.add_guild(f"guild {kind}"), f"c{kind}", kind) for kind in kinds]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Give stores with so many approved stories, to be copied."""

    async def make(stories: int) -> Path:
        folder = tmp_path_factory.mktemp("made")
        store = await open_store(sqlite_url(folder))
        await put_approved(store, *range(1, stories + 1))
        await store.close()
        return folder

    return {stories: asyncio.run(make(stories)) for stories in (1, 2)}


async def _bot(discord: FakeDiscord, folder: Path, places: list[Json], made: Path) -> Bot:
    shutil.copytree(made, folder, dirs_exist_ok=True)
    store = await open_store(sqlite_url(folder))
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
    killed = {step.partition(":")[0] for step, _, _ in _DEATHS} | {*_CORRECTING, *_RETRACTING, *_REMOVING}
    assert named == {step for step in killed if step.startswith("discord.")}


@pytest.mark.parametrize(("step", "later", "stories"), _DEATHS)
async def test_a_bot_killed_at_any_step_posts_once_to_three_guilds(
    discord: FakeDiscord,
    tmp_path: Path,
    places: list[Json],
    made: dict[int, Path],
    step: str,
    later: timedelta,
    stories: int,
) -> None:
    """After kill -9 at this step, the restarted bot ends with each story once, an hour later as well."""
    bot = await _bot(discord, tmp_path, places, made[stories])
    assert await bot.die(step) == -signal.SIGKILL
    discord.world.ahead = later
    # Others go on talking, which puts our card further back in history.
    ann = discord.person("ann", discord.world.guilds[places[0]["guild_id"]])
    ann.says(places[0], "anything new?")
    assert await bot.run(ahead=later) == ALL_SENT
    await _see(discord, bot, places, stories)


async def test_a_bot_killed_again_and_again_posts_once(
    discord: FakeDiscord, tmp_path: Path, places: list[Json], made: dict[int, Path]
) -> None:
    """Killed at each step in turn, an hour apart, the bot comes to its end with nothing twice."""
    bot = await _bot(discord, tmp_path, places, made[1])
    for passed, (step, _, _) in enumerate(_DEATHS[:6]):
        discord.world.ahead = passed * _HOUR
        assert await bot.die(step, ahead=passed * _HOUR) in {-signal.SIGKILL, ALL_SENT}
    assert await bot.run(ahead=6 * _HOUR) == ALL_SENT
    await _see(discord, bot, places, 1)


async def test_a_bot_killed_at_any_step_amends_once(
    discord: FakeDiscord, tmp_path: Path, places: list[Json], made: dict[int, Path]
) -> None:
    """Killed at each step of a correction, a retraction and a removal, the bot does each of them once."""
    bot = await _bot(discord, tmp_path, places, made[1])
    assert await bot.run() == ALL_SENT
    said = [_parts(discord, place) for place in places]
    await _amend(bot, _CORRECTING)
    for place, before in zip(places, said, strict=True):
        assert _parts(discord, place) == [*before, "**Correction**: It was Monday."]
        assert "It was Monday." in str(cards_in(discord.world, place)[0]["embeds"][0]["fields"])
    await _amend(bot, _RETRACTING, remove=False)
    for place in places:
        (notice,) = _parts(discord, place)
        assert notice.startswith("**Retracted**: It was a joke.")
        assert "laptops" not in every_word(discord.world, place)
    await _amend(bot, _REMOVING, remove=True)
    for place in places:
        assert "It was" not in every_word(discord.world, place)
        assert cards_in(discord.world, place) == []


async def _amend(bot: Bot, deaths: tuple[str, ...], *, remove: bool | None = None) -> None:
    """Correct, retract or remove the story, with a bot that dies at each of these steps."""
    store, now = await open_store(sqlite_url(bot.folder)), SystemClock().now()
    if remove is None:
        await amend.correct(store, "heron-1", "It was Monday.", at=now, dry_run=False)
    else:
        await amend.retract(store, "heron-1", "It was a joke.", remove=remove, at=now, dry_run=False)
    await store.close()
    for death in deaths:
        assert await bot.die(death) == -signal.SIGKILL
    assert await bot.run() == ALL_SENT


def _parts(discord: FakeDiscord, place: Json) -> list[str]:
    """Return what the bot says in the thread of its one card there."""
    (card,) = cards_in(discord.world, place)
    here = discord.world.in_channel({"id": card["id"]})
    return [message["content"] for message in here if message["id"] != card["id"]]


async def test_a_lost_answer_posts_nothing_twice(
    discord: FakeDiscord, tmp_path: Path, places: list[Json], made: dict[int, Path]
) -> None:
    """When Discord did what was asked but its answer was lost, the retry changes nothing."""
    bot = await _bot(discord, tmp_path, places, made[1])
    discord.fail("POST", f"/channels/{places[0]['id']}/messages$", 502, after=True)
    discord.fail("POST", f"/channels/{places[2]['id']}/messages/.*/threads", 502, after=True)
    assert await bot.run() == ALL_SENT
    await _see(discord, bot, places, 1)
