"""A replay in a process of its own: `python -m tests.pipeline.driver DATA_DIR RECORDING`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot import settings
from bot.playback import play
from tests.pipeline import week

if TYPE_CHECKING:
    from bot.pipeline.newsroom import Newsroom
    from bot.pipeline.replay import Progress


async def main(data_dir: Path, recording: Path) -> None:
    """Replay the recording into the data directory and print the ids of what is public."""

    async def step(newsroom: Newsroom, at: Progress) -> None:
        """Go on."""

    summary = await play(
        settings.load(data_dir=data_dir), [recording], beats_file=week.BEATS, total=lambda _: None, step=step
    )
    print(json.dumps(summary.stories))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
