"""A channel of the tests' own: a paper on which stories arrive, with a line that can be cut."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.publication import Publication
    from bot.publish.port import Order


class Paper:
    """Prints what is sent. `troubles` are raised one by one before anything is printed."""

    def __init__(self, name: str = "paper", troubles: list[Exception] | None = None) -> None:
        self.name = name
        self.troubles = troubles or []
        self.printed: dict[str, Mapping[str, Any]] = {}
        self.sends: Counter[str] = Counter()

    async def plan(self, order: Order, now: datetime) -> Mapping[str, Any]:
        """Return the words of the story, and whom it cites."""
        return {
            "kind": order.kind.value,
            "said": order.said,
            "text": [claim.text for claim in order.story.draft.claims()],
            "cited": sorted(record.id for record in order.records.values()),
            "planned": now.isoformat(),
            "keys": [order.story.id],
        }

    async def send(self, publication: Publication) -> Mapping[str, Any]:
        """Print the publication."""
        self.sends[publication.id] += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.printed[publication.id] = publication.content
        return {"page": len(self.printed)}
