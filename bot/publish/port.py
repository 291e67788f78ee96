"""What a channel is to the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.card import Card
    from bot.domain.publication import Publication, PublicationKind
    from bot.domain.record import Record
    from bot.domain.story import Story


@dataclass(frozen=True, slots=True)
class Order:
    """What a channel is to plan.

    `records` are those the story cites, `card` is its picture. A correction or retraction states `said`.
    `before` is what the channel was given of this story since all of it was last taken away there, settled
    all of it; `lost` are the claims of what stands there whose words were taken back, and must go. `earlier`
    is where the story stands that this one updates.
    """

    kind: PublicationKind
    story: Story
    records: Mapping[str, Record]
    card: Card | None = None
    said: str = ""
    before: tuple[Publication, ...] = ()
    lost: frozenset[str] = frozenset()
    earlier: Publication | None = None


class Channel(Protocol):
    """A place where stories are posted, corrected and retracted."""

    name: str

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Return the content to freeze: everything that will be sent, with every id minted.

        What stands under "keys" outlives a withdrawal, so it holds ids and no words. Raises PublishError:
        what cannot be planned now stays owed, and a conflict goes to the desk.
        """
        ...

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Bring the frozen content to the network and return what the network calls it.

        Sending the same publication again changes nothing. Raises PublishError.
        """
        ...
