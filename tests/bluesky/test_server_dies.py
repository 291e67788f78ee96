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

_SERVER_KILLS = int(os.environ.get("BLUESKY_SERVER_KILLS", "5"))


@pytest.mark.parametrize(
    "name", ["send.begin", "send.publication", "send.write", "send.answered", "mark.begin"]
)
async def test_a_server_killed_at_any_step_has_the_thread_once(
    network: BlueskyNetwork, tmp_path: Path, name: str
) -> None:
    """With the server killed while the bot is at this step, the thread comes out whole after its return."""
    bot = await make_bot(network, tmp_path)
    process = bot.start(f"{name}:1:STOP")
    network.until(lambda: halted(process))
    network.kill()
    assert process.pid
    os.kill(process.pid, signal.SIGCONT)
    process.join(60)
    assert process.exitcode == (ALL_SENT if name in {"send.answered", "mark.begin"} else SOME_WAIT)
    process.close()
    network.restart()
    assert bot.run() == ALL_SENT
    await see_whole(bot)


def _halted_or_over(process: ForkServerProcess) -> bool:
    return not process.is_alive() or halted(process)


@pytest.mark.timeout(1200)
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
