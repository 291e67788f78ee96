"""Commands for the bot's Bluesky account."""

from __future__ import annotations

from rich.console import Console

from bot import app, screen
from bot import settings as configuration
from bot.commands.options import DataDir, DryRun, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.errors import ConfigError


async def setup(*, data_dir: DataDir = None, dry_run: DryRun = False, as_json: Json = False) -> int:
    """Log in and set the profile up: the bot label, who runs it, a picture. Safe to run again."""
    settings = configuration.load(data_dir=data_dir)
    if not settings.operator:
        msg = (
            "GROUNDSWELL_OPERATOR: readers are told who runs the bot; set it (docs/configuration.md#operator)"
        )
        raise ConfigError(msg)
    async with app.bluesky(settings) as account:
        if account is None:
            msg = (
                "GROUNDSWELL_BLUESKY_HANDLE and GROUNDSWELL_BLUESKY_APP_PASSWORD: set both"
                " (docs/configuration.md#bluesky_handle)"
            )
            raise ConfigError(msg)
        # Only an operator with an account needs these.
        from bot.publish.bluesky import profile  # noqa: PLC0415
        from bot.publish.card import avatar  # noqa: PLC0415

        record, changed = await profile.set_up(
            account,
            bot_name=settings.bot_name,
            operator=settings.operator,
            model=settings.anthropic_api_key is not None,
            avatar=avatar(),
            dry_run=dry_run,
        )
        did = account.did
    if as_json:
        screen.document(
            {"did": did, "changed": changed, "written": changed and not dry_run, "profile": record}
        )
        return 0
    done = ("would be written" if dry_run else "written") if changed else "was set up already"
    Console().print(f"{settings.bluesky_handle} ({did}): profile {done}", highlight=False, markup=False)
    Console().print(f"{record['displayName']}\n{record['description']}", highlight=False, markup=False)
    return 0
