"""Processes made to be killed, copied from one that has imported what they need."""

from __future__ import annotations

import multiprocessing
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerProcess

_FORKS = multiprocessing.get_context("forkserver")
_DRIVERS = (
    "tests.bluesky.driver",
    "tests.discord.driver",
    "tests.pipeline.driver",
    "tests.pipeline.listener",
)


def start(target: Callable[..., object], *args: Any) -> ForkServerProcess:
    """Start a process that does `target`; it ends with the tests at the latest."""
    # One process is copied for all tests, and imports once, at the first start.
    _FORKS.set_forkserver_preload([name for name in _DRIVERS if name in sys.modules])
    process = _FORKS.Process(target=target, args=args, daemon=True)
    process.start()
    return process
