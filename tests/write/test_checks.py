from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.story import Citation, Claim, ClaimKind, Paragraph, Report
from bot.domain.text import quotations
from bot.write.checks import check, prune, standing, thin, without
from tests.write.sample import (
    BODY,
    BRIEF,
    DRAFT,
    FIRST,
    PLACE_OF_FIRST,
    QUOTE,
    RECORDS,
    SAMPLE,
    cite,
    failed,
    showing,
    with_claim,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class TestQuotes:
    def test_an_exact_quote_passes(self) -> None:
        """A verbatim quote, attributed to its community, passes every check."""
        assert failed(f"{PLACE_OF_FIRST}“{QUOTE}”.", cite(1, QUOTE)) == set()

    def test_an_invented_quote_fails(self) -> None:
        """Words that nobody said do not stand in quotation marks."""
        assert "verbatim" in failed(f"{PLACE_OF_FIRST}“Quillon will be sorry for this one day”.", cite(1))

    def test_a_quote_from_a_record_that_is_not_cited_fails(self) -> None:
        """A quote must stand in a record of its own claim."""
        assert "verbatim" in failed(f"{PLACE_OF_FIRST}“{QUOTE}”.", cite(4))

    def test_a_citation_must_quote_its_record(self) -> None:
        """The span of a citation is verbatim and not empty."""
        assert "spans" in failed(f"{PLACE_OF_FIRST}“{QUOTE}”.", cite(1, "never said"))

    def test_straight_marks_fail(self) -> None:
        """Words in other quotation marks would escape the verbatim check."""
        assert "marks" in failed(f'{PLACE_OF_FIRST}"{QUOTE}".', cite(1))
        assert "marks" in failed(f"{PLACE_OF_FIRST}“{QUOTE}.", cite(1))

    def test_a_cut_negation_fails(self) -> None:
        """A quote that leaves out the words that turn it round is refused."""
        index = next(i for i, (_, r) in enumerate(SAMPLE) if "don't trust the hub" in r.text)
        assert "context" in failed(
            "An r/LocalModels commenter wrote: “trust the hub to keep the old revision”.", cite(index)
        )

    def test_half_a_word_fails(self) -> None:
        """A quote does not begin inside a word."""
        assert "context" in failed(f"{PLACE_OF_FIRST}“{QUOTE[2:]}”.", cite(1))


class TestSupport:
    def test_an_unknown_record_fails(self) -> None:
        """A cited id must have been given."""
        assert {"given", "cites"} <= failed("Quillon is new.", Citation(99, "reddit:none", "x"))

    def test_no_citation_fails(self) -> None:
        """A claim that needs support cites something."""
        assert "cites" in failed("Quillon surprised them.")

    def test_a_shared_voice_needs_three_authors(self) -> None:
        """A cohort of two is no cohort."""
        text = "People there speak of Quillon."
        assert "cohort" in failed(text, cite(1), cite(2), kind=ClaimKind.COHORT)
        assert failed(text, cite(1), cite(2), cite(3), kind=ClaimKind.COHORT) == set()

    def test_a_name_must_stand_in_a_cited_record(self) -> None:
        """Nobody is named who does not occur in what the claim cites."""
        found = failed("Tamarack announced a new licence for Quillon.", cite(1))
        assert "known-names" in found

    def test_a_named_claim_names_somebody(self) -> None:
        """A position of nobody is no position."""
        assert "named" in failed("it was a mistake.", cite(1))

    def test_a_place_must_be_where_a_cited_record_comes_from(self) -> None:
        """What was said on one site is not put into the mouth of another."""
        assert "right-place" in failed(f"A Hacker News commenter wrote: “{QUOTE}”.", cite(1, QUOTE))

    def test_a_measured_claim_states_the_computed_value(self) -> None:
        """Another number than the computed one is refused, and so is none."""
        kind = ClaimKind.MEASURED
        assert failed("There were 19 posts.", cite(1), kind=kind, numbers=("records",)) == set()
        assert {"computed", "figures"} <= failed(
            "There were 21 posts.", cite(1), kind=kind, numbers=("records",)
        )
        assert "measures" in failed("There were posts.", cite(1), kind=kind)
        assert "computed" in failed("There were 19 posts.", cite(1), kind=kind, numbers=("invented",))

    def test_a_figure_must_come_from_somewhere(self) -> None:
        """A number that is neither computed nor in a cited record is refused."""
        assert "figures" in failed("Quillon lost half its users, 40,000 of them.", cite(1))
        assert "figures" in failed("Quillon gave no reason.40", cite(1))


class TestSurface:
    @pytest.mark.parametrize(
        "text",
        [
            "Quillon is at https://x.example now.",
            "Quillon, says @somebody.",
            "Quillon and #openness.",
            "Quillon, see evil.com for more.",
        ],
    )
    def test_no_reference_that_code_did_not_put_there(self, text: str) -> None:
        """Links, mentions, hashtags and addresses are refused."""
        assert "references" in failed(text, cite(1))

    @pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2066", "e\u0301"])
    def test_only_visible_composed_characters(self, mark: str) -> None:
        """Bidi and zero-width characters and decomposed letters are refused."""
        assert "characters" in failed(f"Quillon {mark} is new.", cite(1))

    def test_a_handle_is_not_named(self) -> None:
        """The author of a record does not appear in the text, quoted or not."""
        assert "privacy" in failed(f"{FIRST.author.handle} spoke of Quillon.", cite(1))

    def test_records_are_not_copied_outside_marks(self) -> None:
        """Eight words of a record in a row belong between quotation marks."""
        copied = " ".join(FIRST.text.split()[:9])
        assert "own-words" in failed(f"{copied}, said Quillon people.", cite(1))

    def test_lengths_are_counted_in_graphemes(self) -> None:
        """A headline of 111 graphemes is too long."""
        headline = replace(DRAFT.headline, text="Quillon " + "n" * 103)
        report = check(replace(DRAFT, headline=headline), RECORDS, BRIEF.numbers)
        assert "length" in {row.name for row in report.failed if row.claim_id == "headline"}

    def test_an_empty_claim_fails(self) -> None:
        """Punctuation is no statement."""
        assert "not-empty" in failed(" … ", cite(1))


class TestWhole:
    def test_markers_are_one_to_one(self) -> None:
        """A marker stands for one record throughout."""
        other = next(r for _, r in SAMPLE if r.id != BODY[0].citations[0].record_id)
        clash = Claim("x1", ClaimKind.NAMED, "Quillon.", (Citation(1, other.id, other.text), cite(0)))
        assert "markers" in {row.name for row in check(with_claim(clash), RECORDS, BRIEF.numbers).failed}

    def test_readings_are_few(self) -> None:
        """The narrator's own reading may not make up the story."""
        readings = tuple(Claim(f"r{n}", ClaimKind.ANALYSIS, "So it goes.") for n in range(20))
        draft = replace(DRAFT, paragraphs=(*DRAFT.paragraphs, Paragraph(readings)))
        assert "readings" in {row.name for row in check(draft, RECORDS, BRIEF.numbers).failed}

    def test_fidelity_is_the_share_of_supported_claims(self) -> None:
        """One claim in n+1 that fails lowers fidelity accordingly."""
        bad = Claim("x1", ClaimKind.NAMED, "Tamarack said so.", (Citation(77, "reddit:none", "x"),))
        needing = len(list(DRAFT.claims())) + 1
        assert check(with_claim(bad), RECORDS, BRIEF.numbers).fidelity == 100 * (needing - 1) // needing


class TestFront:
    @pytest.mark.parametrize("front", ["headline", "deck"])
    @pytest.mark.parametrize(
        ("text", "check_"),
        [
            ("One commenter wrote: “The whole thing was staged from the start.”", "verbatim"),
            ("Quillon drew 9,431 posts.", "figures"),
            ("Tamarack Labs answered for Quillon.", "known-names"),
            ("Quillon went unmentioned.", "absence"),
            ("Talk of Quillon rose.", "comparisons"),
            ("On 9 August Quillon changed hands.", "dates"),
            ("Quillon, says @somebody.", "references"),
            (FIRST.text.rstrip("."), "own-words"),
        ],
    )
    def test_headline_and_deck_obey_the_rules_of_the_body(self, front: str, text: str, check_: str) -> None:
        """What is refused in the body is refused in headline and deck, and without them there is no story."""
        claim = Claim(front, ClaimKind.NAMED, text, (cite(1),))
        draft = replace(DRAFT, headline=claim) if front == "headline" else replace(DRAFT, deck=claim)
        report = check(draft, RECORDS, BRIEF.numbers)
        assert check_ in failed(text, cite(1))
        assert check_ in {row.name for row in report.failed if row.claim_id == front}
        assert prune(DRAFT, report, RECORDS) is None


class TestPrune:
    def test_failing_claims_are_dropped_with_empty_paragraphs(self) -> None:
        """What does not stand goes; the rest stays as it was."""
        bad = Claim("x1", ClaimKind.NAMED, "Tamarack said so.", (Citation(77, "reddit:none", "x"),))
        draft = with_claim(bad)
        assert prune(draft, check(draft, RECORDS, BRIEF.numbers), RECORDS) == DRAFT

    def test_without_its_headline_there_is_no_story(self) -> None:
        """A story whose headline or deck fails is not published."""
        made_up = "“invented words here”"
        headless = replace(DRAFT, headline=replace(DRAFT.headline, text=made_up))
        deckless = replace(DRAFT, deck=replace(DRAFT.deck, text=made_up))
        for draft in (headless, deckless):
            assert prune(draft, check(draft, RECORDS, BRIEF.numbers), RECORDS) is None

    def test_two_paragraphs_are_no_story(self) -> None:
        """A story that lost too much is not published."""
        draft = replace(DRAFT, paragraphs=DRAFT.paragraphs[:2])
        assert prune(draft, Report((), 100), RECORDS) is None

    def test_two_people_are_no_story(self) -> None:
        """A story shows what three people said; of who is cited beside another's words it shows nothing."""
        stands = Report((), 100)
        assert prune(showing(1, 2, 3), stands, RECORDS) == showing(1, 2, 3)
        assert prune(showing(1, 2, 1), stands, RECORDS) is None
        first, *others = showing(1, 2, 1).paragraphs
        claim = replace(first.claims[0], citations=(cite(1), cite(3)))
        assert prune(replace(showing(1), paragraphs=(Paragraph((claim,)), *others)), stands, RECORDS) is None

    def test_figures_show_nobody(self) -> None:
        """A measured claim rests on many people and shows none, unless it quotes them."""
        counted = Claim("x1", ClaimKind.MEASURED, "Some 19 posts.", (cite(3),), ("records",))
        draft = showing(1, 2, 1)
        draft = replace(draft, paragraphs=(*draft.paragraphs, Paragraph((counted,))))
        assert "of 2 people only" in thin(draft, RECORDS)
        told = replace(counted, kind=ClaimKind.NAMED)
        assert thin(replace(draft, paragraphs=(*draft.paragraphs, Paragraph((told,)))), RECORDS) == ""


class TestErasure:
    def test_a_story_that_lost_its_third_person_does_not_stand(self) -> None:
        """When one of three people takes a post back, what is left shows two, and is no story."""
        draft, gone = showing(1, 2, 3, 1, 2), SAMPLE[3][1].id
        left = {key: record for key, record in RECORDS.items() if key != gone}
        lighter = without(draft, {gone})
        assert "people" in {row.name for row in check(lighter, left, BRIEF.numbers).failed}
        assert "people" not in {row.name for row in check(draft, RECORDS, BRIEF.numbers).failed}
        assert standing(lighter, left, BRIEF.numbers) is None

    def test_a_quoted_record_that_is_gone_takes_its_claim_with_it(self) -> None:
        """When a quoted post disappears, no claim that quotes it survives."""
        claim = next(c for c in BODY if c.kind is ClaimKind.NAMED and quotations(c.text))
        gone = claim.citations[0].record_id
        left = {key: record for key, record in RECORDS.items() if key != gone}
        report = check(without(DRAFT, {gone}), left, BRIEF.numbers)
        assert claim.id in {row.claim_id for row in report.failed}

    def test_a_claim_with_other_support_survives(self) -> None:
        """A measured claim that cites several records loses the citation, not its life."""
        claim = next(c for c in DRAFT.claims() if c.kind is ClaimKind.MEASURED and len(c.citations) > 2)
        gone = claim.citations[-1].record_id
        left = {key: record for key, record in RECORDS.items() if key != gone}
        report = check(without(DRAFT, {gone}), left, BRIEF.numbers)
        assert claim.id not in {
            row.claim_id for row in report.failed if row.name in {"given", "spans", "cites"}
        }


def _swapped(claim: Claim, words: str) -> Claim:
    quotes = quotations(claim.text)
    assume(quotes)
    return replace(claim, text=claim.text.replace(quotes[0], f"{quotes[0]} {words}"))


def _copied(claim: Claim, _: str) -> Claim:
    text = f"{claim.text} {FIRST.text.rstrip('.')}"
    return replace(claim, text=text, citations=(*claim.citations, cite(1)))


LIES: dict[str, Callable[[Claim, str], Claim]] = {
    "quote": lambda claim, words: replace(claim, text=f"{claim.text} “{words}”"),
    "swap": _swapped,
    "id": lambda claim, words: replace(
        claim, citations=(*claim.citations, Citation(500, f"reddit:{words[:3]}", words))
    ),
    "number": lambda claim, words: replace(claim, text=f"{claim.text} It was {1000 + len(words)}."),
    "name": lambda claim, _: replace(claim, text=f"{claim.text} Vexatron Labs agrees with it."),
    "handle": lambda claim, _: replace(claim, text=f"{claim.text} It was {FIRST.author.handle}."),
    "link": lambda claim, words: replace(claim, text=f"{claim.text} https://{words[:4]}.example"),
    "copy": _copied,
}


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, len(BODY) + 1),
    st.sampled_from(sorted(LIES)),
    st.lists(st.sampled_from(["zeppelin", "marmalade", "ostrich", "gazebo"]), min_size=2, max_size=6).map(
        " ".join
    ),
)
def test_whatever_is_made_up_is_caught(at: int, how: str, words: str) -> None:
    """An invented quote, id, number, name, handle, link or copied passage in any claim never survives."""
    claim = [DRAFT.headline, DRAFT.deck, *BODY][at]
    lie = LIES[how](claim, words)
    told = {claim.id: lie}
    paragraphs = tuple(Paragraph(tuple(told.get(c.id, c) for c in p.claims)) for p in DRAFT.paragraphs)
    draft = replace(
        DRAFT,
        headline=told.get("headline", DRAFT.headline),
        deck=told.get("deck", DRAFT.deck),
        paragraphs=paragraphs,
    )
    report = check(draft, RECORDS, BRIEF.numbers)
    assert claim.id in {row.claim_id for row in report.failed}
    survivor = prune(draft, report, RECORDS)
    assert survivor is None or lie not in list(survivor.claims())
