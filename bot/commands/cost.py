"""The command that shows what was spent: cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.budget import Caps, month_start
from bot.domain.clock import SystemClock
from bot.operate import costs
from bot.store import spend

Days = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=3650))]


async def cost(*, days: Days = 31, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Show what was spent on models, by day, stage and story, and how much the caps leave.

    Parameters
    ----------
    days
        How many days to look back.
    """
    settings = configuration.load(data_dir=data_dir)
    now = SystemClock().now()
    since = min(now - timedelta(days=days), month_start(now))
    async with app.store(settings, alone=False) as store, store.read() as connection:
        entries = await spend.entries(connection, since=since)
        paused_until = await spend.paused_until(connection)
    caps = Caps.from_dollars(daily=settings.daily_cap_usd, monthly=settings.monthly_cap_usd)
    found = costs.document(entries, caps=caps, now=now, paused_until=paused_until)
    if as_json:
        screen.document(found)
    else:
        Console().print(costs.render(found))
    return 0
