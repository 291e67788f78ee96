"""The code checks: what a draft says is held against the records it cites. The same for every writer.

They run on drafting, before publishing, and again when records disappear; `records` then simply lacks them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.domain.story import Check, ClaimKind, Draft, Paragraph, Report
from bot.domain.text import clean, graphemes, has_references, quotations, without_quotations
from bot.write import evidence
from bot.write.numbers import states, unexplained
from bot.write.quotes import keeps_meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bot.domain.record import Record
    from bot.domain.story import Claim

HEADLINE_LIMIT, DECK_LIMIT, CLAIM_LIMIT = 110, 300, 900
FEWEST_PARAGRAPHS, MOST_PARAGRAPHS = 3, 8
FEWEST_COHORT_AUTHORS = 3
LONGEST_COPIED_RUN = 7
_MOST_UNCITED_SHARE = 0.25
_LIMITS = {"headline": HEADLINE_LIMIT, "deck": DECK_LIMIT}


@dataclass(frozen=True, slots=True)
class Case:
    """One claim before the checks, with what it may rest on; `cited` are those of its records that exist."""

    claim: Claim
    cited: tuple[Record, ...]
    records: Mapping[str, Record]
    numbers: Mapping[str, float]

    @property
    def plain(self) -> str:
        """The claim's text without what it quotes."""
        return without_quotations(self.claim.text)


def check(draft: Draft, records: Mapping[str, Record], numbers: Mapping[str, float]) -> Report:
    """Return the report on `draft`: every check of every claim, and the fidelity.

    `records` are all that the writer was given, by id, without those that were taken back since; `numbers`
    are the computed numbers, by key.
    """
    rows: list[Check] = []
    for claim in draft.claims():
        cited = tuple(records[c.record_id] for c in claim.citations if c.record_id in records)
        case = Case(claim, cited, records, numbers)
        rows.extend(Check(name, claim.id, not problem, problem) for name, problem in _verdicts(case))
    rows.extend(Check(name, "", not problem, problem) for name, problem in _whole(draft))
    return Report(tuple(rows), _fidelity(draft, rows))


def _verdicts(case: Case) -> Iterator[tuple[str, str]]:
    for name, (applies, judge) in _CHECKS.items():
        if applies(case):
            yield name, judge(case)


def _fidelity(draft: Draft, rows: list[Check]) -> int:
    broken = {row.claim_id for row in rows if not row.passed}
    needing = [claim for claim in draft.claims() if needs_support(claim)]
    kept = sum(claim.id not in broken for claim in needing)
    return 100 * kept // len(needing) if needing else 0


def needs_support(claim: Claim) -> bool:
    """Tell whether `claim` has to rest on something; only the narrator's own reading may stand on nothing."""
    return claim.kind is not ClaimKind.ANALYSIS or bool(claim.citations) or bool(quotations(claim.text))


def prune(draft: Draft, report: Report) -> Draft | None:
    """Return `draft` without the claims that failed, None if what is left is no story.

    A story needs its headline, its deck and three paragraphs.
    """
    broken = {row.claim_id for row in report.failed}
    if broken & {draft.headline.id, draft.deck.id}:
        return None
    kept = (
        Paragraph(tuple(c for c in paragraph.claims if c.id not in broken)) for paragraph in draft.paragraphs
    )
    paragraphs = tuple(paragraph for paragraph in kept if paragraph.claims)
    if len(paragraphs) < FEWEST_PARAGRAPHS:
        return None
    return replace(draft, paragraphs=paragraphs)


def standing(
    draft: Draft, records: Mapping[str, Record], numbers: Mapping[str, float]
) -> tuple[Draft, Report] | None:
    """Return what of `draft` may be published, with its report; None if what is left is no story.

    The fidelity is that of the whole draft: what had to be left out counts.
    """
    report = check(draft, records, numbers)
    left = prune(draft, report)
    if left is None:
        return None
    return left, replace(check(left, records, numbers), fidelity=report.fidelity)


