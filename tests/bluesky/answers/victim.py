"""A listener in a process of its own, made to be killed on its way."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import settings
from bot.domain import failpoints
from bot.domain.clock import SystemClock
from bot.publish.bluesky.session import Account
from bot.store.engine import open_store, sqlite_url
from handlers.bluesky import Listener
from tests import forks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network import Account as Bot


def look_once(bot: Bot, folder: Path, failpoint: str) -> int | None:
    """Have a listener look once with this failpoint, and return how its process ended."""
    process = forks.start(_be, folder, bot.network.pds_url, bot.handle, bot.password, failpoint)
    process.join()
    code = process.exitcode
    process.close()
    return code


def _be(folder: Path, service: str, handle: str, password: str, failpoint: str) -> None:
    os.environ[failpoints.VARIABLE] = failpoint
    asyncio.run(_look(folder, service, handle, SecretStr(password)))


async def _look(folder: Path, service: str, handle: str, password: SecretStr) -> None:
    clock, store = SystemClock(), await open_store(sqlite_url(folder))
    account = Account(handle=handle, password=password, service=service, folder=folder, clock=clock)
    configured = settings.load(data_dir=folder, site_url="https://groundswell.example")
    await Listener(account, store=store, clock=clock, settings=configured).run()
    await account.close()
    await store.close()
