"""The throwaway PostgreSQL goes with the test run, however that ends."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests.waiting import until

_RUN = """
import time
from tests import postgres
with postgres.server() as url:
    print(url, flush=True)
    time.sleep(600)
"""


def test_a_run_that_is_killed_leaves_no_server() -> None:
    """After kill -9 nobody answers where the server was."""
    command = [sys.executable, "-c", _RUN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as run:
        assert run.stdout
        port = sa.make_url(run.stdout.readline().strip()).port
        assert port
        assert _answers(port)
        run.kill()
    assert run.returncode == -signal.SIGKILL
    asyncio.run(until(lambda: not _answers(port)))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
