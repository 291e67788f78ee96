"""The server is killed while the bot publishes; the thread is there once, whole, when both are back."""

from __future__ import annotations

import os
import random
import signal
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.bluesky.driver import ALL_SENT, SOME_WAIT, halted
from tests.bluesky.rig import make_bot, see_whole

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from tests.network import BlueskyNetwork

_SERVER_KILLS = int(os.environ.get("BLUESKY_SERVER_KILLS", "3"))
_ENTERED = [
    "plan.begin", "freeze.begin", "freeze.ordered", "freeze.content", "freeze.end", "send.begin",
    "send.publication", "send.publication-there", "send.blob", "send.blob-there", "send.write",
]  # fmt: skip
_COMMITTED = ["send.answered", "send.end", "mark.begin", "mark.end"]


@pytest.mark.timeout(600)
async def test_a_server_killed_at_any_step_has_the_thread_once(
    network: BlueskyNetwork, tmp_path: Path
) -> None:
    """With the server killed while a bot is at any one step, the thread comes out whole after its return.

    Fifteen bots, each halted at a step of its own, lose the server at once.
    """
    bots = {name: await make_bot(network, tmp_path / name) for name in [*_ENTERED, *_COMMITTED]}
    running = {name: bot.start(f"{name}:1:STOP") for name, bot in bots.items()}
    network.until(lambda: all(halted(process) for process in running.values()))
    network.kill()
    for process in running.values():
        assert process.pid
        os.kill(process.pid, signal.SIGCONT)
    ended = {}
    for name, process in running.items():
        process.join(60)
        ended[name] = process.exitcode
        process.close()
    network.restart()
    assert ended == dict.fromkeys(_ENTERED, SOME_WAIT) | dict.fromkeys(_COMMITTED, ALL_SENT)
    for name, bot in bots.items():
        assert bot.run() == ALL_SENT, name
        await see_whole(bot)


def _halted_or_over(process: ForkServerProcess) -> bool:
    return not process.is_alive() or halted(process)


@pytest.mark.timeout(3600)
async def test_a_server_killed_mid_commit_has_each_thread_once(
    network: BlueskyNetwork, tmp_path: Path
) -> None:
    """Killed at random moments around the commit, answered or not, the server has every thread once."""
    bot = await make_bot(network, tmp_path, stories=_SERVER_KILLS)
    chance = random.Random(5)
    for _ in range(_SERVER_KILLS):
        process = bot.start("send.write:1:STOP")
        network.until(partial(_halted_or_over, process))
        if not process.is_alive():
            # Every story was committed before its server died: there is nothing left to send.
            assert process.exitcode == ALL_SENT
            break
        assert process.pid
        os.kill(process.pid, signal.SIGCONT)
        process.join(chance.uniform(0, 0.12))
        network.kill()
        # The bot gets no answer, notes it, and finds the server gone for the other stories too.
        process.join(60)
        assert process.exitcode in {ALL_SENT, SOME_WAIT}
        process.close()
        network.restart()
    assert bot.run() == ALL_SENT
    await see_whole(bot)
