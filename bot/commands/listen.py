"""The command that shows how the sources are heard."""

from __future__ import annotations

from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.collect import registry
from bot.collect.http import open_fetcher
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.detect import beats
from bot.domain.clock import SystemClock
from bot.operate import listening


async def sources(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show how each source is heard: last success, lag, records of 24 hours, next check, failures and gaps.

    Nothing is asked; `doctor` asks every source.
    """
    settings = configuration.load(data_dir=data_dir)
    now = SystemClock().now()
    book = beats.load(settings.beats_file)
    async with (
        app.store(settings, alone=False) as store,
        open_fetcher(settings) as fetcher,
        store.read() as connection,
    ):
        known = registry.build(settings, book.beats, fetcher)
        found = await listening.standings(connection, known, now)
    if as_json:
        screen.document(listening.document(found, now))
    else:
        Console().print(listening.render(found, now))
    return 0
