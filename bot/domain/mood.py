"""Mood: on which side of a matter an utterance stands, and in which register it speaks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Register(StrEnum):
    """The feeling a text is written in, so far as its words tell."""

    PLAIN = "plain"
    JOY = "joy"
    ANGER = "anger"
    SORROW = "sorrow"
    WORRY = "worry"
    MOCKERY = "mockery"


@dataclass(frozen=True, slots=True)
class Mood:
    """One utterance: `stance` towards the matter (1 for it, -1 against it, 0 neither or unclear)."""

    stance: int
    register: Register


class Voiced(NamedTuple):
    """The mood of one record, where it was said and by whom; `author_key` is empty once the words faded."""

    record_id: str
    source: str
    place: str
    author_key: str
    said_at: datetime
    mood: Mood


@dataclass(frozen=True, slots=True)
class Tally:
    """The mood of a community, or of all of them, over a stretch of time.

    Each person counts once: `favour` and `against` are the people who take that side more often than the
    other, `neither` the rest. `registers` counts people by the register they use most, plain left out.
    """

    favour: int = 0
    against: int = 0
    neither: int = 0
    registers: Mapping[Register, int] = field(default_factory=dict)

    @property
    def feelings(self) -> int:
        """How many people were heard in a register other than the plain one."""
        return sum(self.registers.values())

    @property
    def joy(self) -> int:
        """How many of them in that of joy."""
        return self.registers.get(Register.JOY, 0)

    @property
    def people(self) -> int:
        """How many people were heard."""
        return self.favour + self.against + self.neither

    @property
    def sides(self) -> int:
        """How many of them take a side."""
        return self.favour + self.against
