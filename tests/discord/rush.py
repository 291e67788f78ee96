"""A rush: many guilds follow many beats, a story comes every minute, and Discord refuses a lot.

The bot is a process of its own, so that its memory can be told from that of the loopback Discord.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import SecretStr

from bot.domain.clock import ReplayClock, SystemClock
from bot.domain.publication import UNSETTLED
from bot.domain.story import StoryState
from bot.domain.text import squeeze
from bot.operate import logs
from bot.pipeline import post
from bot.publish.discord.session import Account
from bot.store import schema, signals
from bot.store.engine import open_store, sqlite_url
from tests import forks
from tests.bluesky.story import make_story
from tests.discord.driver import all_publications, make_newsroom
from tests.discord.places import cards_in, follow
from tests.discord_lab.server import FakeDiscord, point_at
from tests.store import house

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from multiprocessing.connection import Connection

    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.store.engine import Store
    from tests.discord_lab.schema import Json

_MINUTE = timedelta(minutes=1)
_AFTERWARDS = 12 * 60
_PAGE_BYTES = 4096
_MEGABYTE = 2**20


@dataclass
class Outcome:
    """What came of it. `resident` is the bot's memory in bytes after each minute with a story."""

    wanted: int = 0
    missing: int = 0
    twice: int = 0
    misplaced: int = 0
    refused: int = 0
    requests: int = 0
    minutes_late: int = 0
    resident: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Trouble:
    """What Discord refuses each minute: as many answers of each kind.

    `lost` are calls that were done and whose answers did not come; a `short` limit is waited out, a `long`
    one makes the story wait.
    """

    errors: Sequence[int] = ()
    lost: int = 0
    short: int = 0
    long: int = 0
    short_seconds: float = 0.01


