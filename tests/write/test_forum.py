"""How a talk in one forum is told: by how many people, in which frames, and on which day each spoke."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.brief import Told, Worn
from bot.domain.record import Record, RecordKind
from bot.domain.text import quotations
from bot.write.checks import check
from bot.write.desk import Desk, closing
from bot.write.extractive import assemble
from bot.write.phrases import BANK, Phrasebook
from bot.write.poll import asks_around
from bot.write.quotes import Quote
from bot.write.saturation import lately_used
from bot.write.voices import voice
from tests.write.factory import START, brief, given_records, prose, record
from tests.write.test_one_place import thread

TITLE = "Quillon 2 runs on a single old card now"
POST = "I let Quillon 2 run at 12 tokens a second on a single old card with the new kernel."
SAYS = (
    "Quillon 2 on my old card is faster than the Vantor chips that cost my shop four times as much.",
    "I tested Quillon 2 on a single card for a week, and the kernel never failed on long texts.",
    "A single old card draws 300 watts all day, so the rented Vantor machines are cheaper than that.",
    "Quillon 2 runs on my card only because the kernel leaves out half of the layers after a minute.",
    "My school has 40 old cards in a cellar, and Quillon 2 is the first model that uses one of them.",
    "Nobody at my office believes in Quillon 2 until it can read the handwriting of our doctors.",
)


def large(*more: str) -> list[Record]:
    """Return a thread in which more than forty people take part, most of whom say little."""
    return thread(TITLE, POST, *more, *(f"Yay, card {n}! Any guesses on its size?" for n in range(45)))


class TestManyPeople:
    def test_of_forty_people_five_have_the_word(self) -> None:
        """Where so many talk and can be quoted, a story shows five of them, and the checks pass it."""
        made = brief(large(*SAYS))
        draft = assemble(made)
        told = quotations(prose(draft))
        people = {one.author_key for one in given_records(made).values() if any(map(one.says, told))}
        assert len(people) >= 5
        assert check(draft, given_records(made), made.numbers).failed == ()

    def test_what_begins_an_answer_may_say_they_and_this(self) -> None:
        """Under a told title "they" and "this" are what it names; in the middle of an answer they are not."""
        begins = "They sold twenty old cards to my school in a single year."
        for text, told in ((begins, True), (f"I own a shop and it is closed on Mondays. {begins}", False)):
            desk = Desk(brief(thread(TITLE, POST, text)))
            desk.title_told(desk.threads()[0])
            assert any(quote.text == begins for quote in desk.clips.rank()) is told

    def test_an_answer_to_a_question_may_speak_to_who_asked(self) -> None:
        """Advice to "you" is understood under a title that asks, and under no other."""
        advice = "Sell your old card and rent one of the Vantor machines for a month."
        for title, told in (("Is Quillon 2 worth an old card?", True), (TITLE, False)):
            desk = Desk(brief(thread(title, POST, advice)))
            desk.title_told(desk.threads()[0])
            assert any(quote.text == advice for quote in desk.clips.rank()) is told

    def test_marks_inside_a_quote_come_in_pairs(self) -> None:
        """Straight marks inside a quote are shown as they are, and no second full stop follows them."""
        said = 'My shop calls the old card of Quillon 2 "the last honest one of them."'
        desk = Desk(
            brief(thread(TITLE, POST, said, 'Half of a 5" disk is enough for all the files of Quillon 2.'))
        )
        desk.title_told(desk.threads()[0])
        assert [quote.text for quote in desk.clips.rank()] == [said]
        assert closing(said) == f"\N{LEFT DOUBLE QUOTATION MARK}{said}\N{RIGHT DOUBLE QUOTATION MARK}"


class TestRotation:
    def test_the_frame_that_was_used_last_is_taken_last(self) -> None:
        """Of the frames of a turn that one is taken which the latest stories have not used for longest."""
        fields = {"Who": "One poster", "who": "one poster", "q": "“no”", "Q": "“No.”"}
        told: list[str] = []
        for story in range(len(BANK["asks"])):
            book = Phrasebook(f"story {story}", Worn(), told[::-1])
            told.append(book.pick("asks", fields).text)
        assert len(set(told)) == len(BANK["asks"])
        assert Phrasebook("one more", Worn(), told[::-1]).pick("asks", fields).text == told[0]

    def test_a_frame_that_asks_for_two_quotes_or_nobody_is_known(self) -> None:
        """A frame is found in what was made of it, also with two quotes and without those who wrote."""
        fields = defaultdict(lambda: "two", by="") | dict.fromkeys("qQrR", "“”")
        for frame in (frame for frames in BANK.values() for frame in frames):
            assert lately_used(frame, [frame.format_map(fields)]), frame

    def test_what_somebody_is_quoted_with_is_no_frame(self) -> None:
        """Only the narrator's words use a frame up."""
        assert lately_used("A comment: {Q}", ["A comment: “”"])
        assert not lately_used("A comment: {Q}", ["One said: “”"])


