"""The fallback: one writer is tried once, and when it has no draft another one writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import BudgetError, WriterError

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.story import Draft
    from bot.write.port import Writer

log = structlog.get_logger(__name__)


class FallbackWriter:
    """Writes with `first`, and with `second` when `first` gives no usable draft.

    `first` is asked once a brief: a refusal, a spent budget and an endpoint that is down would only say the
    same again. The draft names the writer that made it, and why the first one did not.
    """

    def __init__(self, first: Writer, second: Writer, *, waits_at_cap: bool = False) -> None:
        self.name = f"{first.name}, else {second.name}"
        self._first = first
        self._second = second
        self._waits_at_cap = waits_at_cap

    async def write(self, brief: Brief) -> Draft:
        """Return the draft of the first writer that has one.

        Raises WriterError if neither has, and BudgetError if the matter is to wait for money.
        """
        try:
            return await self._first.write(brief)
        except WriterError as error:
            if self._waits_at_cap and isinstance(error, BudgetError):
                raise
            log.warning(
                "fell back",
                action="write",
                status="degraded",
                signal=brief.signal.id,
                writer=self._first.name,
                instead=self._second.name,
                reason=error.reason,
            )
            reason = error.reason
        return replace(await self._second.write(brief), instead=reason)