def without(draft: Draft, gone: set[str] | frozenset[str]) -> Draft:
    """Return `draft` without citations of the records in `gone`, to be checked on what is left."""

    def lighter(claim: Claim) -> Claim:
        return replace(claim, citations=tuple(c for c in claim.citations if c.record_id not in gone))

    paragraphs = tuple(Paragraph(tuple(lighter(c) for c in p.claims)) for p in draft.paragraphs)
    return replace(draft, headline=lighter(draft.headline), deck=lighter(draft.deck), paragraphs=paragraphs)


# One function per check: it returns what is wrong in words, "" if nothing is.


def _not_empty(case: Case) -> str:
    return "" if any(letter.isalnum() for letter in case.claim.text) else "the claim says nothing"


def _given(case: Case) -> str:
    unknown = [c.record_id for c in case.claim.citations if c.record_id not in case.records]
    return f"cites records that are not there: {', '.join(unknown)}" if unknown else ""


def _cites(case: Case) -> str:
    return "" if case.cited else "cites no record that exists"


def _spans(case: Case) -> str:
    for citation in case.claim.citations:
        record = case.records.get(citation.record_id)
        if record is None:
            continue
        if not citation.quote.strip():
            return f"the citation of {record.id} quotes nothing"
        if not record.says(citation.quote):
            return f"{record.id} does not say: {citation.quote}"
    return ""


def _verbatim(case: Case) -> str:
    for quote in quotations(case.claim.text):
        if not quote.strip():
            return "there is an empty quotation"
        if not any(record.says(quote) for record in case.cited):
            return f"no cited record says: {quote}"
    return ""


def _marks(case: Case) -> str:
    text = case.plain
    left = text.count("\N{LEFT DOUBLE QUOTATION MARK}") - text.count(
        "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    right = text.count("\N{RIGHT DOUBLE QUOTATION MARK}") - text.count(
        "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
    )
    if left or right:
        return "quotation marks do not pair"
    if any(mark in text for mark in '"„«»‟'):
        return "words stand in marks that are not curly double quotation marks"
    return ""


def _context(case: Case) -> str:
    for quote in quotations(case.claim.text):
        saying = [text for r in case.cited for text in (r.text, r.title or "") if quote and quote in text]
        if saying and not any(evidence.whole_words(text, quote) for text in saying):
            return f"cuts a word: {quote}"
        if saying and not any(keeps_meaning(text, quote) for text in saying):
            return f"leaves out what turns the quote round: {quote}"
    return ""


def _figures(case: Case) -> str:
    declared = {key: case.numbers[key] for key in case.claim.numbers if key in case.numbers}
    sources = [f"{record.words} {record.place}" for record in case.cited]
    unknown = unexplained(case.claim.text, declared, sources)
    return f"figures from nowhere: {', '.join(unknown)}" if unknown else ""


def _computed(case: Case) -> str:
    for key in case.claim.numbers:
        if key not in case.numbers:
            return f"there is no computed number {key}"
        if not states(case.claim.text, key, case.numbers[key]):
            return f"does not state {key} as computed: {case.numbers[key]:g}"
    return ""


def _measures(case: Case) -> str:
    return "" if case.claim.numbers else "a measured claim states no computed number"


def _named(case: Case) -> str:
    found = evidence.names(case.plain)
    places = evidence.places_named(case.plain, case.cited)
    # A headline has no room to say who speaks; its quote is answered for by the citation.
    unnamed = case.claim.id == "headline" or evidence.unnamed_voice(case.plain)
    heard = bool(quotations(case.claim.text)) and unnamed
    if not found and not places and not heard:
        return "a named claim names nobody and gives nobody the word"
    if places or heard or any(evidence.about(record, name) for record in case.cited for name in found):
        return ""
    return f"no cited record is by or about {', '.join(sorted(found))}"


def _cohort(case: Case) -> str:
    authors = {record.author_key for record in case.cited}
    if len(authors) >= FEWEST_COHORT_AUTHORS:
        return ""
    return f"a shared voice needs {FEWEST_COHORT_AUTHORS} authors, {len(authors)} cited"


