"""What a writer could try on a reader of the checks: each is refused, and its honest neighbour is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.record import Author, RecordKind
from bot.domain.story import Citation, Claim, ClaimKind
from bot.write.checks import check
from bot.write.evidence import handles_in, place_as_one, private_persons, shared_voice
from bot.write.numbers import miscounted, weekday
from tests.write.factory import NOW
from tests.write.sample import BRIEF, FIRST, PLACE_OF_FIRST, QUOTE, RECORDS, at, cite, failed, with_claim

HUB, SHOP, SEEDERS = at("trust the hub"), at("6 million last year"), at("40 seeders")


def judged(text: str, says: str, kind: ClaimKind = ClaimKind.NAMED, *, title: str | None = None) -> set[str]:
    """Return the checks that a claim with this text fails on a record that says `says`."""
    record = replace(FIRST, native_id="m1", text=says, title=title)
    claim = Claim("x1", kind, text, (Citation(99, record.id, says),))
    report = check(with_claim(claim), {**RECORDS, record.id: record}, BRIEF.numbers)
    return {row.name for row in report.failed if row.claim_id == "x1"}


class TestQuotes:
    @pytest.mark.parametrize(
        "marks",
        [
            "\u2018{}\u2019",
            "'{}'",
            "\u2039{}\u203a",
            "「{}」",
            "``{}''",
            "❝{}❞",
            "″{}″",
            "`{}`",
            "\u201a{}\u2019",
            "\u201a{}\u2018",
            "\u2019{}\u2019",
            "\u00b4{}\u00b4",
            "\u2032{}\u2032",
            "'7 of them said {}'",
            "'26 of them said {}'",
            "\u2018({})\u2019",
            "'{} (twice)'",
            "'{} by 50%'",
        ],
    )
    def test_no_other_marks_are_quotation_marks(self, marks: str) -> None:
        """Words that nobody said do not pass for quoted in single or foreign marks."""
        said = marks.format("The whole thing was staged")
        assert "marks" in failed(f"An r/LocalModels commenter wrote: {said}.", cite(1))

    def test_an_apostrophe_is_no_quotation_mark(self) -> None:
        """Owners and shortened words have apostrophes."""
        text = "Quillon\u2019s users\u2019 files weren't moved, and the users' disks of '26 didn\u2019t fill."
        assert "marks" not in failed(text, cite(1))

    def test_a_short_quote_keeps_the_not_before_it(self) -> None:
        """Three words behind a "don't" say the opposite; where the claim denies them, too, they stand."""
        assert "context" in failed("An r/LocalModels commenter would “trust the hub”.", cite(HUB))
        told = "An r/LocalModels commenter wrote that they don't “trust the hub”."
        assert "context" not in failed(told, cite(HUB))
        assert "context" not in failed("An r/LocalModels commenter spoke of “the old revision”.", cite(HUB))

    @pytest.mark.parametrize(
        "says",
        [
            "Who on earth thinks {}?",
            "Does anybody believe that {}?",
            "Is it true that {}, and for good?",
            "I refuse to accept {}.",
            "They dispute that {}.",
            "It is far from true that {}.",
            "They talk as if {}.",
            "Yeah right, {}.",
            "Yeah right, {}. Lol.",
            "{}. Haha.",
            "My boss keeps telling everybody how {}.",
            "My landlord insists that {}.",
            "Our teacher is always saying {}.",
            "People keep claiming that {}.",
        ],
    )
    def test_a_quote_keeps_what_is_meant(self, says: str) -> None:
        """What is asked, refused, laughed at or another's word is not quoted as its author's view."""
        quote = "Quillon is the best thing that ever happened to us"
        assert "context" in judged(f"One commenter wrote: “{quote}”.", says.format(quote))

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("One commenter wrote: “{}”.", "{}, or what do you think?"),
            ("One commenter wrote: “{}”.", "{}. Who thinks otherwise?"),
            ("One commenter asked whether “{}”.", "Does anybody believe that {}?"),
            ("One commenter wrote: “{}?”", "{}?"),
            ("One commenter wrote: “{}”.", "I keep telling everybody how {}."),
            ("One commenter wrote: “{}”.", "I accept that {}."),
        ],
    )
    def test_what_is_meant_is_quoted(self, text: str, says: str) -> None:
        """A question behind a statement asks nothing of it, and one's own word is one's own."""
        quote = "Quillon is the best thing that ever happened to us"
        assert "context" not in judged(text.format(quote), says.format(quote))

    @pytest.mark.parametrize(
        "text",
        [
            "Quillon wrote: “{}”.",
            "Quillon's lab grew. Quillon told the hub: “{}”.",
            "“{}”, said Quillon.",
            "“{}”, Quillon wrote.",
        ],
    )
    def test_nobody_is_given_anothers_words(self, text: str) -> None:
        """A commenter's sentence on somebody is not quoted as theirs; an article is quoted as its paper's."""
        assert "speaker" in failed(text.format(QUOTE), cite(1, QUOTE))
        article = at("Quillon on Wednesday")
        words = "It gave no reason."
        assert "speaker" not in failed(f"Techcourant.example reported: “{words}”", cite(article, words))
        assert "speaker" not in failed(f"{PLACE_OF_FIRST}“{QUOTE}”.", cite(1, QUOTE))


class TestFigures:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (
                "Quillon's 40 million seeders were there.",
                "My torrent has 40 seeders after 6 million requests.",
            ),
            ("Some 40% of Quillon was kept.", "My torrent of Quillon has 40 seeders."),
            ("It took $40 to keep Quillon.", "My torrent of Quillon has 40 seeders."),
            ("The shop took in 6 million euros before Quillon.", "We took in 6 million before Quillon."),
            ("It took 40 dollars to keep Quillon.", "My torrent of Quillon has 40 seeders."),
        ],
    )
    def test_a_numeral_is_no_other_amount(self, text: str, says: str) -> None:
        """A figure of a record bears no share, sum or multiple of itself."""
        assert "figures" in judged(text, says)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Quillon would cost that shop 40 dollars.", "I'd pay $40 for Quillon."),
            ("Quillon would cost that shop $40.", "I'd pay 40 dollars for Quillon."),
            ("A share of 40 per cent of Quillon was kept.", "We kept 40% of Quillon."),
            ("The shop took in 6 million before Quillon.", "We took in $6 million before Quillon."),
        ],
    )
    def test_an_amount_may_be_written_otherwise(self, text: str, says: str) -> None:
        """A currency or a share may be a sign or a word, and a sign may be left out."""
        assert "figures" not in judged(text, says)

    def test_a_count_stays_in_its_place(self) -> None:
        """What was counted in one place is not said of another."""
        key = "records:r/LocalModels"
        count = round(BRIEF.numbers[key])
        assert count not in {round(BRIEF.numbers[f"records:{p}"]) for p in ("hackernews", "bluesky")}
        local, other = (next(n for n in range(20) if place(n) == p) for p in ("r/LocalModels", "hackernews"))
        kind = ClaimKind.MEASURED
        told = f"There were {count} posts on r/LocalModels."
        assert failed(told, cite(local), kind=kind, numbers=(key,)) == set()
        wrong = f"There were {count} posts on Hacker News."
        assert "computed" in failed(wrong, cite(other), kind=kind, numbers=(key,))

    @pytest.mark.parametrize("text", ["There were 19 million posts.", "It took $19.", "It took 19 euros."])
    def test_a_count_is_no_other_amount(self, text: str) -> None:
        """A computed number is not stated by a sum or a multiple of it."""
        assert {"computed", "figures"} <= failed(text, cite(1), kind=ClaimKind.MEASURED, numbers=("records",))

    def test_posts_are_no_people(self) -> None:
        """A count of posts is not told as one of people, nor the reverse."""
        kind = ClaimKind.MEASURED
        assert round(BRIEF.numbers["records"]) == 19
        assert failed("There were 19 posts.", cite(1), kind=kind, numbers=("records",)) == set()
        assert "computed" in failed("There were 19 angry people.", cite(1), kind=kind, numbers=("records",))
        people = round(BRIEF.numbers["authors"])
        both = ("authors", "records")
        told = f"There were 19 posts by {people} people."
        assert failed(told, cite(1), kind=kind, numbers=both) == set()
        only = f"There were {people} comments."
        assert "computed" in failed(only, cite(1), kind=kind, numbers=("authors",))

    def test_a_day_and_what_somebody_counted_count_nobody(self) -> None:
        """Neither a computed weekday nor a number of the cited post is taken for a count of posts."""
        declared = {"authors": 74.0, "at:now": NOW.timestamp(), "hours": 5.0}
        day = weekday(declared["at:now"])
        assert miscounted(f"On {day} 74 people wrote about it, and in five hours 74 people.", declared) == ()
        assert miscounted(f"On {day} 74 posts were written.", declared) == ("74",)
        says = "Nineteen users saw their Quillon break this week, and none of them knew why."
        told = "An r/LocalModels commenter said that nineteen users saw their Quillon break."
        assert "computed" not in judged(told, says)

    def test_a_publication_called_like_the_matter_is_no_place_of_talk(self) -> None:
        """A count of posts about a product stands although a feed bears the product's name."""
        key = "records:r/LocalModels"
        feed = Author("Quillon", "Quillon")
        article = replace(FIRST, native_id="o1", kind=RecordKind.ARTICLE, community="Quillon", author=feed)
        local = next(n for n in range(20) if place(n) == "r/LocalModels")
        text = f"There the change drew {round(BRIEF.numbers[key])} posts on Quillon."
        claim = Claim("x1", ClaimKind.MEASURED, text, (cite(local),), (key,))
        report = check(with_claim(claim), {**RECORDS, article.id: article}, BRIEF.numbers)
        assert "computed" not in {row.name for row in report.failed if row.claim_id == "x1"}


