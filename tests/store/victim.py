"""A process that is killed while it writes: `python -m tests.store.victim URL LOCK hold|loop`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bot.store import records, sources
from bot.store.engine import open_store
from tests.factory import NOON, make_record

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def visit(connection: AsyncConnection, number: int) -> None:
    """Bring record `number` and move the cursor to it."""
    await records.add(connection, [make_record(native_id=str(number))], NOON)
    await sources.succeeded(connection, "fictional", "feed", cursor={"n": number}, at=NOON)


async def main(url: str, lock: str, how: str) -> None:
    """Commit one visit, then stay inside a second one for ever (hold), or make visit after visit (loop)."""
    store = await open_store(url, lock_path=Path(lock))
    number = 1
    async with store.write() as connection:
        await visit(connection, number)
    while True:
        number += 1
        async with store.write() as connection:
            await visit(connection, number)
            print(number, flush=True)  # noqa: T201 - what the test waits for
            if how == "hold":
                await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
