"""A listener that is killed: `python -m tests.bluesky.answers.victim FOLDER SERVICE HANDLE PASSWORD`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from bot import settings
from bot.domain.clock import SystemClock
from bot.publish.bluesky.session import Account
from bot.store.engine import open_store, sqlite_url
from handlers.bluesky import Listener


async def main(folder: Path, service: str, handle: str, password: str) -> None:
    """Look once; the failpoint in the environment ends the process on its way."""
    clock, store = SystemClock(), await open_store(sqlite_url(folder))
    account = Account(
        handle=handle, password=SecretStr(password), service=service, folder=folder, clock=clock
    )
    configured = settings.load(data_dir=folder, site_url="https://groundswell.example")
    await Listener(account, store=store, clock=clock, settings=configured).run()
    await account.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