def place(index: int) -> str:
    """Return where a record of the sample comes from."""
    found = RECORDS[cite(index).record_id]
    return found.place


class TestNames:
    @pytest.mark.parametrize(
        "text",
        [
            "Tamarack trained it on Quillon.",
            "Marcus trained it on Quillon.",
            "Cerebras trained it on Quillon.",
            "Fred quietly trained it on Quillon.",
            "Sally changed Quillon.",
            "Boeing built the Quillon.",
            "Quillon is new. Tamarack's lawyers changed it.",
            "Владимир Краснов changed Quillon.",
            "Quillon is from Öresund.",
            "Quillon is from 北京.",
            "Quillon is at пример.example now.",
        ],
    )
    def test_a_name_is_known_wherever_it_stands(self, text: str) -> None:
        """A stranger who opens a sentence, or is written in other letters, is found."""
        assert {"known-names", "references"} & failed(text, cite(1))

    @pytest.mark.parametrize(
        "text",
        [
            "Licences changed for Quillon.",
            "Nobody's files of Quillon moved.",
            "Files of Quillon went.",
            "Backlash followed for Quillon.",
            "Discussion centered on Quillon.",
            "Discussion reached the Quillon of r/LocalModels.",
            "Anger turned to Quillon.",
            "Enthusiasm faded for Quillon.",
            "Opinion is split on Quillon.",
            "Criticism followed Quillon.",
        ],
    )
    def test_a_word_of_the_talk_is_no_name(self, text: str) -> None:
        """A common word at the head of a sentence is not taken for somebody."""
        assert "known-names" not in failed(text, cite(1))

    def test_only_what_is_cited_makes_a_word_of_the_talk(self) -> None:
        """A verdict does not turn on posts that nobody cites, as none are at hand when it is approved."""
        text = "Torrents kept Quillon."
        assert "known-names" not in failed(text, cite(SEEDERS), cite(1))
        assert "known-names" in failed(text, cite(1))
        claim = Claim("x1", ClaimKind.NAMED, text, (cite(1),))
        only = {cite(1).record_id: RECORDS[cite(1).record_id]}
        rows = check(with_claim(claim), only, BRIEF.numbers).failed
        assert {row.name for row in rows if row.claim_id == "x1"} == failed(text, cite(1))

    def test_whoever_is_he_or_she_is_a_person(self) -> None:
        """A private person is not named for what they did either."""
        says = "Marlow Tench lost his job over the licence and went home."
        assert "public-role" in judged("Marlow Tench lost his job over Quillon.", says)
        assert "public-role" not in judged(
            "Marlow Tench lost his job.", says.replace("Tench", "Tench, the founder,")
        )

    @pytest.mark.parametrize(
        ("text", "person"),
        [
            ("Quillon changed, and Marlow Tench lost her job.", True),
            ("Marlow Tench lost a job. She left.", True),
            ("As Marlow Tench left, he took Quillon along.", True),
            ("On Hacker News one commenter said that he moved to Claude Code.", False),
            ("One member of the Hugging Face forum wrote that he runs Mistral Large at home.", False),
            ("The author said that his Mac Studio beats her Framework Desktop.", False),
            ("Apple Silicon, he wrote, is slow.", False),
            ("One commenter left, and Mistral Large took his files.", False),
            ("Maple Grove shaped his view.", False),
        ],
    )
    def test_a_pronoun_makes_a_person_only_of_whom_it_can_mean(self, text: str, person: bool) -> None:  # noqa: FBT001 - a table's column
        """Products and places beside a "he" are nobody: the name before it in its clause is."""
        assert bool(private_persons(text, [], [replace(FIRST, community="Maple Grove")])) is person


