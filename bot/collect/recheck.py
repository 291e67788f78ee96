"""Asking again for what was heard: was it taken back since? For networks that do not announce deletions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.domain.record import Record

_PARALLEL = 4
_GONE = frozenset({404, 410})


async def gone_among(records: Sequence[Record], ask: Callable[[Record], Awaitable[bool]]) -> tuple[str, ...]:
    """Return the ids of those records of which `ask` says that they were taken back.

    A server that answers "not found" or "gone" says so, too; any other failure says nothing.
    """
    slots = asyncio.Semaphore(_PARALLEL)

    async def gone(record: Record) -> bool:
        async with slots:
            try:
                return await ask(record)
            except SourceError as error:
                return error.status in _GONE

    verdicts = await asyncio.gather(*(gone(record) for record in records))
    return tuple(record.id for record, lost in zip(records, verdicts, strict=True) if lost)
