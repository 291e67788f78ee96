"""A claim as the checks see it: with the records and numbers that it may rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.text import without_quotations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.record import Record
    from bot.domain.story import Claim


@dataclass(frozen=True, slots=True)
class Case:
    """One claim before the checks, with what it may rest on; `cited` are those of its records that exist.

    `beside` are those of its whole story.
    """

    claim: Claim
    cited: tuple[Record, ...]
    beside: Sequence[Record]
    records: Mapping[str, Record]
    numbers: Mapping[str, float]

    @property
    def plain(self) -> str:
        """The claim's text without what it quotes."""
        return without_quotations(self.claim.text)

    @property
    def voices(self) -> int:
        """How many people the cited records are by."""
        return len({record.author_key for record in self.cited})

    @property
    def declared(self) -> dict[str, float]:
        """The computed numbers that the claim says it states."""
        return {key: self.numbers[key] for key in self.claim.numbers if key in self.numbers}

    @property
    def gaps(self) -> bool:
        """Whether something was not heard while this was said."""
        return self.numbers.get("gaps", 0) > 0
