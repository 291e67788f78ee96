"""Commands about hearing: how the sources are heard, and what one of them sends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path  # noqa: TC003 - the command line reads the annotations
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from bot import app, schedule, screen
from bot import settings as configuration
from bot.collect.network import LIVE
from bot.collect.tape import Header, Tape
from bot.collect.taping import taped
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.clock import SystemClock
from bot.operate import listening, logs
from bot.pipeline import wire


async def sources(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show how each source is heard: last success, lag, records of 24 hours, next check, failures and gaps.

    One that brings nothing for twice as long as in the two weeks before is called silent. Nothing is asked;
    `doctor` asks every source.
    """
    settings = configuration.load(data_dir=data_dir)
    now = SystemClock().now()
    async with app.store(settings, alone=False) as store, store.read() as connection:
        found = await listening.standings(connection, await app.sources(settings), now)
    if as_json:
        screen.document(listening.document(found, now))
    else:
        Console().print(listening.render(found, now))
    return 0


async def record(
    source: str,
    file: Path,
    /,
    *,
    length: Annotated[timedelta, Parameter(name="--for")] = timedelta(minutes=10),
) -> int:
    """Keep what one source sends over the wire, byte for byte, so that `replay --wire` can play it.

    It listens as the service would, into a store that is thrown away. No secret is kept, but what people
    wrote is: treat the file as their posts.

    Parameters
    ----------
    source
        The name of a source (`groundswell sources`).
    file
        The recording to write; gzipped if its name ends with .gz.
    length
        For how long, such as 90s, 10m or 2h.
    """
    settings, clock = configuration.load(), SystemClock()
    logs.configure("WARNING", settings)
    with app.apart(settings) as elsewhere:
        header = Header(source, clock.now(), wire.secrets_of(settings))
        with Tape(file, header) as tape:
            network = taped(LIVE, tape, clock)
            async with app.newsroom(elsewhere, clock=clock, network=network) as newsroom:
                await wire.record(newsroom, tape, source, timedelta(seconds=schedule.POLL_SECONDS), length)
    screen.say(f"{file}: {tape.entries:,} entries of {source}")
    return 0
