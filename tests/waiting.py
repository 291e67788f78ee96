"""Waiting for something to be so, on a loaded machine as well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(holds: Callable[[], object], seconds: float = 30) -> None:
    """Return once `holds()` is true; raises AssertionError after `seconds`, which only a failure needs."""
    for _ in range(int(seconds / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    msg = "it never came about"
    raise AssertionError(msg)