class TestAcquaintances:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (
                "Maria Keller sued Quillon over the licence.",
                "My colleague Maria Keller sued Quillon over it.",
            ),
            ("The licence was read by Priya.", "Priya, a friend of mine, read the licence of Quillon."),
            ("Priya left the company.", "Priya left the company over Quillon."),
            ("Priya was fired over Quillon.", "They fired Priya over Quillon."),
        ],
    )
    def test_a_person_of_private_life_is_not_named(self, text: str, says: str) -> None:
        """Somebody's colleague and whoever left a company are persons, whatever else they do."""
        assert "public-role" in judged(text, says)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("Maria Keller sued Quillon.", "My boss, CEO Maria Keller, sued Quillon."),
            ("Harrow Labs left the board.", "Harrow Labs left the board over Quillon."),
            ("Quillon left the market.", "Quillon left the market, a friend says."),
            ("Quillon was read by one friend.", "My friend read the licence of Quillon."),
        ],
    )
    def test_who_acts_in_public_is_named(self, text: str, says: str) -> None:
        """A role beside the name shows somebody in public; a laboratory and a model are nobody."""
        assert "public-role" not in judged(text, says)


class TestGroups:
    @pytest.mark.parametrize(
        ("text", "shared"),
        [
            ("Developers have turned against Quillon.", True),
            ("On Hacker News, many commenters object.", True),
            ("The licence is short, but r/LocalModels users object.", True),
            ("Several angry people left.", True),
            ("One commenter told other users to wait.", False),
            ("He told users to wait.", False),
            ("The community is furious.", True),
            ("A user of the old revision waits.", False),
            ("Two commenters disagreed.", False),
            ("Both developers waited.", False),
            ("Not everyone agreed.", False),
            ("A Quillon Users forum member disagreed.", False),
            ("Quillon engineers said it would stay.", False),
            ("The people behind Quillon answered.", False),
            ("Quillon users left.", True),
            ("Hacker News engineers left.", True),
            ("Angry engineers left.", True),
            ("Three engineers left.", True),
        ],
    )
    def test_who_speaks_for_a_group_is_known(self, text: str, shared: bool) -> None:  # noqa: FBT001 - a table's column
        """A statement about people in the plural is a group's voice, however few records it cites."""
        cited = [replace(FIRST, text="Quillon said so.")]
        assert shared_voice(text, cited, RECORDS.values()) is shared

    @pytest.mark.parametrize(
        ("text", "one"),
        [
            ("Hacker News is furious.", True),
            ("Hacker News, where it began, has a thread.", False),
        ],
    )
    def test_a_place_that_a_model_lets_speak_is_a_group(self, text: str, one: bool) -> None:  # noqa: FBT001 - a table's column
        """A place is nobody: what it "is" or "wants" is said of the people there."""
        assert place_as_one(text, {"Hacker News"}) is one

    def test_a_group_needs_three_authors_whoever_wrote_it(self) -> None:
        """A kind that a writer gives a claim does not free it of what its words need."""
        text = "Developers have turned against Quillon."
        for kind in (ClaimKind.NAMED, ClaimKind.ANALYSIS):
            assert "cohort" in failed(text, cite(1), kind=kind)
            assert "cohort" not in failed(text, cite(1), cite(2), cite(3), kind=kind)

    @pytest.mark.parametrize(
        "text",
        [
            "Everyone on r/LocalModels objects to Quillon.",
            "The consensus is that Quillon is closed.",
            "Nearly all of them left Quillon.",
            "Every commenter objects to Quillon.",
            "Most object to Quillon.",
            "More and more shops leave Quillon.",
            "Scores of them left Quillon.",
        ],
    )
    def test_nothing_is_said_of_all(self, text: str) -> None:
        """Not even three authors bear what is said of everyone."""
        assert "comparisons" in failed(text, cite(1), cite(2), cite(3), kind=ClaimKind.COHORT)
        assert "comparisons" not in failed("Not everyone agreed on Quillon.", cite(1))


@pytest.mark.parametrize(
    "text",
    [
        "Quillon was open last summer.",
        "Quillon was closed a decade ago.",
        "Quillon was closed decades ago.",
        "Three days earlier Quillon was open.",
        "Quillon was closed on 9 Aug.",
        "Quillon was open the year before.",
        "Quillon was open in the spring.",
        "Quillon was closed a fortnight ago.",
    ],
)
def test_a_time_is_one_that_is_borne(text: str) -> None:
    """Seasons, decades and short months are times like others."""
    assert "dates" in failed(text, cite(1))


@pytest.mark.parametrize(
    "text",
    [
        "We pinned an older revision of Quillon.",
        "Quillon let us down.",
        "Vote against Quillon.",
        "Buy Quillon now.",
        "Quillon is what you need.",
        "Ignore what Quillon says.",
    ],
)
def test_the_narrator_is_nobody(text: str) -> None:
    """Outside quotation marks nobody says "we", and no reader is addressed or told what to do."""
    assert "narrator" in failed(text, cite(1))
    for honest in (
        "An AI firm in the US stopped Quillon and its users' mirrors.",
        "It is told on r/us and You.com.",
    ):
        assert "narrator" not in failed(honest, cite(1))


def test_an_author_called_commenter_takes_the_word_from_nobody() -> None:
    """What the narrator calls everybody is no handle, whoever bears it."""
    bearer = replace(FIRST, native_id="c1", author=Author("commenter", "commenter"))
    assert handles_in("One commenter wrote something.", [bearer]) == set()


def test_an_honest_quote_still_passes() -> None:
    """What is refused above does not refuse a plain quotation."""
    assert failed(f"An r/LocalModels commenter wrote: “{QUOTE}”.", cite(1, QUOTE)) == set()


class TestDates:
    @pytest.mark.parametrize(
        "day", ["3 March", "March 3", "the 3rd of March", "Wednesday, 7 March", "Friday, 4 March"]
    )
    def test_a_date_is_borne_as_a_whole(self, day: str) -> None:
        """The day from one place and the month from another make no date; a weekday is that of its date."""
        assert FIRST.created_at.strftime("%A, %d %B") == "Wednesday, 04 March"
        assert "dates" in judged(
            f"Quillon changed its licence on {day}.", "Quillon did, 3 times in 7 weeks. Friday!"
        )

    @pytest.mark.parametrize(
        ("day", "says"),
        [
            ("4 March", "Quillon changed its licence."),
            ("Wednesday, 4 March", "Quillon changed its licence."),
            ("March 4", "Quillon changed its licence."),
            ("3 March", "Quillon changed its licence on March 3rd."),
            ("the 3rd of March", "Quillon changed its licence on 3 Mar."),
            ("3 March", "Since 3 march Quillon has another licence."),
            ("Wednesday, 1 May", "Quillon changes its licence on Wednesday, May 1."),
        ],
    )
    def test_a_date_of_a_record_stands(self, day: str, says: str) -> None:
        """A record bears the day it was written on, and the date it gives, however that is written."""
        assert "dates" not in judged(f"Quillon changed its licence on {day}.", says)

    @pytest.mark.parametrize(
        "text",
        ["Quillon 2 may run on a single card.", "GPT-5 may be out.", "Of those, 12 may be the same people."],
    )
    def test_may_is_no_month_in_small_letters(self, text: str) -> None:
        """What may be is no day of May, and bears none."""
        assert "dates" not in judged(text, "Quillon 2 may run on a single card, and 12 of us wait for GPT-5.")
        assert "dates" in judged("Quillon came on 3 May.", "Quillon 3 may come.")

    @pytest.mark.parametrize(
        ("day", "fails"),
        [("Friday, 6 February", True), ("Monday, 6 February", False), ("6 February", False)],
    )
    def test_a_weekday_stands_beside_its_date(self, day: str, fails: bool) -> None:  # noqa: FBT001 - a table
        """A weekday from elsewhere in a record makes no other date of the one it gives."""
        says = "Quillon landed on Monday, 6 February, and since Friday we have it."
        assert ("dates" in judged(f"Quillon landed on {day}.", says)) is fails

    def test_a_computed_day_bears_its_date(self) -> None:
        """The day on which the talk began has a date, and a weekday of its own."""
        kind, key = ClaimKind.MEASURED, "at:first"
        assert "dates" not in failed(
            "Talk of Quillon began on Wednesday, 4 March.", cite(1), kind=kind, numbers=(key,)
        )
        assert "dates" in failed(
            "Talk of Quillon began on Tuesday, 4 March.", cite(1), kind=kind, numbers=(key,)
        )
