"""Commands that listen: run and collect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from bot import app, schedule, screen
from bot import settings as configuration
from bot.collect import registry
from bot.collect.port import PolledSource
from bot.commands.options import DataDir  # noqa: TC001 - the command line reads the annotations
from bot.domain.errors import ConfigError
from bot.operate import logs
from bot.pipeline import hear, tick

if TYPE_CHECKING:
    from bot.settings import Settings


async def run(*, data_dir: DataDir = None) -> int:
    """Run the service: listen, notice, tell, post and serve the site until it is stopped."""
    settings = configuration.load(data_dir=data_dir)
    logs.configure(settings.log_level, settings)
    async with app.newsroom(settings) as newsroom:
        with schedule.listen(settings) as door:
            await schedule.serve(newsroom, app.site(newsroom), door)
    return 0


Once = Annotated[bool, Parameter(name="--once", negative=())]


async def collect(source: str | None = None, /, *, once: Once, data_dir: DataDir = None) -> int:
    """Ask one or all polled sources now, and notice what they brought.

    Parameters
    ----------
    source
        The name of one source; all of them if it is left out.
    once
        Do one round and end.
    """
    settings = configuration.load(data_dir=data_dir)
    if source is not None:
        await _need_polled(settings, source)
    # What became of each source is shown below; only what nobody foresaw needs the log.
    logs.configure("ERROR", settings)
    async with app.newsroom(settings) as newsroom:
        outcomes = await hear.run(newsroom, only=source, force=once)
        await tick.run(newsroom)
    screen.outcomes(outcomes)
    return 1 if any(outcome.startswith("failed") for outcome in outcomes.values()) else 0


async def _need_polled(settings: Settings, name: str) -> None:
    """Raise ConfigError, before anything is opened or made, unless the source of that name can be asked."""
    if not isinstance(registry.named(name, await app.sources(settings)), PolledSource):
        msg = f"{name} is a stream, which only `groundswell run` hears"
        raise ConfigError(msg)
