"""A source of the tests' own that can be asked again, and asked about its people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.domain.record import Record


class Memory:
    """A source that remembers what it was asked; `gone` was taken back, `down` answers with an error."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gone: set[str] = set()
        self.refused: set[str] = set()
        self.down = False
        self.asked: list[str] = []
        self.asked_for: list[str] = []

    async def recheck(self, records: Sequence[Record], now: datetime) -> Sequence[str]:  # noqa: ARG002 - the port's signature
        """Tell what was taken back."""
        self._fail()
        self.asked += [record.id for record in records]
        return [record.id for record in records if record.id in self.gone]

    async def refusals(self, author_ids: Sequence[str], now: datetime) -> Mapping[str, str | None]:  # noqa: ARG002 - the port's signature
        """Tell who refuses."""
        self._fail()
        self.asked_for += author_ids
        return {one: "declared it" if one in self.refused else None for one in author_ids}

    def _fail(self) -> None:
        if self.down:
            msg = "the source is down"
            raise SourceError(msg)
