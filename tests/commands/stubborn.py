"""A service whose source or page takes its time: `python stubborn.py DATA_DIR source|page SECONDS`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from bot import app, schedule
from bot import settings as configuration
from bot.collect.port import Haul
from bot.operate import logs, notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from starlette.requests import Request


class Slow:
    """A source that answers after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.name = "slow"
        self.targets: Sequence[str] = ("one",)
        self.interval = timedelta(minutes=1)
        self.off_reason: str | None = None
        self._seconds = seconds

    async def fetch(self, _target: str, _cursor: Mapping[str, Any], _now: datetime) -> Haul:
        """Tell the supervisor that it was asked, and answer late."""
        notify._send("STATUS=asked")
        await asyncio.sleep(self._seconds)
        return Haul((), {"answered": True})


async def main(data_dir: str, what: str, seconds: str) -> None:
    """Serve until a signal comes."""

    async def page(_: Request) -> Response:
        notify._send("STATUS=asked")
        await asyncio.sleep(float(seconds))
        return Response()

    settings = configuration.load(data_dir=Path(data_dir))
    logs.configure("INFO", settings)
    async with app.newsroom(settings, listening=False) as newsroom:
        newsroom.polled = [Slow(float(seconds))] if what == "source" else []
        site = app.site(newsroom)
        site.routes.append(Route("/slow", page))
        with schedule.listen(settings) as door:
            await schedule.serve(newsroom, site, door)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