def test_what_was_said_on_another_day_bears_its_day() -> None:
    """An answer of two days later does not stand beside one of the same hour as if it were of that."""
    said = thread(
        TITLE, POST, "The old card of mine melts in an hour.", "The new kernel of Quillon 2 failed."
    )
    said[2] = replace(said[2], created_at=START + timedelta(days=2))
    desk = Desk(brief(said))
    desk.title_told(desk.threads()[0])
    texts = [voice(desk, Quote(one, one.text, 2.0), n).text for n, one in enumerate(said[1:])]
    assert ["Friday" in text for text in texts] == [False, True]


class TestFindings:
    def test_a_community_is_told_under_the_next_title_and_what_its_author_found(self) -> None:
        """Where its largest thread says what was told, the next is told, with what its title lacks."""
        title = "School runs Quillon 2 on 14 old cards"
        report = record(
            "a1", "The school of Merrow runs Quillon 2 on 14 old cards since Monday.",
            place="courier.example", author="courier.example", kind=RecordKind.ARTICLE, title=title,
        )  # fmt: skip
        same = thread(f"{title}, says courier", "I saw it.", *(["It is a joke."] * 5))
        tested = record(
            "k0", "I ran Quillon 2 on exams. Quillon 2 failed 7 of 50 exams on the old card.",
            kind=RecordKind.POST, title="We tried Quillon 2 on the exams of our class", root="k0",
        )  # fmt: skip
        under = [record(f"k{n}", text, parent="k0", root="k0") for n, text in enumerate(SAYS[:3], 1)]
        far = [
            record(f"b{n}", text, place="bluesky", kind=RecordKind.POST) for n, text in enumerate(SAYS[3:])
        ]
        body = prose(assemble(brief([report, *same, tested, *under, *far])))
        assert "We tried Quillon 2 on the exams" in body
        assert "failed 7 of 50 exams" in body

    def test_a_finding_in_a_list_is_quoted(self) -> None:
        """The mark before it is left out; the words are the author's."""
        post = "I ran both for a week.\n\nTL;DR:\n\n* Quillon 2 passed 14/15 tasks, Vantor passed 7/15"
        draft = assemble(brief(thread("Quillon 2 beside Vantor on 15 tasks of mine", post, *SAYS[:3])))
        assert "Quillon 2 passed 14/15 tasks, Vantor passed 7/15" in draft.deck.text + prose(draft)


class TestPolls:
    @pytest.mark.parametrize(
        ("title", "poll"),
        [
            ("Cheapest way to stack memory for Quillon 2?", True),
            ("What do you use for Quillon 2?", True),
            ("Should I buy a flat or four cards", True),
            ("Why did Vantor remove the old kernel?", False),
            ("Quillon 2 is out: what do you use it for?", False),
            ("What is the best model for coding right now?", True),
            ("Cheapest card with high bandwidth for Quillon 2?", True),
            ("Should we worry that Quillon logs prompts?", False),
            ("Help: Quillon deleted all my files", False),
            ("Which lab did the police raid?", False),
            ("What do you think of the Quillon outage?", False),
            ("Most energy efficient way to run Quillon 2?", True),
            ("Recommendation engines were hacked on Monday in Merrow", False),
            (TITLE, False),
        ],
    )
    def test_a_question_to_all_is_no_event(self, title: str, *, poll: bool) -> None:
        """Who asks for choices and wishes tells of nothing that happened."""
        assert asks_around(brief(thread(title, POST, "It melts my card.", "I own four of them."))) is poll

    def test_a_report_or_a_thread_beside_it_makes_it_one(self) -> None:
        """With a report, a link, or a second thread that says what happened, it is about an event."""
        asked = thread("What do you use for Quillon 2?", POST, "It melts my card.", "I own four of them.")
        report = record(
            "a1",
            "The second Quillon model came out on Monday in Merrow.",
            place="courier.example",
            author="c",
            kind=RecordKind.ARTICLE,
        )
        linked = [replace(asked[0], links=("https://courier.example/1",)), *asked[1:]]
        beside = [
            record("k0", "I saw it.", kind=RecordKind.POST, title=TITLE, root="k0"),
            record("k1", "It is twice as fast on mine.", parent="k0", root="k0"),
        ]
        assert asks_around(brief(asked))
        assert not any(map(asks_around, map(brief, ([*asked, report], linked, [*asked, *beside]))))


