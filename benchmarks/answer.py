"""How long a reader waits for the sources, and what a rush of replies does to it, on the reference servers.

A rush: 200 replies within a minute from 25 people, 40 of them questions.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Measure, say
from bot.operate import logs
from bot.settings import Settings
from handlers.intents import QuestionKind, classify
from tests import postgres
from tests.bluesky.answers.readers import open_house
from tests.network import bluesky_network

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from tests.bluesky.answers.readers import House
    from tests.network import Account, BlueskyNetwork

_PEOPLE, _REPLIES, _QUESTIONS, _MINUTE = 25, 200, 40, 60.0
_ROUNDS, _WARM, _PER_READER = 30, 3, 3
_TARGET = 0.5
_POINTS_A_POST = 3
_SEED = 20261122
_ASKING = ("source?", "Quelle?", "where does this come from?", "¿fuentes?", "proof?", "who said that?")
_TALKING = (
    "nice thread",
    "I run it too",
    "lol",
    "first",
    "saving this",
    "open source wins",
    "so true",
    "wow",
)


@dataclass(frozen=True, slots=True)
class _Rush:
    seconds: float
    questions: int
    dealt_with: int
    twice: int
    posts: int
    outcomes: Mapping[str, int]


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the seconds from reply to answer, with and without the wait for the next look, and the rush."""
    logs.configure("ERROR")
    with postgres.server() as server, bluesky_network(server) as network:
        waits, rush = asyncio.run(_both(network))
    poll = Settings.model_fields["bluesky_poll_seconds"].default
    chance = random.Random(_SEED)
    polled = [wait + chance.uniform(0, poll) for wait in waits for _ in range(20)]
    say(f"{len(waits)} questions one after the other; with looks every {poll:g} s the wait for one is added")
    for name, values, target in (("", waits, _TARGET), ("-polling", polled, poll + _TARGET)):
        yield Measure(
            f"answer/reply-to-answer{name}",
            round(statistics.median(values), 4),
            "s, median",
            target,
            least=False,
        )
        yield Measure(
            f"answer/reply-to-answer{name}-p95",
            round(statistics.quantiles(values, n=20)[18], 4), "s, 95th percentile", target, least=False,
        )  # fmt: skip
    say(f"rush: {_REPLIES} replies in {rush.seconds:.0f} s: {dict(rush.outcomes)}")
    yield Measure("answer/rush-dealt-with", rush.dealt_with, "questions of 40", rush.questions)
    yield Measure("answer/rush-twice", rush.twice, "questions answered twice", 0, least=False)
    yield Measure(
        "answer/rush-points", rush.posts * _POINTS_A_POST, "rate points, of 5000 an hour", 5000, least=False
    )


async def _both(network: BlueskyNetwork) -> tuple[list[float], _Rush]:
    people = [await asyncio.to_thread(network.create_account, f"reader{number}") for number in range(_PEOPLE)]
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(network, Path(folder) / "calm") as house:
            rounds = range(_WARM + _ROUNDS)
            waits = [await _wait(house, people[number // _PER_READER]) for number in rounds][_WARM:]
        async with open_house(network, Path(folder) / "rush") as house:
            rush = await _rush(house, people)
    return waits, rush


async def _wait(house: House, reader: Account) -> float:
    """Return the seconds from a reply to the answer, with the bot looking all the time."""
    began = time.perf_counter()
    await asyncio.to_thread(reader.reply, house.posts[1], "source?", root=house.posts[0])
    while not (await house.listen()).posts:
        if time.perf_counter() - began > _MINUTE:
            msg = "a question was not answered within a minute"
            raise RuntimeError(msg)
    return time.perf_counter() - began


async def _rush(house: House, people: list[Account]) -> _Rush:
    chance = random.Random(_SEED)
    asks = [chance.choice(_ASKING) for _ in range(_QUESTIONS)]
    texts = asks + [chance.choice(_TALKING) for _ in range(_REPLIES - _QUESTIONS)]
    said = [(people[number % _PEOPLE], text) for number, text in enumerate(texts)]
    chance.shuffle(said)
    posts = 0
    began = time.perf_counter()

    async def write() -> list[tuple[str, str]]:
        made: list[tuple[str, str]] = []
        for reader, text in said:
            parent = house.posts[chance.randrange(len(house.posts))]
            made.append(
                ((await asyncio.to_thread(reader.reply, parent, text, root=house.posts[0]))["uri"], text)
            )
        return made

    writing = asyncio.create_task(write())
    while not writing.done():
        posts += (await house.listen()).posts
        await asyncio.sleep(1)
    seconds = time.perf_counter() - began
    made = await writing
    await asyncio.to_thread(house.network.until, lambda: house.network.posts(made[-1][0]))
    house.restart()
    posts += (await house.listen()).posts
    return await _tally(house, made, seconds, posts)


async def _tally(house: House, made: list[tuple[str, str]], seconds: float, posts: int) -> _Rush:
    questions = [uri for uri, text in made if classify(text).kind is not QuestionKind.TALK]
    first = Counter(
        post["value"]["reply"]["parent"]["uri"]
        for post in house.bot.records("app.bsky.feed.post")
        if post["value"].get("reply")
    )
    outcomes = Counter[str]()
    for uri in questions:
        row = await house.row({"uri": uri})
        outcomes[row.reason or row.state.value] += 1
    return _Rush(
        seconds,
        len(questions),
        sum(outcomes.values()),
        sum(first[uri] > 1 for uri in questions),
        posts,
        outcomes,
    )
