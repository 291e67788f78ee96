"""A good draft, and what the checks say of a claim that is put into it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.story import Citation, Claim, ClaimKind, Draft, Paragraph
from bot.write.checks import check
from bot.write.extractive import assemble
from tests.write.factory import brief

# With the share that a larger talk would have.
BRIEF = replace(brief(), numbers={**brief().numbers, "share:r/LocalModels": 47.0})
RECORDS = {item.record.id: item.record for item in BRIEF.records}
DRAFT = assemble(BRIEF)
BODY = [claim for paragraph in DRAFT.paragraphs for claim in paragraph.claims]
SAMPLE = [(item.marker, item.record) for item in BRIEF.records]


def cite(index: int, quote: str | None = None) -> Citation:
    """Return a citation of a record of the brief, of all its text unless a quote is given."""
    marker, record = SAMPLE[index]
    return Citation(marker, record.id, quote or record.text)


def with_claim(claim: Claim) -> Draft:
    """Return the good draft with `claim` in a paragraph of its own."""
    plain = Paragraph((claim,))
    return replace(DRAFT, paragraphs=(*DRAFT.paragraphs, plain))


def showing(*who: int) -> Draft:
    """Return a draft that quotes these records of the brief, one a paragraph, on top the first."""
    said = [
        Claim(f"p{n}", ClaimKind.NAMED, f"“{SAMPLE[at][1].text}”", (cite(at),)) for n, at in enumerate(who)
    ]
    headline, deck = (replace(said[0], id=part) for part in ("headline", "deck"))
    paragraphs = tuple(Paragraph((claim,)) for claim in said)
    return replace(DRAFT, headline=headline, deck=deck, paragraphs=paragraphs)


def verdicts(claim: Claim) -> dict[str, bool]:
    """Return the verdict of every check on `claim` as part of the good draft."""
    report = check(with_claim(claim), RECORDS, BRIEF.numbers)
    return {row.name: row.passed for row in report.checks if row.claim_id == claim.id}


def failed(
    text: str, *citations: Citation, kind: ClaimKind = ClaimKind.NAMED, numbers: tuple[str, ...] = ()
) -> set[str]:
    """Return the names of the checks that a claim with this text fails."""
    return {
        name for name, passed in verdicts(Claim("x1", kind, text, citations, numbers)).items() if not passed
    }


FIRST = SAMPLE[1][1]
PLACE_OF_FIRST = "An r/LocalModels commenter wrote: "
QUOTE = FIRST.text.split(". ")[0]


def at(text: str) -> int:
    """Return the place in the sample of the record that says `text`."""
    return next(i for i, (_, r) in enumerate(SAMPLE) if text in r.words)
