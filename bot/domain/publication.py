"""A publication: one story version on one channel, as the outbox keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class PublicationState(StrEnum):
    """Where a publication is on its way."""

    PLANNED = "planned"
    SENT = "sent"
    FAILED = "failed"
    # Something else stands where it belongs; it is not tried again, and the desk has to look.
    CONFLICT = "conflict"
    # What it rests on was taken back before it was sent; the story's next version takes its place.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Publication:
    """One story version on one channel.

    `content` was frozen, with all ids minted, before anything was sent, and is never computed again;
    `remote` is what the channel gave back. From `begun_at` on the channel may have it.
    """

    id: str
    story_id: str
    version: int
    channel: str
    state: PublicationState
    content: Mapping[str, Any]
    planned_at: datetime
    sent_at: datetime | None = None
    attempts: int = 0
    retry_at: datetime | None = None
    error: str | None = None
    begun_at: datetime | None = None
    remote: Mapping[str, Any] = field(default_factory=dict)

    @property
    def followed(self) -> bool:
        """Whether it is for a place that follows a beat, not for a channel of the newsroom's own."""
        return ":" in self.channel
