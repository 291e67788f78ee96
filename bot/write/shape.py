"""The outer shape of a draft: claim ids and the markers that readers see."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.story import Draft, Paragraph

if TYPE_CHECKING:
    from bot.domain.story import Claim


def renumbered(draft: Draft) -> Draft:
    """Return `draft` with claim ids headline, deck, c1, c2, ... and markers 1, 2, ... as they appear."""
    markers: dict[str, int] = {}

    def marked(claim: Claim, claim_id: str) -> Claim:
        citations = tuple(
            replace(citation, marker=markers.setdefault(citation.record_id, len(markers) + 1))
            for citation in claim.citations
        )
        return replace(claim, id=claim_id, citations=citations)

    headline, deck = marked(draft.headline, "headline"), marked(draft.deck, "deck")
    serial = 0
    paragraphs: list[Paragraph] = []
    for paragraph in draft.paragraphs:
        claims = []
        for claim in paragraph.claims:
            serial += 1
            claims.append(marked(claim, f"c{serial}"))
        paragraphs.append(Paragraph(tuple(claims)))
    return replace(draft, headline=headline, deck=deck, paragraphs=tuple(paragraphs))