async def rush(
    folder: Path,
    *,
    guilds: int,
    beats: Sequence[str],
    minutes: int,
    trouble: Trouble,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Have each guild follow all beats, tell a story a minute, and return what stands there in the end."""
    outcome = Outcome()
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(FakeDiscord())
        places = await _furnish(folder, discord, guilds, beats)
        line, far = multiprocessing.Pipe()
        process = forks.start(_bot, str(folder), discord.port, discord.token, list(beats), far)
        far.close()
        chance, begun = random.Random(guilds * minutes), SystemClock().now()
        for minute in range(1, minutes + 1):
            _break(discord, places, chance, trouble)
            _keep_pace(discord, begun + minute * _MINUTE)
            outcome.resident.append((await _ask(line, minute))[0])
            if minute % 10 == 0:
                memory = outcome.resident[-1] / _MEGABYTE
                progress(f"  minute {minute}: {len(discord.requests):,} requests, {memory:.1f} MB resident")
        discord.heal()
        for outcome.minutes_late in range(_AFTERWARDS):
            _keep_pace(discord, begun + (minutes + outcome.minutes_late + 1) * _MINUTE)
            if not (await _ask(line, 0))[1]:
                break
        line.send(None)
        await asyncio.to_thread(process.join, 30)
        outcome.requests = len(discord.requests)
        outcome.refused = sum(status >= 400 for *_, status in discord.requests)
        assert discord.violations == []
        await _count(folder, discord, places, outcome)
    return outcome


async def _furnish(folder: Path, discord: FakeDiscord, guilds: int, beats: Sequence[str]) -> list[Json]:
    store = await open_store(sqlite_url(folder))
    world = discord.world
    places = [world.add_channel(world.add_guild(f"guild {n}"), "news") for n in range(guilds)]
    for place in places:
        for beat in beats:
            await follow(store, place, beat)
    await store.close()
    return places


def _break(discord: FakeDiscord, places: Sequence[Json], chance: random.Random, trouble: Trouble) -> None:
    """Have Discord refuse calls that are made for channels drawn at random."""
    discord.heal()

    def anywhere(path: str) -> str:
        return f"/channels/{chance.choice(places)['id']}{path}"

    for status in trouble.errors:
        discord.fail(*chance.choice((("GET", anywhere("")), ("POST", anywhere("/messages$")))), status)
    for _ in range(trouble.lost):
        discord.fail("POST", anywhere("/messages$"), 503, after=True)
    for seconds, times in ((trouble.short_seconds, trouble.short), (90.0, trouble.long)):
        for _ in range(times):
            discord.limit("POST", anywhere("/messages$"), seconds)


def _keep_pace(discord: FakeDiscord, now: datetime) -> None:
    """Have Discord's clock say what the bot's says: its history is asked for by time."""
    discord.world.ahead = max(discord.world.ahead, now - SystemClock().now())


async def _ask(line: Connection, minute: int) -> tuple[int, int]:
    """Have the bot live through a minute, with a story unless `minute` is 0; return memory and backlog."""
    line.send(minute)
    told: tuple[int, int] = await asyncio.to_thread(line.recv)
    return told


async def _count(folder: Path, discord: FakeDiscord, places: Sequence[Json], outcome: Outcome) -> None:
    store = await open_store(sqlite_url(folder))
    found = await all_publications(store)
    await store.close()
    for place in places:
        mine = [item for item in found if item.channel == f"discord:{place['id']}"]
        _count_place(discord, place, sorted(mine, key=lambda item: item.planned_at), outcome)


def _count_place(
    discord: FakeDiscord, place: Json, publications: Sequence[Publication], outcome: Outcome
) -> None:
    outcome.wanted += len(publications)
    wanted = [item.content["embed"]["title"] for item in publications]
    cards = cards_in(discord.world, place)
    titles = [card["embeds"][0]["title"] for card in cards]
    there = Counter(titles)
    whole = {t for t, card, item in _paired(cards, publications) if _said(discord, card) == _parts(item)}
    outcome.missing += sum(title not in whole for title in wanted)
    outcome.twice += sum(number - 1 for number in there.values())
    outcome.misplaced += sum(one != other for one, other in zip(titles, wanted, strict=False))


def _paired(
    cards: Sequence[Json], publications: Sequence[Publication]
) -> list[tuple[str, Json, Publication]]:
    known = {item.content["embed"]["title"]: item for item in publications}
    titled = [(card["embeds"][0]["title"], card) for card in cards]
    return [(title, card, known[title]) for title, card in titled if title in known]


def _said(discord: FakeDiscord, card: Json) -> list[str]:
    return [squeeze(m["content"]) for m in discord.world.in_channel({"id": card["id"]}) if m["content"]]


def _parts(publication: Publication) -> list[str]:
    return [squeeze(part["text"]) for part in publication.content["parts"]]


def _bot(folder: str, port: int, token: str, beats: list[str], line: Connection) -> None:
    logs.configure("CRITICAL")
    point_at(port)
    asyncio.run(_live(Path(folder), SecretStr(token), beats, line))


async def _live(folder: Path, token: SecretStr, beats: list[str], line: Connection) -> None:
    store, clock = await open_store(sqlite_url(folder)), ReplayClock(SystemClock().now())
    async with store.write() as connection:
        said = await house.furnish(connection)
    account = Account(token, clock)
    newsroom = make_newsroom(store, clock, account)
    while (minute := await asyncio.to_thread(line.recv)) is not None:
        clock.advance(clock.now() + _MINUTE)
        if minute:
            await _approve(store, clock, said, minute, beats[minute % len(beats)])
        await post.run(newsroom)
        line.send((_resident(), await _backlog(store)))
    await account.close()
    await store.close()


async def _approve(store: Store, clock: ReplayClock, said: list[Record], number: int, beat: str) -> None:
    signal_id, now = f"heron-{number}", clock.now()
    async with store.write() as connection:
        await signals.add(connection, house.make_signal(id=signal_id))
        more: dict[str, Any] = {"signal_id": signal_id, "beat": beat, "created_at": now, "updated_at": now}
        story = replace(make_story(number, cited=said), **more)
        await house.put(connection, story, StoryState.APPROVED, at=now)


async def _backlog(store: Store) -> int:
    waiting = schema.publications.c.state.in_([state.value for state in UNSETTLED])
    async with store.read() as connection:
        number = await connection.scalar(sa.select(sa.func.count()).where(waiting))
    return number or 0


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES
