"""The checks of what a claim means: times, comparisons, silence, persons, and quotes in their context."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.story import Citation, Claim, ClaimKind
from bot.write.checks import check
from bot.write.comparison import across, nothing_said, uncounted
from bot.write.extractive import assemble
from tests.write.factory import brief
from tests.write.sample import (
    BRIEF,
    FIRST,
    PLACE_OF_FIRST,
    QUOTE,
    RECORDS,
    at,
    cite,
    failed,
    with_claim,
)


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
        "text",
        [
            "Nobody spoke of Quillon.",
            "Bluesky fell silent on Quillon.",
            "Quillon went unmentioned.",
            "Hacker News stayed out of the Quillon dispute.",
            "Bluesky steered clear of Quillon.",
            "Zero commenters objected to Quillon.",
            "No commenter on Hacker News objected to Quillon.",
            "Hardly any users spoke of Quillon.",
        ],
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

    def test_not_anybody_is_nobody(self) -> None:
        """A record that says "did not warn anybody" bears that nobody was warned."""
        record = replace(FIRST, text="Harrow did not warn anybody before the change of Quillon.")
        told = "Nobody was warned before the change of Quillon."
        assert nothing_said(told, [record], {}) == ()
        assert nothing_said(told, [FIRST], {}) == ("nobody",)

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

    def test_who_stayed_out_of_a_thing_may_be_told(self) -> None:
        """A record bears that somebody kept away from what is no talk."""
        said = replace(FIRST, text="Marrow stayed out of the market for cards.")
        assert nothing_said("Marrow stayed out of the market for cards.", [said], {}) == ()
        assert nothing_said("Marrow stayed out of the market for cards.", [FIRST], {}) != ()

    @pytest.mark.parametrize("part", ["A tenth", "1/10", "One tenth", "\u2152", "An eighth", "Two thirds"])
    def test_a_part_is_computed_or_said(self, part: str) -> None:
        """A part of the people rests on a share as large or on a record that states it, and on no other."""
        text = f"{part} of the commenters left Quillon."
        assert uncounted(text, [FIRST], {}) != ()
        assert uncounted(text, [FIRST], {"share:x": 50.0}) != ()
        assert uncounted(text, [replace(FIRST, text=text)], {}) == ()

    def test_a_part_is_as_large_as_the_share(self) -> None:
        """A third is about 33%, a tenth about 10%, half about 50%."""
        shares = {
            "A third": 34.0,
            "A tenth": 10.0,
            "Half": 47.0,
            "1/2": 51.0,
            "\u00bd": 50.0,
            "Two thirds": 65.0,
        }
        for part, share in shares.items():
            assert uncounted(f"{part} of the posts stood there.", [FIRST], {"share:x": share}) == ()

    def test_saying_less_than_others_is_compared(self) -> None:
        """That one place says less than another is for counts, of whatever it says it."""
        text = "Bluesky said less about Quillon than Hacker News."
        assert uncounted(text, [FIRST], {}) != ()
        assert "comparisons" in failed(text, cite(1))
        assert "comparisons" not in failed("Quillon is less strict about fees than before.", cite(1))

    def test_across_a_gap_no_time_is_set_against_another(self) -> None:
        """Two moods, of before and of now, are compared where all was heard; one alone compares nothing."""
        keys = ("people-against-before", "people-against-now")
        assert across(keys) == keys
        assert across(keys[1:]) == ()

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
