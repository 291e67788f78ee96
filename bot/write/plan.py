"""The plan of a story: the angle, who speaks, and which records carry each movement.

A small model makes it out of records, so it is material like them: it can suggest what is told, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bot.domain.errors import WriterError
from bot.domain.text import clean, shorten, squeeze

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.write.request import SentRecord

_MOST_MOVEMENTS = 3
_MOST_RECORDS = 8
_LONGEST = 300

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "angle": {"type": "string"},
        "who": {"type": "string"},
        "movements": {
            "type": "array",
            "description": "Two or three.",
            "items": {
                "type": "object",
                "properties": {
                    "what": {"type": "string"},
                    "records": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["what", "records"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["angle", "who", "movements"],
    "additionalProperties": False,
}


class Movement(msgspec.Struct, frozen=True):
    """One step of the story and the numbers of the records that carry it."""

    what: str
    records: list[int]


class Plan(msgspec.Struct, frozen=True):
    """What a story is to tell."""

    angle: str
    who: str
    movements: list[Movement]

    def document(self) -> dict[str, Any]:
        """Return the plan for the desk's note."""
        return {
            "angle": self.angle,
            "who": self.who,
            "movements": [{"what": item.what, "records": item.records} for item in self.movements],
        }


def bounded(plan: Plan, sent: Sequence[SentRecord]) -> Plan:
    """Return `plan` with what the schema cannot enforce: known records, plain text of bounded length.

    Raises WriterError with reason "unusable" if no movement is left.
    """
    known = {item.marker for item in sent}
    movements = [
        Movement(_line(item.what), list(dict.fromkeys(n for n in item.records if n in known))[:_MOST_RECORDS])
        for item in plan.movements
    ]
    carried = [item for item in movements if item.what and item.records][:_MOST_MOVEMENTS]
    if not carried:
        msg = "the plan names no record that was sent"
        raise WriterError(msg, reason="unusable")
    return Plan(_line(plan.angle), _line(plan.who), carried)


def _line(text: str) -> str:
    return shorten(squeeze(clean(text)), _LONGEST)