def _known_names(case: Case) -> str:
    unknown = evidence.strangers(case.plain, case.cited, case.records.values())
    return f"names that no cited record holds: {', '.join(sorted(unknown))}" if unknown else ""


def _right_place(case: Case) -> str:
    wrong = evidence.misplaced(case.plain, case.cited, case.records.values())
    return f"no cited record comes from {', '.join(sorted(wrong))}" if wrong else ""


def _references(case: Case) -> str:
    if has_references(case.claim.text):
        return "holds a link, a mention or a hashtag"
    foreign = evidence.foreign_hosts(case.claim.text, case.cited)
    return f"holds an address that code did not put there: {', '.join(foreign)}" if foreign else ""


def _characters(case: Case) -> str:
    return "" if clean(case.claim.text) == case.claim.text else "is not in NFC or holds invisible characters"


def _length(case: Case) -> str:
    limit = _LIMITS.get(case.claim.id, CLAIM_LIMIT)
    size = graphemes(case.claim.text)
    return f"{size} graphemes, {limit} allowed" if size > limit else ""


def _privacy(case: Case) -> str:
    named = evidence.handles_in(case.claim.text, case.records.values())
    return f"names private persons: {', '.join(sorted(named))}" if named else ""


def _own_words(case: Case) -> str:
    copied = evidence.copied_run(case.plain, case.cited, LONGEST_COPIED_RUN + 1)
    return f"copies a record without quotation marks: {copied}" if copied else ""


def _always(_: Case) -> bool:
    return True


def _supported(case: Case) -> bool:
    return needs_support(case.claim)


def _quotes(case: Case) -> bool:
    return bool(quotations(case.claim.text))


def _of_kind(kind: ClaimKind) -> Callable[[Case], bool]:
    return lambda case: case.claim.kind is kind


_CHECKS: Mapping[str, tuple[Callable[[Case], bool], Callable[[Case], str]]] = {
    "not-empty": (_always, _not_empty),
    "given": (_always, _given),
    "cites": (_supported, _cites),
    "spans": (_always, _spans),
    "marks": (_always, _marks),
    "verbatim": (_quotes, _verbatim),
    "context": (_quotes, _context),
    "figures": (_always, _figures),
    "computed": (_always, _computed),
    "measures": (_of_kind(ClaimKind.MEASURED), _measures),
    "named": (_of_kind(ClaimKind.NAMED), _named),
    "cohort": (_of_kind(ClaimKind.COHORT), _cohort),
    "known-names": (_always, _known_names),
    "right-place": (_supported, _right_place),
    "references": (_always, _references),
    "characters": (_always, _characters),
    "length": (_always, _length),
    "privacy": (_always, _privacy),
    "own-words": (_always, _own_words),
}


def _whole(draft: Draft) -> Iterator[tuple[str, str]]:
    claims = list(draft.claims())
    ids = [claim.id for claim in claims]
    yield "unique-ids", "" if len(set(ids)) == len(ids) and all(ids) else "claim ids repeat or are empty"
    pairs = {(c.marker, c.record_id) for claim in claims for c in claim.citations}
    one_to_one = len({m for m, _ in pairs}) == len(pairs) == len({r for _, r in pairs})
    yield "markers", "" if one_to_one else "a marker stands for two records, or a record has two markers"
    size = len(draft.paragraphs)
    fits = FEWEST_PARAGRAPHS <= size <= MOST_PARAGRAPHS
    yield "paragraphs", "" if fits else f"{size} paragraphs, {FEWEST_PARAGRAPHS} to {MOST_PARAGRAPHS} wanted"
    uncited = sum(not needs_support(claim) for claim in claims)
    share = uncited / len(claims)
    yield (
        "readings",
        "" if share <= _MOST_UNCITED_SHARE else f"{uncited} of {len(claims)} claims rest on nothing",
    )
