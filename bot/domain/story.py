"""A story: headline, deck and paragraphs made of claims, each of which leads back to records."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.errors import TransitionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime


class ClaimKind(StrEnum):
    """What sort of statement a claim is, and so what it must rest on."""

    NAMED = "named"
    COHORT = "cohort"
    MEASURED = "measured"
    ANALYSIS = "analysis"


@dataclass(frozen=True, slots=True)
class Citation:
    """Claim -> record, with the verbatim span of the record that the claim rests on.

    `marker` is the number shown to readers; one record has one marker throughout a story.
    """

    marker: int
    record_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence-level statement.

    Verbatim words of records stand between curly double quotation marks. `numbers` are the keys of the
    computed numbers that `text` states.
    """

    id: str
    kind: ClaimKind
    text: str
    citations: tuple[Citation, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Claims that are read in one breath."""

    claims: tuple[Claim, ...]

    @property
    def text(self) -> str:
        """The claims as running prose."""
        return " ".join(claim.text for claim in self.claims)


# The checks that a second reader makes; code makes all the others.
SUPPORTED, INJECTED = "second-reading", "injected"
READINGS = frozenset({SUPPORTED, INJECTED})


@dataclass(frozen=True, slots=True)
class Check:
    """The verdict of one check on one claim ("" for a check of the whole story).

    `detail` says what is wrong without a word of any record: a report outlives what its records say.
    `looked_at` says what the check had before it, such as "2 quotations, 3 records".
    """

    name: str
    claim_id: str
    passed: bool
    detail: str = ""
    looked_at: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer hands in; headline and deck are claims and obey the rules of the body.

    `readings` are a second reader's verdicts, where there is one. `instead` says why the writer that is asked
    first has not written it: "refusal", "budget", "unavailable" and so on; None if it has.
    """

    headline: Claim
    deck: Claim
    paragraphs: tuple[Paragraph, ...]
    writer: str
    model: str | None = None
    prompt_version: str | None = None
    readings: tuple[Check, ...] = ()
    instead: str | None = None

    def claims(self) -> Iterator[Claim]:
        """Every claim in reading order: headline, deck, body."""
        yield self.headline
        yield self.deck
        for paragraph in self.paragraphs:
            yield from paragraph.claims

    def citations(self) -> Iterator[Citation]:
        """Every citation, claim by claim."""
        for claim in self.claims():
            yield from claim.citations


class StoryState(StrEnum):
    """Where a story is on its way."""

    DRAFTED = "drafted"
    CHECKED = "checked"
    HELD = "held"
    APPROVED = "approved"
    PUBLISHED = "published"
    CORRECTED = "corrected"
    RETRACTED = "retracted"
    KILLED = "killed"

    @property
    def public(self) -> bool:
        """Whether readers may see a story in this state (a retracted one only as a notice)."""
        return self in _PUBLIC


_PUBLIC = frozenset({StoryState.PUBLISHED, StoryState.CORRECTED, StoryState.RETRACTED})
_MOVES: Mapping[StoryState, frozenset[StoryState]] = {
    StoryState.DRAFTED: frozenset({StoryState.CHECKED, StoryState.KILLED}),
    StoryState.CHECKED: frozenset({StoryState.HELD, StoryState.APPROVED, StoryState.KILLED}),
    StoryState.HELD: frozenset({StoryState.CHECKED, StoryState.APPROVED, StoryState.KILLED}),
    StoryState.APPROVED: frozenset({StoryState.PUBLISHED, StoryState.HELD, StoryState.KILLED}),
    StoryState.PUBLISHED: frozenset({StoryState.CORRECTED, StoryState.RETRACTED}),
    StoryState.CORRECTED: frozenset({StoryState.CORRECTED, StoryState.RETRACTED}),
    StoryState.RETRACTED: frozenset(),
    StoryState.KILLED: frozenset(),
}


def move(story_id: str, current: StoryState, to: StoryState) -> StoryState:
    """Return `to` if a story in `current` may go there.

    Raises TransitionError if it may not.
    """
    if to not in _MOVES[current]:
        allowed = ", ".join(sorted(_MOVES[current]))
        ending = f"it can become: {allowed}" if allowed else "it stays so for good"
        msg = f"story {story_id} is {current} and cannot become {to}; {ending}"
        raise TransitionError(msg)
    return to


@dataclass(frozen=True, slots=True)
class Report:
    """Every check of one draft: machine-readable, kept with the version."""

    checks: tuple[Check, ...]
    fidelity: int

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


class Relation(StrEnum):
    """What a story is to an earlier one that it tells of: it goes on from it, or is close to it."""

    UPDATE = "update"
    CLOSE = "close"


def relation(numbers: Mapping[str, float]) -> Relation | None:
    """Return what a story with these numbers is to an earlier one; None if it tells of none."""
    if "at:told" not in numbers:
        return None
    return Relation.UPDATE if "new" in numbers else Relation.CLOSE


@dataclass(frozen=True, slots=True)
class Story:
    """A story at one version. `updates` is the id of an earlier story that it continues or is close to.

    `gaps` say in words which places were not heard throughout, and when.
    """

    id: str
    version: int
    state: StoryState
    beat: str
    storyline_id: str
    signal_id: str
    draft: Draft
    report: Report
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    updates: str | None = None
    reason: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[str, ...] = ()

    @property
    def relation(self) -> Relation | None:
        """What it is to the story that it `updates`; every surface says the same."""
        return relation(self.numbers)

    def claim(self, claim_id: str) -> Claim | None:
        """Return the claim with that id, if the story has it."""
        return next((claim for claim in self.draft.claims() if claim.id == claim_id), None)
