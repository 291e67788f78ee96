"""The code checks: what a draft says is held against the records it cites. The same for every writer.

They run on drafting, before publishing, and again when records disappear; `records` then simply lacks them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.domain.story import Check, ClaimKind, Draft, Paragraph, Report
from bot.domain.text import clean, graphemes, has_references, quotations
from bot.write import comparison, evidence, marks, times
from bot.write.acquaintances import private_persons
from bot.write.bearing import unborne
from bot.write.case import Case
from bot.write.certainty import surer
from bot.write.context import cut
from bot.write.numbers import (
    figures,
    miscounted,
    states,
    unexplained,
    without_declared,
    without_people,
    written,
)
from bot.write.overreach import overreaches
from bot.write.places import from_press
from bot.write.tally import beside_the_count
from bot.write.turned import turned
from bot.write.uncited import asserts, without_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bot.domain.record import Record
    from bot.domain.story import Claim

HEADLINE_LIMIT, DECK_LIMIT, CLAIM_LIMIT = 110, 300, 900
FEWEST_PARAGRAPHS, MOST_PARAGRAPHS = 3, 8
FEWEST_COHORT_AUTHORS = 3
# A story that shows what fewer people said shows no groundswell, however many there were.
FEWEST_SHOWN = 3
LONGEST_COPIED_RUN = 7
_MOST_UNCITED_SHARE = 0.25
_ON_QUOTES = frozenset({"marks", "verbatim", "speaker", "context"})
_ON_FIGURES = frozenset({"figures", "computed", "measures", "comparisons", "absence", "across-gaps", "dates"})
_ON_NAMES = frozenset({"named", "known-names", "right-place", "privacy", "public-role"})
_ON_RECORDS = frozenset(
    {"given", "cites", "connects", "spans", "cohort", "own-words", "subject", "turned", "certainty", "reach"}
)
_LIMITS = {"headline": HEADLINE_LIMIT, "deck": DECK_LIMIT}


def check(draft: Draft, records: Mapping[str, Record], numbers: Mapping[str, float]) -> Report:
    """Return the report on `draft`: every check of every claim, and the fidelity.

    `records` are all that the writer was given, by id, without those that were taken back since; `numbers`
    are the computed numbers, by key.
    """
    rows: list[Check] = []
    told = {c.record_id for c in draft.citations() if c.record_id in records}
    for claim in draft.claims():
        rows.extend(of_claim(claim, records, numbers, beside=[records[one] for one in sorted(told)]))
    said = f"{sum(1 for _ in draft.claims())} claims"
    rows.extend(Check(name, "", not problem, problem, said) for name, problem in _whole(draft, records))
    rows.extend(draft.readings)
    return Report(tuple(rows), _fidelity(draft, rows))


def of_claim(
    claim: Claim,
    records: Mapping[str, Record],
    numbers: Mapping[str, float],
    *,
    beside: Sequence[Record] = (),
) -> Iterator[Check]:
    """Yield every check of one claim of a story that cites the records `beside` it; else as `check`."""
    cited = tuple(records[c.record_id] for c in claim.citations if c.record_id in records)
    case = Case(claim, cited, beside, records, numbers)
    for name, (applies, judge) in _CHECKS.items():
        if applies(case):
            problem = judge(case)
            yield Check(name, case.claim.id, not problem, problem, _looked_at(name, case))


def _looked_at(name: str, case: Case) -> str:
    """Return what a check had before it, in counts: a report keeps no word of a record."""
    text, cited = case.claim.text, f"{len(case.cited)} records"
    if name in _ON_QUOTES:
        return f"{len(quotations(text))} quotations, {cited}"
    if name in _ON_FIGURES:
        return f"{len(figures(case.plain))} figures, {len(case.declared)} computed, {cited}"
    if name in _ON_NAMES:
        return f"{len(evidence.names(case.plain))} names, {cited}"
    return cited if name in _ON_RECORDS else f"{graphemes(text)} graphemes"


def _fidelity(draft: Draft, rows: list[Check]) -> int:
    broken = {row.claim_id for row in rows if not row.passed}
    needing = [claim for claim in draft.claims() if needs_support(claim)]
    kept = sum(claim.id not in broken for claim in needing)
    return 100 * kept // len(needing) if needing else 0


def needs_support(claim: Claim) -> bool:
    """Tell whether `claim` has to rest on something: all but the narrator's own reading, within the body."""
    front = claim.id in _LIMITS
    reports = claim.kind is not ClaimKind.ANALYSIS or bool(quotations(claim.text))
    return front or reports or bool(claim.citations)


