"""A replay in a process of its own, which says how far it is so that it can be killed at any moment."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot import settings
from bot.playback import play
from tests.pipeline import week

if TYPE_CHECKING:
    from datetime import datetime
    from multiprocessing.connection import Connection

    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress


def main(data_dir: Path, recording: Path, report: Connection[datetime, None] | None = None) -> None:
    """Replay the recording into the data directory; send the replay's time after each step."""

    async def step(_: Newsroom, at: Progress) -> None:
        if report is not None:
            report.send(at.at)

    os.environ["GROUNDSWELL_ENV_FILE"] = os.devnull
    configured = settings.load(data_dir=data_dir)
    asyncio.run(play(configured, [recording], beats_file=week.BEATS, total=lambda _: None, step=step))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
