"""Commands that stop publishing and let it go on; they work beside the running service, and without it."""

from __future__ import annotations

from bot import screen
from bot.commands.office import at_desk, whoami
from bot.commands.options import DataDir  # noqa: TC001 - the command line reads the annotations
from bot.pipeline import switches


async def halt(*, reason: str = "", data_dir: DataDir = None) -> int:
    """Stop all publishing until `groundswell resume`, also across restarts.

    Parameters
    ----------
    reason
        Why, for whoever finds it halted.
    """
    async with at_desk(data_dir) as office:
        held = await switches.halt(office, whoami(), reason)
    screen.say(f"Publishing is {held}. `groundswell resume` lets it go on.")
    return 0


async def resume(*, data_dir: DataDir = None) -> int:
    """Let publishing go on."""
    async with at_desk(data_dir) as office:
        ended = await switches.resume(office, whoami())
    screen.say(f"Publishing goes on; it was {ended}." if ended else "Publishing was not halted.")
    return 0
