"""What a writer is to the rest of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.story import Draft


class Writer(Protocol):
    """Turns a brief into a draft."""

    name: str

    async def write(self, brief: Brief) -> Draft:
        """Return a draft on `brief`.

        Raises WriterError (its `reason` says why) if there is none.
        """
        ...
