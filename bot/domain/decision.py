"""A decision: what a person settled at the desk, and when. It is kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class DecisionKind(StrEnum):
    """What was settled: about a story, about all publishing, or about a beat."""

    APPROVE = "approve"
    KILL = "kill"
    EDIT = "edit"
    HALT = "halt"
    RESUME = "resume"
    MUTE = "mute"
    UNMUTE = "unmute"

    @property
    def done(self) -> str:
        """The decision as what has been done: "approved"."""
        return _DONE[self]


_DONE: Mapping[DecisionKind, str] = {
    DecisionKind.APPROVE: "approved",
    DecisionKind.KILL: "killed",
    DecisionKind.EDIT: "edited",
    DecisionKind.HALT: "halted",
    DecisionKind.RESUME: "resumed",
    DecisionKind.MUTE: "muted",
    DecisionKind.UNMUTE: "unmuted",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """Who (`by`) settled what, when.

    `version` is the story version that stands after it; `claims` are the ids of the claims an edit changed,
    whose words before and after are in the story's versions; `reason` is for the desk, never for readers.
    """

    kind: DecisionKind
    by: str
    at: datetime
    story_id: str | None = None
    version: int | None = None
    beat: str | None = None
    reason: str | None = None
    claims: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the decision as a person says it: "approved by lin on 2 March 2026, 12:00 UTC"."""
        said = f"{self.kind.done} by {self.by} on {self.at.day} {self.at:%B %Y, %H:%M} UTC"
        return f"{said} ({self.reason})" if self.reason else said
