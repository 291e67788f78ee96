"""Plants bugs in the bot, one at a time, and counts those that the tests catch."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests import network, postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

_ROOT = Path(__file__).parents[1]
_MOST_MISSED = 1
_OPTIONS = ("-x", "-q", "--timeout", "90")


@dataclass(frozen=True)
class Bug:
    """One change of one file, and the test that has to fail for it."""

    name: str
    file: str
    right: str
    wrong: str
    test: str


def alone(test: str) -> bool:
    """Run a test in a process of its own; tell whether it failed."""
    call = [sys.executable, "-m", "pytest", *_OPTIONS, test]
    return subprocess.run(call, cwd=_ROOT, capture_output=True, check=False).returncode == 1


@contextmanager
def on_one_network() -> Iterator[Callable[[str], bool]]:
    """Give what runs tests as `alone` does, but all on one Bluesky network: to start it takes longest.

    Each test runs in a copy of this process, which never imports what has the bug.
    """
    with postgres.server() as server:
        plain = server.replace("postgresql+psycopg://", "postgresql://")
        with network.bluesky_network(server, database="standing") as running:

            def fails(test: str) -> bool:
                with psycopg.connect(f"{plain}postgres", autocommit=True) as connection:
                    connection.execute("DROP DATABASE IF EXISTS bluesky")
                copy = os.fork()
                if not copy:
                    _run_here(test, server, running)
                failed = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 1
                try:
                    running.call("com.atproto.server.describeServer")
                except OSError:
                    # The test restarted it, and what it started ended with the copy.
                    running.restart()
                return failed

            yield fails


def _run_here(test: str, server: str, running: network.BlueskyNetwork) -> None:
    """Run a test in this process, with these servers in the place of its own, and end the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    patch = pytest.MonkeyPatch()
    patch.setattr(network, "bluesky_network", lambda _: nullcontext(running))
    patch.setattr(postgres, "server", lambda: nullcontext(server))
    os.chdir(_ROOT)
    os._exit(pytest.main([*_OPTIONS, test]))


def run(bugs: Sequence[Bug], names: Collection[str], fails: Callable[[str], bool] = alone) -> int:
    """Plant each bug (or those of these names), run its test, put the file back; 0 if enough were caught."""
    chosen = [bug for bug in bugs if not names or bug.name in names]
    missed = [bug.name for bug in chosen if not _caught(bug, fails)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught; missed: {', '.join(missed) or 'none'}")  # noqa: T201 - what it is for
    return int(len(missed) > _MOST_MISSED)


def _caught(bug: Bug, fails: Callable[[str], bool]) -> bool:
    file = _ROOT / bug.file
    sound = file.read_text(encoding="utf-8")
    if bug.right not in sound:
        msg = f"{bug.name}: {bug.file} no longer has {bug.right!r}"
        raise SystemExit(msg)
    try:
        file.write_text(sound.replace(bug.right, bug.wrong), encoding="utf-8")
        failed = fails(bug.test)
    finally:
        file.write_text(sound, encoding="utf-8")
    print(f"{'caught' if failed else 'MISSED'}: {bug.name}", flush=True)  # noqa: T201 - progress
    return failed
