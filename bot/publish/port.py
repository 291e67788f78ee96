"""What a channel is to the rest of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.domain.record import Record
    from bot.domain.story import Story


class Channel(Protocol):
    """A place where stories are posted."""

    name: str

    def plan(self, story: Story, records: Mapping[str, Record], now: datetime) -> Mapping[str, Any]:
        """Return the content to freeze: everything that will be sent, with every id minted."""
        ...

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Bring the frozen content to the network and return what the network calls it.

        Sending the same publication again changes nothing. Raises PublishError.
        """
        ...
