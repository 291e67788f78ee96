"""A publication: what one channel is to show of one story version, as the outbox keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.domain.card import Card


class PublicationKind(StrEnum):
    """What a publication brings to its channel; of one story, they go in this order."""

    STORY = "story"
    CORRECTION = "correction"
    RETRACTION = "retraction"
    # What stands there of the story so far is taken away.
    REMOVAL = "removal"


class PublicationState(StrEnum):
    """Where a publication is on its way."""

    # Decided on, not planned: the channel cannot say yet what it will send.
    OWED = "owed"
    PLANNED = "planned"
    SENT = "sent"
    FAILED = "failed"
    # Something else stands where it belongs; it is not tried again, and the desk has to look.
    CONFLICT = "conflict"
    # What it rests on was taken back before it was sent; the story's next version takes its place.
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Publication:
    """What one channel is to show of one story version.

    `content` was frozen, with all ids minted, before anything was sent, and is never computed again; what it
    has under "keys", ids without words, outlives a withdrawal. From `begun_at` on the channel may have it.
    `remote` is what the channel gave back. `card` is the picture that was frozen with the story version;
    it is there only while the publication is sent.
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
    kind: PublicationKind = PublicationKind.STORY
    card: Card | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Where it comes among the publications of its story on its channel."""
        return self.version, _ORDER.index(self.kind)

    @property
    def settled(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state not in UNSETTLED

    @property
    def followed(self) -> bool:
        """Whether it is for a place that follows a beat, not for a channel of the newsroom's own."""
        return ":" in self.channel


UNSETTLED = frozenset({PublicationState.OWED, PublicationState.PLANNED, PublicationState.FAILED})
_ORDER = tuple(PublicationKind)


def since_removal(known: Iterable[Publication]) -> list[Publication]:
    """Return, in order, what each channel was given of a story since all of it was last taken away there.

    A removal that a person has to end does not count: what it was to take away may stand.
    """
    given = sorted(known, key=lambda item: item.place)
    ended = {
        item.channel: item.place
        for item in given
        if item.kind is PublicationKind.REMOVAL and item.state is not PublicationState.CONFLICT
    }
    return [item for item in given if item.channel not in ended or item.place > ended[item.channel]]


def remedy(conflict: Publication) -> str:
    """Return what a person can do about a publication in conflict."""
    if conflict.kind is PublicationKind.REMOVAL:
        return f"look at it on {conflict.channel}, and take away by hand what is left of it"
    return (
        f"look at it on {conflict.channel}: leave it as it is there, or `groundswell story retract"
        f" {conflict.story_id} --reason TEXT --delete-thread` takes away what is left of it"
    )


def publication_id(
    story_id: str, version: int, channel: str, kind: PublicationKind = PublicationKind.STORY
) -> str:
    """Return the id of a publication."""
    name = f"{story_id}@{version}/{channel}"
    return name if kind is PublicationKind.STORY else f"{name}/{kind}"
