from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.story import Citation, Claim, ClaimKind, Draft, Paragraph, Report
from bot.domain.text import quotations
from bot.write.checks import check, prune, standing, thin, without
from bot.write.comparison import nothing_said
from bot.write.extractive import assemble
from tests.write.factory import brief

if TYPE_CHECKING:
    from collections.abc import Callable

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


def at(text: str) -> int:
    """Return the place in the sample of the record that says `text`."""
    return next(i for i, (_, r) in enumerate(SAMPLE) if text in r.words)


class TestTime:
    def test_a_day_must_be_one_that_a_cited_record_bears(self) -> None:
        """The day a cited record was written on may be named, another one may not."""
        assert failed(f"On Wednesday {PLACE_OF_FIRST.lower()}“{QUOTE}”.", cite(1, QUOTE)) == set()
        assert failed(f"On Friday {PLACE_OF_FIRST.lower()}“{QUOTE}”.", cite(1, QUOTE)) == {"dates"}
        assert "dates" in failed("Quillon changed in June.", cite(1))

    def test_an_age_must_be_computed_or_told(self) -> None:
        """A span of time that no number and no record states is refused; a record's own is not."""
        assert "dates" in failed("Quillon was changed two weeks ago.", cite(1))
        assert "dates" in failed("A day earlier Quillon was open.", cite(1))
        assert "dates" not in failed(
            "Quillon, one wrote, had been open for seven weeks.", cite(at("for seven weeks"))
        )

    @pytest.mark.parametrize("text", ["They may march on.", "Quillon may be closed.", "Sundaywear sold."])
    def test_a_word_that_looks_like_a_month_is_a_word(self, text: str) -> None:
        """May and march are verbs, too."""
        assert "dates" not in failed(text, cite(1))


class TestComparing:
    @pytest.mark.parametrize(
        "text",
        [
            "Most people on r/LocalModels object to Quillon.",
            "More than half of the posts object.",
            "r/LocalModels outnumbered the others.",
            "Talk of Quillon rose.",
        ],
    )
    def test_what_was_not_counted_is_not_compared(self, text: str) -> None:
        """A comparison that no computed numbers carry is refused."""
        assert "comparisons" in failed(text, cite(1), cite(2), cite(3))

    def test_a_majority_is_one(self) -> None:
        """Most is what is more than half by a computed share."""
        kind = ClaimKind.MEASURED
        key = max((k for k in BRIEF.numbers if k.startswith("share:")), key=lambda k: BRIEF.numbers[k])
        share = f"Most of the posts, {round(BRIEF.numbers[key])}%, stand there."
        found = failed(share, cite(1), kind=kind, numbers=(key,))
        assert ("comparisons" in found) == (BRIEF.numbers[key] <= 50)

    @pytest.mark.parametrize(
        "text", ["Nobody spoke of Quillon.", "Bluesky fell silent on Quillon.", "Quillon went unmentioned."]
    )
    def test_silence_is_not_told(self, text: str) -> None:
        """What people did not say is no finding, unless a record says so or a count of none proves it."""
        assert "absence" in failed(text, cite(2))

    def test_a_record_may_speak_of_silence(self) -> None:
        """A record that says that nobody wrote is told as its author's word; it proves no silence."""
        cited = cite(at("nobody wrote a line"))
        told = "One commenter complained that nobody wrote a line about Quillon."
        assert "absence" not in failed(told, cited)
        assert "absence" in failed("Nobody had written about Quillon.", cited)
        assert "absence" in failed("Nobody wrote a line about Quillon, one commenter said.", cited)

    def test_a_record_bears_that_nobody_did_something(self) -> None:
        """What nobody did, other than talk, is a fact of the world that a record may state."""
        happened = replace(FIRST, text="Nobody at the lab had tested the new licence with a lawyer.")
        told = "Nobody at the lab had tested the licence with a lawyer."
        assert nothing_said(told, [happened], {}) == ()
        assert nothing_said(told, [FIRST], {}) == ("nobody",)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Nobody mentioned the price of Quillon.", "nobody wrote a line"),
            ("Nothing else was said; no one objected to the small shops.", "nobody wrote a line"),
        ],
    )
    def test_a_record_that_speaks_of_another_silence_bears_none(self, text: str, says: str) -> None:
        """That nobody did one thing does not show that nobody did another."""
        assert "absence" in failed(text, cite(at(says)))

    def test_a_count_of_none_bears_only_what_it_counts(self) -> None:
        """That no post elsewhere holds a word says nothing about replies."""
        keys = ("elsewhere:hackernews:output clause",)
        numbers = {**BRIEF.numbers, keys[0]: 0.0}

        def verdict(text: str) -> bool:
            claim = Claim("x1", ClaimKind.MEASURED, text, (cite(1),), keys)
            report = check(with_claim(claim), RECORDS, numbers)
            return "absence" in {row.name for row in report.failed if row.claim_id == "x1"}

        assert not verdict("The output clause comes up in none of the posts elsewhere.")
        assert verdict("None of the posts elsewhere had a reply.")

    def test_across_a_gap_nothing_is_compared(self) -> None:
        """Where something was not heard, no number sets one community against another."""
        key = next(k for k in BRIEF.numbers if k.startswith("share:"))
        claim = Claim("x1", ClaimKind.MEASURED, f"It is {round(BRIEF.numbers[key])}%.", (cite(1),), (key,))
        numbers = {**BRIEF.numbers, "gaps": 1.0}
        report = check(with_claim(claim), RECORDS, numbers)
        assert "across-gaps" in {row.name for row in report.failed if row.claim_id == "x1"}
        told = assemble(brief(gaps=("Bluesky was not heard from 08:00 to 10:00 UTC",)))
        assert check(told, RECORDS, {**BRIEF.numbers, "gaps": 1.0}).failed == ()