def prune(draft: Draft, report: Report, records: Mapping[str, Record]) -> Draft | None:
    """Return `draft` without the claims that failed, None if what is left is no story.

    A story needs its headline, its deck, three paragraphs, and three people whose words it shows.
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
    pruned = replace(draft, paragraphs=paragraphs)
    if thin(pruned, records):
        return None
    left = {claim.id for claim in pruned.claims()}
    return replace(pruned, readings=tuple(row for row in draft.readings if row.claim_id in left))


def thin(draft: Draft, records: Mapping[str, Record]) -> str:
    """Say so if `draft` shows too few people, "" if it shows enough.

    It shows those it quotes, or cites for a claim without a quotation. Figures rest on all of them and show
    none.
    """
    people: set[str] = set()
    for claim in draft.claims():
        told = quotations(claim.text)
        if claim.kind is ClaimKind.MEASURED and not told:
            continue
        cited = [records[one.record_id] for one in claim.citations if one.record_id in records]
        people |= {one.author_key for one in cited if not told or any(map(one.says, told))}
    shown = len(people - {""})
    if shown >= FEWEST_SHOWN:
        return ""
    return f"of {shown} people only can it be shown what they said, of {FEWEST_SHOWN} it takes"


def standing(
    draft: Draft,
    records: Mapping[str, Record],
    numbers: Mapping[str, float],
    report: Report | None = None,
) -> tuple[Draft, Report] | None:
    """Return what of `draft` may be published, with its report; None if what is left is no story.

    `report` is what `check` says of the draft, where that is known. The fidelity is that of the whole draft:
    what had to be left out counts.
    """
    report = report or check(draft, records, numbers)
    fidelity = report.fidelity
    while (left := prune(draft, report, records)) != draft:
        if left is None:
            return None
        # What connected a sentence that fell may have nothing to connect any more.
        draft, report = left, replace(check(left, records, numbers), fidelity=fidelity)
    return draft, report


def without(draft: Draft, gone: set[str] | frozenset[str]) -> Draft:
    """Return `draft` without citations of the records in `gone`, to be checked on what is left."""

    def lighter(claim: Claim) -> Claim:
        return replace(claim, citations=tuple(c for c in claim.citations if c.record_id not in gone))

    # What was read with a record that is gone has not been read as it stands now; code still checks it.
    stale = {claim.id for claim in draft.claims() if gone & {c.record_id for c in claim.citations}}
    return replace(
        draft,
        headline=lighter(draft.headline),
        deck=lighter(draft.deck),
        paragraphs=tuple(Paragraph(tuple(lighter(c) for c in p.claims)) for p in draft.paragraphs),
        readings=tuple(row for row in draft.readings if row.claim_id not in stale),
    )


# One function per check: it returns what is wrong in words, "" if nothing is.


def _not_empty(case: Case) -> str:
    return "" if any(letter.isalnum() for letter in case.claim.text) else "the claim says nothing"


def _given(case: Case) -> str:
    unknown = [str(c.marker) for c in case.claim.citations if c.record_id not in case.records]
    return f"cites records that are not there: {', '.join(unknown)}" if unknown else ""


def _cites(case: Case) -> str:
    return "" if case.cited else "cites no record that exists"


def _connects(case: Case) -> str:
    wrong = asserts(without_declared(case.claim.text, case.declared), case.beside)
    return f"rests on nothing, and tells more than it connects: {wrong}" if wrong else ""


def _spans(case: Case) -> str:
    for citation in case.claim.citations:
        record = case.records.get(citation.record_id)
        if record is None:
            continue
        if not citation.quote.strip():
            return f"the citation of record {citation.marker} quotes nothing"
        if not record.says(citation.quote):
            return f"record {citation.marker} does not say what is cited from it"
    return ""


def _verbatim(case: Case) -> str:
    for number, quote in enumerate(quotations(case.claim.text), 1):
        if not quote.strip():
            return "there is an empty quotation"
        if not any(record.says(quote) for record in case.cited):
            return f"quotation {number} stands in no cited record"
    return ""


def _speaker(case: Case) -> str:
    told = quotations(case.claim.text)
    wrong = evidence.mouths(case.claim.text, [record for record in case.cited if any(map(record.says, told))])
    if wrong:
        return f"puts another's words into the mouth of {', '.join(sorted(wrong))}"
    return "gives one person the words of several" if evidence.joins(case.claim.text, case.cited) else ""


def _marks(case: Case) -> str:
    return marks.astray(case.plain)


def _context(case: Case) -> str:
    for number, quote in enumerate(quotations(case.claim.text), 1):
        saying = [text for r in case.cited for text in (r.text, r.title or "") if quote and quote in text]
        if lost := cut(case.claim.text, quote, saying):
            return f"quotation {number} {lost}"
    return ""


def _figures(case: Case) -> str:
    sources = [f"{record.words} {record.place}" for record in case.cited]
    text = case.claim.text if case.cited else without_pairs(case.claim.text)
    left = without_people(without_declared(text, case.declared), case.voices)
    unknown = unexplained(left, {}, sources)
    return f"no cited post and no computed number says {', '.join(unknown)}" if unknown else ""


def _computed(case: Case) -> str:
    for key in case.claim.numbers:
        if key not in case.numbers:
            return f"there is no computed number {key}"
        if not states(case.claim.text, key, case.numbers[key]):
            return f"does not state {key} as computed: {case.numbers[key]:g}"
    if wrong := _counted_elsewhere(case):
        return f"says of one place what was counted in another: {', '.join(wrong)}"
    said = {way for record in case.cited for figure in figures(record.words) for way in figure.readings}
    counted = miscounted(without_people(case.claim.text, case.voices), case.declared)
    # Whoever is cited may have counted as many of their own.
    if wrong := tuple(one for one in counted if not {figure.whole for figure in figures(one)} <= said):
        return f"says of people what was counted of posts, or the reverse: {', '.join(wrong)}"
    return ""


def _counted_elsewhere(case: Case) -> tuple[str, ...]:
    """Return the figures that a claim which names places states of none of them.

    A publication is no such place: nobody is counted there, and its name may be the matter's. A share "of it"
    is that of a place that is named.
    """
    every = {record.place for record in case.records.values()}
    talk = [record for record in case.records.values() if not from_press(record)]
    here = {place for _, place in evidence.places_told(case.plain, talk)}
    counted: dict[str, list[bool]] = defaultdict(list)
    for key, value in case.declared.items():
        kind, _, rest = key.partition(":")
        place = rest.split(":")[0]
        fits = place not in every or place in here or "elsewhere" in kind
        counted[written(key, value)].append(fits)
    return tuple(
        one for one, fits in counted.items() if (here or f"{one} of it" in case.plain) and not any(fits)
    )


def _dates(case: Case) -> str:
    wrong = times.unfounded(case.plain, case.cited, case.declared)
    return f"days or ages that no cited record bears: {', '.join(wrong)}" if wrong else ""


def _comparisons(case: Case) -> str:
    wrong = comparison.uncounted(case.plain, case.cited, case.declared)
    return f"compares what was not counted: {', '.join(wrong)}" if wrong else ""


def _absence(case: Case) -> str:
    heard = {} if case.gaps else case.declared
    wrong = comparison.nothing_said(case.claim.text, case.cited, heard)
    return f"speaks of what was not said: {', '.join(wrong)}" if wrong else ""


def _across_gaps(case: Case) -> str:
    wrong = comparison.across(case.claim.numbers) if case.gaps else ()
    return f"compares communities although not all was heard: {', '.join(wrong)}" if wrong else ""


def _measures(case: Case) -> str:
    if not case.claim.numbers:
        return "a measured claim states no computed number"
    told = without_declared(case.claim.text, case.declared)
    wrong = beside_the_count(told, [*case.cited, *case.beside])
    return f"tells besides its figures what no record beside it says: {wrong}" if wrong else ""


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
    if case.voices >= FEWEST_COHORT_AUTHORS:
        return ""
    return f"a shared voice needs {FEWEST_COHORT_AUTHORS} authors, {case.voices} cited"


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
    return f"gives away {len(named)} user names" if named else ""


def _public_role(case: Case) -> str:
    named = private_persons(case.plain, case.cited, case.records.values())
    return f"names {len(named)} persons whom no cited record shows in a public role" if named else ""


def _own_words(case: Case) -> str:
    # What cites nothing may be copied all the same.
    read = case.cited or case.beside
    if evidence.copied_run(case.plain, read, LONGEST_COPIED_RUN + 1):
        return f"copies more than {LONGEST_COPIED_RUN} words of a record without quotation marks"
    near = evidence.near_copy(case.plain, read)
    return "is a record's sentence but for a few words, without quotation marks" if near else ""


def _narrator(case: Case) -> str:
    said = evidence.person_of(case.plain)
    return f"speaks as one of the people or to the reader: {said}" if said else ""


def _against_records(judge: Callable[[str, Sequence[Record]], str], problem: str) -> Callable[[Case], str]:
    def judged(case: Case) -> str:
        # What was computed is no record's to say: "in seven hours" is nobody's "seven weeks".
        wrong = judge(without_declared(case.claim.text, case.declared), case.cited)
        return f"{problem}: {wrong}" if wrong else ""

    return judged


def _always(_: Case) -> bool:
    return True


def _rests_on_records(case: Case) -> bool:
    return bool(case.cited)


def _tells(case: Case) -> bool:
    """Whether the claim tells what was said, rather than how much."""
    return bool(case.cited) and case.claim.kind is not ClaimKind.MEASURED


def _supported(case: Case) -> bool:
    return needs_support(case.claim)


def _rests_on_nothing(case: Case) -> bool:
    return not needs_support(case.claim)


def _quotes(case: Case) -> bool:
    return bool(quotations(case.claim.text))


def _of_kind(kind: ClaimKind) -> Callable[[Case], bool]:
    return lambda case: case.claim.kind is kind


def _of_many(case: Case) -> bool:
    counted = case.claim.kind is ClaimKind.MEASURED
    return case.claim.kind is ClaimKind.COHORT or (
        not counted and evidence.shared_voice(case.plain, case.cited, case.records.values())
    )


_CHECKS: Mapping[str, tuple[Callable[[Case], bool], Callable[[Case], str]]] = {
    "not-empty": (_always, _not_empty),
    "given": (_always, _given),
    "cites": (_supported, _cites),
    "connects": (_rests_on_nothing, _connects),
    "spans": (_always, _spans),
    "marks": (_always, _marks),
    "verbatim": (_quotes, _verbatim),
    "speaker": (_quotes, _speaker),
    "context": (_quotes, _context),
    "figures": (_always, _figures),
    "computed": (_always, _computed),
    "dates": (_always, _dates),
    "comparisons": (_always, _comparisons),
    "absence": (_always, _absence),
    "across-gaps": (_always, _across_gaps),
    "measures": (_of_kind(ClaimKind.MEASURED), _measures),
    "named": (_of_kind(ClaimKind.NAMED), _named),
    "cohort": (_of_many, _cohort),
    "known-names": (_always, _known_names),
    "right-place": (_supported, _right_place),
    "references": (_always, _references),
    "characters": (_always, _characters),
    "length": (_always, _length),
    "privacy": (_always, _privacy),
    "public-role": (_always, _public_role),
    "own-words": (_always, _own_words),
    "subject": (_tells, _against_records(unborne, "the cited records do not speak of it")),
    "turned": (_rests_on_records, _against_records(turned, "turns round what a cited record says")),
    "certainty": (_rests_on_records, _against_records(surer, "is surer than what it cites")),
    "reach": (_rests_on_records, _against_records(overreaches, "says more than any cited record")),
    "narrator": (_always, _narrator),
}


def _whole(draft: Draft, records: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
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
    yield "people", thin(draft, records)
