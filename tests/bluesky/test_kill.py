"""Whatever instant the bot or the server dies, every thread is there once, whole and in order."""

from __future__ import annotations

import os
import random
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bluesky.driver import ALL_SENT
from tests.bluesky.rig import make_bot, see_whole
from tests.bluesky.story import NOWHERE

if TYPE_CHECKING:
    from tests.network import BlueskyNetwork

_BOT = Path(__file__).parents[2] / "bot"
_PLANNING = [
    "plan.begin",
    "plan.owed",
    "plan.end",
    "freeze.begin",
    "freeze.ordered",
    "freeze.content",
    "freeze.frozen",
    "freeze.end",
]
_SENDING = [
    "begin.end",
    "send.begin",
    "send.publication",
    "send.publication-there",
    "send.blob",
    "send.blob-there",
    "send.write",
    "send.answered",
    "send.end",
]
_MARKING = ["mark.begin", "mark.sent", "mark.public", "mark.end"]
# These are passed only when an earlier answer was lost.
_READING_BACK = ["readback.begin", "readback.end"]
_FAILING = ["failed.begin"]
# These are passed where a thread is corrected, retracted or removed; tests/bluesky/test_amend.py is for them.
_AMENDING = ["amend.look", "amend.write", "amend.answered", "amend.end"]
_KILLS = int(os.environ.get("BLUESKY_BOT_KILLS", "10"))


def test_every_failpoint_is_in_the_matrix() -> None:
    """No named point in the code is left out here."""
    named = [
        name
        for file in _BOT.rglob("*.py")
        # Discord's have a matrix of their own.
        for name in re.findall(r'\bpoint\("(?!discord\.)(.+?)"\)', file.read_text())
    ]
    known = [*_PLANNING, *_SENDING, *_MARKING, *_READING_BACK, *_FAILING, *_AMENDING]
    assert sorted(named) == sorted(known)


@pytest.mark.parametrize("name", [*_PLANNING, *_SENDING, *_MARKING])
async def test_a_bot_killed_at_any_step_publishes_once(
    network: BlueskyNetwork, tmp_path: Path, name: str
) -> None:
    """After kill -9 at this step, the restarted bot brings the thread to its end, once."""
    bot = await make_bot(network, tmp_path)
    assert bot.run(name) == -signal.SIGKILL
    assert bot.run() == ALL_SENT
    await see_whole(bot)


@pytest.mark.parametrize("name", _READING_BACK)
async def test_a_bot_killed_while_it_reads_back_publishes_once(
    network: BlueskyNetwork, tmp_path: Path, name: str
) -> None:
    """Killed before the answer arrived, and again while it looks whether the thread is there, it finds it."""
    bot = await make_bot(network, tmp_path)
    assert bot.run("send.answered") == -signal.SIGKILL
    assert bot.run(name) == -signal.SIGKILL
    assert bot.run() == ALL_SENT
    await see_whole(bot)


async def test_a_bot_killed_while_it_notes_a_failure_publishes_once(
    network: BlueskyNetwork, tmp_path: Path
) -> None:
    """Killed between a failed try and its note in the outbox, the bot tries again and is done."""
    bot = await make_bot(network, tmp_path)
    # The second of its two channels is Bluesky.
    assert bot.run("freeze.end:2") == -signal.SIGKILL
    assert replace(bot, service=NOWHERE).run("failed.begin") == -signal.SIGKILL
    assert bot.run() == ALL_SENT
    await see_whole(bot)


@pytest.mark.timeout(3600)
async def test_a_bot_killed_at_random_moments_publishes_all_once(
    network: BlueskyNetwork, tmp_path: Path
) -> None:
    """Kills at random moments (10, or as many as $BLUESKY_BOT_KILLS says) lose, double and tear no story."""
    bot = await make_bot(network, tmp_path, stories=2 * _KILLS)
    chance = random.Random(3)
    killed = 0
    for _ in range(_KILLS):
        process = bot.start()
        process.join(chance.uniform(0.1, 0.45))
        process.kill()
        process.join()
        killed += process.exitcode == -signal.SIGKILL
        process.close()
    assert killed > _KILLS * 0.9
    assert bot.run() == ALL_SENT
    await see_whole(bot)
