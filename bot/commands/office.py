"""What the commands of the desk share: its office, and who sits in it."""

from __future__ import annotations

import getpass
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot import app
from bot import settings as configuration
from bot.operate import logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.pipeline.newsroom import Office


@asynccontextmanager
async def at_desk(data_dir: Path | None) -> AsyncIterator[Office]:
    """Open the office; what is decided is printed and kept, so only what nobody foresaw is logged."""
    settings = configuration.load(data_dir=data_dir)
    logs.configure("ERROR", settings)
    async with app.office(settings) as office:
        yield office


def whoami() -> str:
    """Return who is at the command line: the name logged in with, also behind sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        # In a container the user may have no name.
        return f"user {os.getuid()}"
