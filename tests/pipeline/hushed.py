"""A writer whose stories show just so many people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.story import Citation, Claim, ClaimKind, Paragraph
from bot.domain.text import quotations
from bot.write.extractive import ExtractiveWriter

if TYPE_CHECKING:
    from bot.domain.brief import Brief
    from bot.domain.story import Draft


class Hushed:
    """Shows what `people` said, beside its figures.

    Beside the first quotation of somebody it cites `unheard` records of others. With `more` it shows three
    others besides, by a claim with those words.
    """

    name = "hushed"

    def __init__(self, people: int, unheard: int = 0, *, more: str = "") -> None:
        self.people, self.unheard, self.more = people, unheard, more

    async def write(self, brief: Brief) -> Draft:
        """Return what the extractive writer wrote, with that much left of it."""
        draft = await ExtractiveWriter().write(brief)
        author = {item.record.id: item.record.author_key for item in brief.records}
        shown: set[str] = set()
        kept: list[Claim] = []
        for claim in (claim for paragraph in draft.paragraphs for claim in paragraph.claims):
            said = {author[cited.record_id] for cited in claim.citations}
            if claim.kind is ClaimKind.MEASURED or len(shown | said) <= self.people:
                kept.append(claim)
                shown |= said if claim.kind is not ClaimKind.MEASURED else set()
        assert len(shown) == self.people
        others = [item.record for item in brief.records if item.record.author_key not in shown]
        beside = tuple(Citation(90 + n, one.id, one.text[:20]) for n, one in enumerate(others))
        at = next(n for n, claim in enumerate(kept) if quotations(claim.text))
        kept[at] = replace(kept[at], citations=(*kept[at].citations, *beside[: self.unheard]))
        if self.more:
            kept.append(Claim("more", ClaimKind.COHORT, self.more, beside[-3:]))
        return replace(draft, paragraphs=tuple(Paragraph((claim,)) for claim in kept))
