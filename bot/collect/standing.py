"""Asking a place about records one by one: does each still stand?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.collect.http import MISSING
from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.domain.record import Record

_PARALLEL = 4


async def gone_among(records: Sequence[Record], ask: Callable[[Record], Awaitable[bool]]) -> tuple[str, ...]:
    """Return the ids of those records of which `ask` says that they were taken back.

    A server that answers "not found" or "gone" says so, too. Any other failure is raised, and nothing more is
    asked of the place.
    """
    slots = asyncio.Semaphore(_PARALLEL)

    async def gone(record: Record) -> bool:
        async with slots:
            try:
                return await ask(record)
            except SourceError as error:
                if error.status in MISSING:
                    return True
                raise

    try:
        async with asyncio.TaskGroup() as group:
            verdicts = [group.create_task(gone(record)) for record in records]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return tuple(record.id for record, verdict in zip(records, verdicts, strict=True) if verdict.result())
