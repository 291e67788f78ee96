"""Commands that look after the bot: doctor, backup and init."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - the command line reads the annotations

from rich.console import Console

from bot import screen
from bot import settings as configuration
from bot.commands.options import DataDir, Json  # noqa: TC001 - the command line reads the annotations
from bot.domain.errors import ConfigError
from bot.operate import backup as copies
from bot.operate import doctor as checkup
from bot.operate import init as setup
from bot.operate import logs
from bot.store.engine import sqlite_file


async def doctor(*, data_dir: DataDir = None, as_json: Json = False) -> int:
    """Examine settings, store, clock, and every source and channel; exit 1 if one is failing."""
    settings = configuration.load(data_dir=data_dir)
    logs.configure("ERROR", settings)
    findings = await checkup.examine(settings)
    if as_json:
        screen.document(checkup.document(findings))
    else:
        Console().print(checkup.render(findings))
    return 1 if any(finding.verdict is checkup.Verdict.FAILING for finding in findings) else 0


def backup(target: Path, /, *, data_dir: DataDir = None) -> int:
    """Copy the embedded store to a new file, also while the bot runs.

    Parameters
    ----------
    target
        The file to write.
    """
    settings = configuration.load(data_dir=data_dir)
    if settings.database_url is not None:
        msg = (
            "the store is on PostgreSQL: back it up with `pg_dump --format=custom --file=FILE DATABASE`"
            " (deploy/README.md)"
        )
        raise ConfigError(msg)
    written = copies.save(sqlite_file(settings.data_dir), target)
    screen.say(f"{target}\n  {written:,} bytes. How to put it back: deploy/README.md")
    return 0


def init() -> int:
    """Ask what the bot needs, test each credential, and write .env; safe to run again."""
    return setup.run(answers=None if sys.stdin.isatty() else sys.stdin)
