"""The second reading: a small model judges each claim, seeing only claims and the records they cite.

It can only take away. A claim that it passes over has not been read, and so has not passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bot.domain.story import INJECTED, SUPPORTED, Check
from bot.write.numbers import written
from bot.write.places import place_of
from bot.write.request import encode, passages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.brief import Brief
    from bot.domain.story import Claim

_SUPPORTED, _NOT, _INJECTED = "supported", "not", "injected"
_RANK = {_SUPPORTED: 0, _NOT: 1, _INJECTED: 2}

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "verdict": {"type": "string", "enum": list(_RANK)},
                    "why": {"type": "string", "description": "At most fifteen words."},
                },
                "required": ["id", "verdict", "why"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}


class _Verdict(msgspec.Struct, frozen=True):
    id: str
    verdict: str


class Verdicts(msgspec.Struct, frozen=True):
    """What the second reader answered. Its reasons are its own words and are kept nowhere."""

    claims: list[_Verdict]


def material(brief: Brief, claims: Iterable[Claim]) -> str:
    """Return what the second reader gets: the claims, and the records they cite."""
    claims = list(claims)
    cited = {item.marker: item.record_id for claim in claims for item in claim.citations}
    records = {marker: brief.record(record_id) for marker, record_id in sorted(cited.items())}
    speakers: dict[str, int] = {}
    return encode(
        {
            "records": [
                {
                    "record": marker,
                    "kind": record.kind.value,
                    "place": place_of(record).name,
                    "speaker": speakers.setdefault(record.author_key, len(speakers) + 1),
                    "said_at": f"{record.created_at:%Y-%m-%d %H:%M} UTC",
                    "passages": list(passages(record)),
                }
                for marker, record in records.items()
                if record is not None
            ],
            "claims": [
                {
                    "id": claim.id,
                    "text": claim.text,
                    "records": [item.marker for item in claim.citations],
                    "computed": {key: written(key, brief.numbers[key]) for key in claim.numbers},
                }
                for claim in claims
            ],
        }
    )


def checks(said: Verdicts, claims: Iterable[Claim]) -> tuple[Check, ...]:
    """Return the verdicts as checks, two for each of `claims`; of two verdicts the harder one counts."""
    worst: dict[str, int] = {}
    for item in said.claims:
        # A word that is no verdict is none: the claim counts as not borne out.
        worst[item.id] = max(worst.get(item.id, 0), _RANK.get(item.verdict, _RANK[_NOT]))
    rows = []
    for claim in claims:
        looked_at = f"{len(claim.citations)} records"
        rank = worst.get(claim.id)
        detail = (
            "" if rank == 0 else "was not read" if rank is None else "the cited records do not bear it out"
        )
        rows.append(Check(SUPPORTED, claim.id, rank == 0, detail, looked_at))
        planted = rank == _RANK[_INJECTED]
        detail = "carries what a record asks programs to say" if planted else ""
        rows.append(Check(INJECTED, claim.id, not planted, detail, looked_at))
    return tuple(rows)
