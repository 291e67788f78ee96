"""Named places at which a test can end or halt the process, to see that nothing is lost or done twice.

Without GROUNDSWELL_FAILPOINT in the environment a point does nothing.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "GROUNDSWELL_FAILPOINT"
"""`name`, `name:2` for the second pass, or `name:2:STOP` to halt (SIGSTOP) instead of SIGKILL."""

_passes: dict[str, int] = {}


def point(name: str) -> None:
    """Pass a place; the process gets the signal here if it is the one the environment names."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    which, _, rest = wanted.partition(":")
    if which != name:
        return
    nth, _, kind = rest.partition(":")
    _passes[name] = _passes.get(name, 0) + 1
    if _passes[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGSTOP if kind == "STOP" else signal.SIGKILL)