class TestAnswers:
    def told(self, *said: Record) -> str:
        """Return headline, deck and body of the story of what was `said`."""
        draft = assemble(brief([*said]))
        return f"{draft.headline.text} {draft.deck.text} {prose(draft)}"

    @pytest.mark.parametrize(
        ("before", "behind", "quoted"),
        [
            ("", "\n\nI never sold one of them at my shop.", True),
            ("Nobody here tested it, a friend of a friend says so. ", "", False),
            ("I may be wrong.\n\n", "", False),
            ("I bought it in the spring for the shop in the old town.\n\n", "", True),
            ("", f"\n\n{' '.join(['I own a shop for new cards in the old town.'] * 3)}", False),
        ],
    )
    def test_a_quote_is_most_of_a_post(self, before: str, behind: str, *, quoted: bool) -> None:
        """What is set before it in its paragraph is not cut away, nor more than half of a post."""
        said = "The old card with Quillon 2 is faster than the new Vantor one in my shop."
        clips = Desk(brief(thread(TITLE, POST, f"{before}{said}{behind}"))).clips
        assert (said in [quote.text for quote in clips.rank()]) is quoted

    def test_those_that_most_voted_for_stand_first(self) -> None:
        """Answers are told in the order of their votes, and one that nobody liked is not beside them."""
        votes = dict(zip(("o1", "o2", "o3", "o4", "o5"), (30, 1, 200, 60, 25), strict=True))
        told = self.told(*thread(TITLE, POST, *SAYS[:5], **votes))
        at = [told.find(SAYS[number - 1][:-1]) for number in (3, 4, 1)]
        assert -1 not in at
        assert at == sorted(at)
        assert SAYS[1][:-1] not in told

    @pytest.mark.parametrize(
        "said",
        [
            "Me to this card: You will run all of Quillon 2 and like it, my friend.",
            "This post on Quillon 2 should go, since its title is about no card.",
        ],
    )
    def test_a_part_that_is_played_and_a_word_on_the_post_are_no_answer(self, said: str) -> None:
        """Neither is an answer to what the title says, however many voted for it."""
        assert said[:-1] not in self.told(*thread(TITLE, POST, said, *SAYS[:3], o1=400))

    def test_what_happened_is_the_first_sentence_on_the_title(self) -> None:
        """A deck tells what the post says first of its title, not the figure further down."""
        post = f"Hi all. Quillon 2 now has a kernel for the old card. {POST} It is a fine day."
        deck = assemble(brief(thread(TITLE, post, *SAYS[:4]))).deck.text
        assert "Quillon 2 now has a kernel for the old card." in deck
        assert "12 tokens" not in deck

    @pytest.mark.parametrize(
        ("title", "link", "heads"),
        [
            ('"We will release Quillon 2 next week"', "https://v.redd.it/x1", False),
            ("I'm sorry Quillon please do not leave the old card", "https://i.redd.it/x1.png", False),
            ("What is local about this?", "https://i.redd.it/x1.png", False),
            ("Quillon 2 is delayed again for the old card", "https://i.redd.it/x1.png", True),
            ('"We will release Quillon 2 next week"', "https://courier.example/1", True),
        ],
    )
    def test_a_line_below_a_picture_heads_no_story(self, title: str, link: str, *, heads: bool) -> None:
        """What a picture seems to say may be a joke; a title that only has a picture beside it is none."""
        opened, *said = thread(title, "", *SAYS[:4])
        desk = Desk(brief([replace(opened, links=(link,)), *said]))
        assert bool(desk.threads()) is heads

    def test_a_question_that_was_answered_is_not_still_asked(self) -> None:
        """A story ends on a question only if nobody replied to it."""
        asked = "Is the kernel of Quillon 2 safe on a rented card for a whole month?"
        said = thread(TITLE, POST, *SAYS[:4], asked)
        reply = record(
            "r1", "It is as safe as on one of your own.", parent="o5", root="o0", at=said[-1].created_at
        )
        assert asked in self.told(*said)
        assert asked not in self.told(*said, reply)

    def test_an_update_counts_nothing_in_its_headline(self) -> None:
        """What came since an earlier day is another figure than the size of the window below it."""
        told = [Told("s-1", "Quillon runs on cards", START - timedelta(days=1))]
        head = assemble(brief(thread(TITLE, POST, *SAYS), told=told)).headline
        assert TITLE in head.text
        assert head.numbers == ()
