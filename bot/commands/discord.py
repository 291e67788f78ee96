"""Commands for the bot on Discord."""

from __future__ import annotations

from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.errors import ConfigError


async def setup(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Register the commands and show how a server lets the bot in. Safe to run again."""
    settings = configuration.load(data_dir=data_dir)
    if settings.discord_token is None:
        msg = "GROUNDSWELL_DISCORD_TOKEN: set it (docs/configuration.md#discord_token)"
        raise ConfigError(msg)
    from handlers.discord.client import set_up  # noqa: PLC0415 - the SDK is only for those with a token

    # The commands are told to Discord and not run: no store is read, and none need be there.
    with app.apart(settings) as elsewhere:
        async with app.office(elsewhere, alone=True) as desk:
            names, invite = await set_up(settings.discord_token, desk)
    if as_json:
        screen.document({"commands": names, "invite": invite})
        return 0
    Console().print(f"{len(names)} commands: {', '.join(names)}", highlight=False, markup=False)
    told = f"A server's owner lets the bot in at\n{invite}"
    Console().print(told, highlight=False, markup=False, soft_wrap=True)
    return 0
