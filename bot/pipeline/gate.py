"""The gate: whether anything may be published now, and if not, why and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.settings import Mode
from bot.store import decisions

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.pipeline.newsroom import Office


async def shut(connection: AsyncConnection, office: Office) -> str | None:
    """Return why nothing may be published now, None if it may."""
    if office.settings.mode is Mode.DRY_RUN:
        return "the mode is dry-run, so nothing is published"
    halt = await decisions.halted(connection)
    if halt is not None:
        return f"publishing is {halt}; `groundswell resume` ends it"
    quiet = office.settings.quiet_hours
    until = quiet.until(office.clock.now()) if quiet else None
    return f"quiet hours until {until:%H:%M} ({quiet.zone.key})" if quiet and until else None


async def shut_for(connection: AsyncConnection, office: Office, beat: str) -> str | None:
    """Return why nothing may be published on `beat` now, None if it may."""
    mute = (await decisions.muted(connection)).get(beat)
    if mute is not None:
        return f"the beat {beat} is {mute}; `groundswell beats unmute {beat}` ends it"
    return await shut(connection, office)