class TestPeople:
    SAID = "Marlow Tench told the hearing that the licence was a mistake and should be withdrawn at once."

    @pytest.mark.parametrize(
        ("text", "stays"),
        [
            (SAID, False),
            (SAID.replace("Marlow Tench", "Marlow Tench, the founder of Quillon,"), True),
        ],
    )
    def test_a_person_needs_a_public_role(self, text: str, stays: bool) -> None:  # noqa: FBT001 - a table's column
        """Somebody is named only where a cited record or article shows them acting in public."""
        said = {**RECORDS, "reddit:m1": replace(FIRST, native_id="m1", text=text)}
        claim = Claim(
            "x1", ClaimKind.NAMED, "Marlow Tench said it was wrong.", (Citation(99, "reddit:m1", text),)
        )
        report = check(with_claim(claim), said, BRIEF.numbers)
        found = {row.name for row in report.failed if row.claim_id == "x1"}
        assert ("public-role" not in found) == stays


class TestContext:
    @pytest.mark.parametrize(
        ("text", "quote"),
        [
            ("Great work, team, this licence is a gift to us all. /s", "this licence is a gift to us all"),
            (
                "My boss said: we will never pay for any of this again.",
                "we will never pay for any of this again",
            ),
            (
                'They wrote "the licence is the best thing we ever made" in the notes.',
                "the best thing we ever made",
            ),
            ("> the licence is the best thing we ever made\nReally?", "the best thing we ever made"),
            ("I doubt that the licence is the best thing we made.", "the licence is the best thing we made"),
        ],
    )
    def test_a_quote_keeps_its_meaning(self, text: str, quote: str) -> None:
        """Irony, a quotation within the record, reported speech and doubt are not cut away."""
        said = {**RECORDS, "reddit:m1": replace(FIRST, native_id="m1", text=text)}
        claim = Claim(
            "x1", ClaimKind.NAMED, f"{PLACE_OF_FIRST}“{quote}”.", (Citation(99, "reddit:m1", quote),)
        )
        report = check(with_claim(claim), said, BRIEF.numbers)
        assert "context" in {row.name for row in report.failed if row.claim_id == "x1"}

    def test_a_record_with_a_word_changed_is_a_copy(self) -> None:
        """A sentence that is a record's but for a word here and there belongs between quotation marks."""
        text = "We pinned the old revision of Quillon today and told the entire team not to update."
        assert "own-words" in failed(text, cite(at("We pinned the old revision")))


def test_a_report_says_what_was_looked_at_and_no_word_of_a_record() -> None:
    """Every row says what the check had before it, and what is wrong without a word of a record."""
    secret = FIRST.text.split(". ")[0]
    claim = Claim(
        "x1", ClaimKind.NAMED, f"{FIRST.author.handle}: “{secret[3:]}”, {secret}", (cite(1, "never said"),)
    )
    report = check(with_claim(claim), RECORDS, BRIEF.numbers)
    assert all(row.looked_at for row in report.checks)
    wrong = [row for row in report.failed if row.claim_id == "x1"]
    assert {"spans", "context", "privacy", "own-words"} <= {row.name for row in wrong}
    details = " ".join(
        row.detail for row in wrong if row.name in {"spans", "context", "privacy", "own-words"}
    )
    assert FIRST.author.handle not in details
    assert "torrent" not in details
    assert secret[3:12] not in details
