"""A question and its answer: what a reader asks about a story, and what the store can prove."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class QuestionState(StrEnum):
    """Where a question is on its way.

    A received one has a frozen answer that is still to be sent. Of a torn one words were taken back; what may
    stand of its answer has to go.
    """

    RECEIVED = "received"
    ANSWERED = "answered"
    TORN = "torn"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Source:
    """One record behind a claim, as a reader gets it."""

    marker: int
    record_id: str
    quote: str
    url: str
    author: str
    source: str
    community: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SourcedClaim:
    """A claim with the records it rests on."""

    claim_id: str
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader gets: a plain sentence, and the claims with their sources."""

    story_id: str
    text: str
    claims: tuple[SourcedClaim, ...] = ()

    @property
    def sourced(self) -> bool:
        """Whether the answer rests on at least one record."""
        return any(claim.sources for claim in self.claims)
