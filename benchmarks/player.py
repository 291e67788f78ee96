"""Replays in a process of their own, so that time and memory are the replay's alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.data import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Played:
    """What a replay came to and what it cost.

    `cpu_seconds` counts all threads, and the process that read ahead; `peak_mb` is the most memory that the
    replay itself held (resident, in 10^6 bytes): of a child it cannot be told from what it was copied from.
    """

    records: int
    published: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def play(data_dir: Path, recordings: Sequence[Path], *, beats: Path | None = None) -> Played:
    """Replay `recordings` into `data_dir` with plain settings; progress goes to stderr.

    Raises CalledProcessError if the replay fails.
    """
    arguments = [str(data_dir), *map(str, recordings), *(["--beats", str(beats)] if beats else [])]
    # A developer's own settings have no say: a key in .env would make every story cost money.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDSWELL_")}
    done = subprocess.run(  # noqa: S603 - our own module, with paths we made
        [sys.executable, "-m", "benchmarks.player_process", *arguments],
        cwd=ROOT,
        env=environment | {"GROUNDSWELL_ENV_FILE": os.devnull},
        stdout=subprocess.PIPE,
        check=True,
    )
    return Played(**json.loads(done.stdout))
