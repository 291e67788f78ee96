"""Extractive stories of one thread in one place: what its author says, and who answers."""

from __future__ import annotations

import re
from collections import Counter
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import BriefRecord
from bot.domain.record import Record, RecordKind
from bot.domain.text import quotations
from bot.domain.volume import in_words
from bot.write.checks import check, standing
from bot.write.desk import Desk
from bot.write.extractive import assemble
from bot.write.forum import answers, second_thread
from bot.write.front import telling
from bot.write.opening import lead, people
from bot.write.quotes import Quote, candidates
from bot.write.titles import to_break
from bot.write.voices import exchange, voice
from tests.write.factory import START, brief, given_records, prose, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.story import Draft


def thread(title: str, text: str, *answers: str, **votes: int) -> list[Record]:
    """Return a thread from one place: its opening post and the answers to it; `votes` by their number."""
    opened = record("o0", text, kind=RecordKind.POST, title=title, root="o0")
    made = [
        replace(
            record(f"o{n}", said, parent="o0", root="o0", at=START + timedelta(minutes=10 * n)),
            metrics={"score": votes.get(f"o{n}", 0)},
        )
        for n, said in enumerate(answers, 1)
    ]
    return [opened, *made]


class TestOnePlace:
    TITLE = "Quillon 2 runs on a single old card now"
    POST = (
        "I'm usually the one whom they call when a server is down. Quillon 2 now runs at 12 tokens a second "
        "on a single old card with the new kernel. I was away for a month before that."
    )
    ANSWERS = (
        "It will be slower than the Vantor chips as soon as the context is long.",
        "The Vantor cards need twice the power for the same speed, I measured both of them last week.",
        "My shop sells old cards and we have sold none of them for such a use until now.",
        "Quillon 2 was never meant for such cards, and the kernel shows that its team was wrong.",
    )

    def told(self, *more: str, **votes: int) -> Draft:
        """Return the story of the thread."""
        return assemble(brief(thread(self.TITLE, self.POST, *self.ANSWERS, *more, **votes)))

    def test_the_opening_post_is_quoted_from_its_point(self) -> None:
        """The deck tells what takes up the title, not the run-up to it; the body does not say it again."""
        draft = self.told()
        assert "12 tokens a second" in draft.deck.text
        assert "whom they call" not in draft.deck.text + prose(draft)
        assert "12 tokens a second" not in prose(draft)

    @pytest.mark.parametrize("cheering", [20, 150])
    def test_who_says_something_is_heard_among_any_number_who_cheer(self, cheering: int) -> None:
        """However many only cheer, and are liked for it, four people are heard, and no cheer is quoted."""
        says = (
            "Quillon 2 on my old card is faster than the Vantor chips that cost my shop four times as much.",
            "I tested Quillon 2 on a single card for a week, and the kernel never failed on long texts.",
            "A single old card draws 300 watts all day, so the rented Vantor machines are cheaper than that.",
            "Quillon 2 runs on my card only because the kernel leaves out half of the layers after a minute.",
            "My school has 40 old cards in a cellar, and Quillon 2 is the first model that uses one of them.",
        )
        cheers = [f"Yay, card {n}! Any guesses on its size?" for n in range(cheering)]
        votes = {f"o{n}": 300 if n <= cheering else 40 for n in range(1, cheering + len(says) + 1)}
        made = brief(thread(self.TITLE, self.POST, *cheers, *says, **votes))
        told = quotations(prose(assemble(made)))
        heard = {one.text for one in given_records(made).values() if any(map(one.says, told))}
        assert len(heard & {*says}) >= 4
        assert not heard & {*cheers}

    def test_a_hundred_people_can_be_counted(self) -> None:
        """A number that is too high to open a sentence in words stands within one."""
        more = (f"It runs on card {number} of mine, too." for number in range(100))
        (claim,) = people(Desk(brief(thread(self.TITLE, self.POST, *more))))
        assert "101 people" in claim.text

    def test_people_are_counted_once(self) -> None:
        """Where the number of people has been told, a short story ends on its busiest hour."""
        desk = Desk(brief(thread(self.TITLE, self.POST, *self.ANSWERS)))
        for counted, told in ((set[str](), "authors"), ({"authors"}, "peak")):
            (claim,) = people(desk, counted=counted)
            assert told in claim.numbers
            assert not counted & {*claim.numbers}

    def test_an_author_is_quoted_on_what_the_title_names(self) -> None:
        """A side remark of the opening post is no news: without a sentence on its title it is not quoted."""
        aside = "My neighbour keeps bees on the roof and sells the honey at a market."

        def all_of(text: str) -> str:
            draft = assemble(brief(thread(self.TITLE, text, *self.ANSWERS)))
            return draft.deck.text + prose(draft)

        assert aside[:-1] not in all_of(aside)
        on_it = "The old card is a 2019 model that I found in a drawer of my desk."
        assert on_it[:-1] in all_of(f"{aside} {on_it}")

    def test_an_answer_is_told_as_one_under_a_title_that_was_told(self) -> None:
        """Without that title a reader would take it to answer the one before it."""
        (quote,) = candidates(
            BriefRecord(1, record("o9", self.ANSWERS[0], parent="o0", root="o0"), 0.5, 0), lambda _: 0.5
        )
        said = brief(thread(self.TITLE, self.POST, self.ANSWERS[0]))
        before, after = Desk(said), Desk(said)
        after.title_told(said.records[0])
        assert "answer" not in voice(before, quote, 0).text
        assert "answer" in voice(after, quote, 0).text

    def test_an_answer_is_to_the_title_told_last(self) -> None:
        """After another title, an exchange or a voice from elsewhere nobody is told as answering it."""
        first, second = self._threads()
        made = brief([*first, *second, *self._dispute()])
        opened = next(item for item in made.records if item.record.id == second[0].id)
        (one, other), (under,) = self._quotes(first), self._quotes(second)

        def told() -> Desk:
            desk = Desk(made)
            desk.title_told(made.records[0])
            return desk

        desk = told()
        assert "answer" in voice(desk, one, 0).text
        desk.title_told(opened)
        text = voice(desk, under, 0).text
        assert "answer" in text
        assert "answer" not in voice(desk, other, 1).text
        desk = told()
        assert exchange(desk, lambda q: q.record.native_id == "v1", 0)
        assert "answer" not in voice(desk, one, 0).text
        desk = told()
        assert "answer" not in voice(desk, under, 0).text
        assert "answer" not in voice(desk, one, 1).text

    def _threads(self) -> tuple[list[Record], list[Record]]:
        """Return two threads, the first with two answers and the second with one."""
        opened = record(
            "w0", "I saw it.", kind=RecordKind.POST, title="Vantor cuts its prices by half", root="w0"
        )
        answer = record("w1", "It was about time, as nobody bought one.", parent="w0", root="w0")
        return thread(self.TITLE, self.POST, self.ANSWERS[0], self.ANSWERS[2]), [opened, answer]

    def _quotes(self, said: Sequence[Record]) -> list[Quote]:
        """Return a quote of each answer."""
        return [Quote(one, one.text, 1.0) for one in said if one.parent]

    def _dispute(self) -> list[Record]:
        """Return an answer to the thread and a reply to that."""
        claim = "The Vantor cards of Quillon 2 need twice the power for the same speed in every test of mine."
        reply = "But the Vantor cards need half the power in every test that I made."
        return [record("v1", claim, parent="o0", root="o0"), record("v2", reply, parent="v1", root="o0")]

    def test_the_author_answers(self) -> None:
        """What the author of the post says to somebody is told under what they asked or claimed."""
        asked = "Does Quillon 2 still run well with a long context on one card?"
        said = thread(self.TITLE, self.POST, *self.ANSWERS, asked)
        own = record(
            "o9", "It drops to 7 tokens a second at 32k.", parent="o5", root="o0", author=said[0].author.id
        )
        draft = assemble(brief([*said, own]))
        (told,) = (claim for claim in draft.claims() if "drops to 7 tokens" in claim.text)
        assert asked in told.text
        assert "author of the post" in told.text
        assert len(told.citations) == 2

    def test_an_author_answers_the_whole_of_a_statement(self) -> None:
        """An answer to a statement of which only a part is shown is not told: it may be to the rest."""
        half = "Shops near me lost money on Quillon 2 all summer."
        long = f"{'On cards and more cards and ' * 9}so on. {half}"
        said = thread(self.TITLE, self.POST, long, *self.ANSWERS)
        own = record(
            "o9", "I have not tried it on one of them.", parent="o1", root="o0", author=said[0].author.id
        )
        assert "I have not tried" not in prose(assemble(brief([*said, own])))

    def test_a_second_thread_is_told_under_its_title(self) -> None:
        """Where a place has two threads on the matter, answers to the second stand under its title."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        other = record(
            "w0", "I saw it.", kind=RecordKind.POST, title="Vantor cuts its prices by half", root="w0"
        )
        answers = (
            "It was about time, since nobody here bought one at the old price.",
            "It is still twice as much as a used card costs with the same memory.",
            "It only means that a new card of theirs is out before the summer.",
        )
        under = [record(f"w{n}", text, parent="w0", root="w0") for n, text in enumerate(answers, 1)]
        made = brief([*said, other, *under])
        body = prose(assemble(made))
        assert check(assemble(made), given_records(made), made.numbers).failed == ()
        title = body.index("Vantor cuts its prices by half")
        assert any(body.find(text[:-1]) > title for text in answers)

    def test_what_is_said_in_another_thread_is_not_counted_under_one(self) -> None:
        """A story from one place that heads with a thread says in how many threads its posts stand."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        other = record("w0", "I saw it.", kind=RecordKind.POST, title="Vantor cuts its prices", root="w0")
        under = [record(f"w{n}", f"Vantor is at {n} today.", parent="w0", root="w0") for n in range(1, 4)]
        made = brief([*said, other, *under])
        deck = assemble(made).deck
        assert "in two threads" in deck.text
        assert "threads" in deck.numbers
        assert "threads" not in assemble(brief(said)).deck.text

    def test_wherever_a_story_from_one_place_counts_it_says_in_how_many_threads(self) -> None:
        """Where the deck has no room for a count, the body, and every card, say it of the threads, too."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        other = record("w0", "I saw it.", kind=RecordKind.POST, title="Vantor cuts its prices", root="w0")
        under = [record(f"w{n}", f"Vantor is at {n} today.", parent="w0", root="w0") for n in range(1, 4)]
        made = brief([*said, other, *under])
        told = lead(Desk(made), counted=())
        assert "in two threads" in " ".join(claim.text for claim in told)
        assert any(f"{len(said) + 4} posts in 2 threads" in words for words in in_words(made.numbers))
        alone = brief(said)
        assert "threads" not in " ".join(claim.text for claim in lead(Desk(alone), counted=()))
        assert "threads" not in " ".join(in_words(alone.numbers))

    def test_posts_that_stand_alone_are_in_no_thread(self) -> None:
        """Where some posts are in no thread, no number of threads holds all of them."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        assert brief(said).numbers["threads"] == 1
        assert "threads" not in brief([*said, record("x", "Vantor is at 9 today.")]).numbers

    def test_under_a_title_nobody_from_another_thread_answers(self) -> None:
        """What was liked best in another thread is no answer to the one that heads the story."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        text = "Quillon 2 on the single old card of mine needs a kernel that nobody in the shop can build."
        other = record("w0", "I saw it.", kind=RecordKind.POST, title="Vantor cuts its prices", root="w0")
        liked = replace(record("w1", text, parent="w0", root="w0"), metrics={"score": 900})
        desk = Desk(brief([*said, other, liked]))
        assert desk.clips.rank()[0].text == text
        opener = next(item for item in desk.threads() if item.record.title == self.TITLE)
        desk.title_told(opener)
        told = answers(desk, opener, 3)
        assert told
        assert text not in [citation.quote for claim in told for citation in claim.citations]

    def test_a_title_that_its_author_corrected_is_not_told(self) -> None:
        """A post that an edit calls incorrect heads nothing, and nothing of it is quoted."""
        for edit in (
            "EDIT: incorrect, the kernel was another one.",
            "Edit: I was wrong.",
            "UPDATE: ignore this",
        ):
            for text in (f"{self.POST}\n\n{edit}", f"{edit}\n\n{self.POST}"):
                draft = assemble(brief(thread(self.TITLE, text, *self.ANSWERS)))
                assert self.TITLE not in draft.headline.text + prose(draft)
                assert "12 tokens" not in draft.deck.text + prose(draft)
        assert self.TITLE in self.told().headline.text

    def test_what_somebody_wants_stands_behind_what_happened(self) -> None:
        """A thread that asks the others for something leaves its place to one that says what happened."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        title = "Quillon 2 club: please share your settings for a single old card"
        asked = record("w0", "I saw it.", kind=RecordKind.POST, title=title, root="w0")
        under = [record(f"w{n}", f"Mine are those of day {n}.", parent="w0", root="w0") for n in range(12)]
        opener = Desk(brief([*said, asked, *under])).main_thread()
        assert opener is not None
        assert opener.record.title == self.TITLE

    def test_no_thread_is_another_before_one_was_told(self) -> None:
        """Where an article says what happened and heads the story, the only thread is no second one."""
        news = record(
            "n0", "Vantor has cut the prices of its cards by half.", kind=RecordKind.ARTICLE,
            title="Vantor halves the prices of all its cards", author="vantornews.example",
            place="vantornews.example", at=START + timedelta(minutes=5),
        )  # fmt: skip
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        draft = assemble(brief(sorted([news, *said], key=lambda one: one.created_at)))
        assert "halves" in draft.headline.text
        assert not re.search(r"(?:second|[Aa]nother) thread", prose(draft))

    def test_a_thread_that_nobody_can_be_quoted_on_is_not_told(self) -> None:
        """A second title under which nobody can be quoted is taken back with its words, as if never told."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        title = "Vantor halves the price of a gazebo"
        other = record("w0", "I saw it.", kind=RecordKind.POST, title=title, root="w0")
        asked = record("w1", "Why now, of all the days of the year?", parent="w0", root="w0")
        desk = Desk(brief([*said, other, asked]))
        desk.title_told(desk.threads()[0])
        before = (set(desk.titles_told), set(desk.words_told))
        assert second_thread(desk, 2) == []
        assert (desk.titles_told, desk.words_told) == before
        assert not desk.clips.anchored("The gazebo is more to my liking in green.", titled=False)
        desk.title_told(next(item for item in desk.threads() if item.record.id == other.id))
        assert desk.clips.anchored("The gazebo is more to my liking in green.", titled=False)

    def test_a_voice_of_a_thread_that_is_not_told_can_still_be_had(self) -> None:
        """Where one voice was found under a second title and no other, all that was used is given back."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        title = "Vantor halves the price of a gazebo"
        other = record("w0", "I saw it.", kind=RecordKind.POST, title=title, root="w0")
        answer = "Vantor should have halved the price of Quillon 2 cards instead of the garden stuff."
        only = replace(record("w1", answer, parent="w0", root="w0"), metrics={"score": 900})
        made = brief([*said, other, only])

        def held(desk: Desk) -> list[object]:
            every = [part for one in (desk, desk.clips, desk.book) for part in vars(one).values()]
            return [copy(part) for part in every if isinstance(part, set | list | Counter | int)]

        for most, told in ((1, True), (2, False)):
            desk = Desk(made)
            desk.title_told(desk.threads()[0])
            before = held(desk)
            assert bool(second_thread(desk, most)) is told
            assert (held(desk) == before) is not told
            assert (answer in [quote.text for quote in desk.clips.rank()]) is not told

    def test_what_strays_is_not_told(self) -> None:
        """A remark on the author's spelling has words of its own only, and is no answer to the title."""
        aside = "Your semicolons make every paragraph tiresome, and readers stumble over punctuation marks."
        said = thread(self.TITLE, self.POST, *self.ANSWERS, aside.replace("Your", "Too many"), o5=900)
        assert "semicolons" not in prose(assemble(brief(said)))

    def test_two_who_answer_one_another_fit_one_post(self) -> None:
        """A reply is not torn from what it answers where a thread goes on to the next post."""
        claim = "The Vantor cards of Quillon 2 need twice the power for the same speed in every test of mine."
        short = "But the Vantor cards need half the power in every test that I made."
        long = f"{short[:-1]}, and I made some forty of them over three weeks with two meters in a room."
        for reply, answered in ((short, True), (long, False)):
            said = [
                record("v1", claim, parent="o0", root="o0"),
                record("v2", reply, parent="v1", root="o0"),
            ]
            desk = Desk(brief([*thread(self.TITLE, self.POST), *said]))
            assert (exchange(desk, lambda q: q.record.native_id == "v1", 0) is not None) is answered

    def test_an_answer_to_the_title_may_speak_of_it(self) -> None:
        """Under the title that the headline tells, "it" is understood; deeper in the thread it is not."""
        for parent, understood in (("o0", True), ("o4", False)):
            said = thread(self.TITLE, self.POST, *self.ANSWERS)
            said[1] = replace(said[1], parent=parent)
            desk = Desk(brief(said))
            desk.title_told(desk.threads()[0])
            assert any(q.text.startswith("It will") for q in desk.clips.rank()) is understood

    def test_votes_are_told_where_they_are_many(self) -> None:
        """How well an answer was received is computed by code, and told of each answer that got many."""
        made = brief(thread(self.TITLE, self.POST, *self.ANSWERS, o1=41, o2=96, o3=212, o4=50))
        assert sum(key.startswith("votes:") for key in made.numbers) > 2
        draft = assemble(made)
        claims = [claim for claim in draft.claims() if any(key.startswith("votes:") for key in claim.numbers)]
        told = {citation.record_id for claim in claims for citation in claim.citations}
        answered = {one.id for one in given_records(made).values() if one.parent and one.says(prose(draft))}
        assert len(claims) == 3
        assert told >= answered
        assert "answer" in claims[0].text
        assert check(draft, given_records(made), made.numbers).failed == ()

    def test_what_a_reply_denies_heads_no_story(self) -> None:
        """What somebody contradicted is no line for a headline."""
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        claimed = record("z1", "Quillon 2 is not slower on any card.", parent="o0", root="o0")
        denied = record("z2", "That's wrong, it is slower on all of mine.", parent="z1", root="o0")
        quote = Quote(claimed, claimed.text, 2.0)
        assert not Desk(brief([*said, claimed])).clips.disputed(quote)
        assert Desk(brief([*said, claimed, denied])).clips.disputed(quote)
        spoken = telling(Desk(brief([*said, claimed, denied])))
        assert spoken is None or spoken.record.native_id != "z1"

    def test_what_a_paper_found_is_told(self) -> None:
        """Where the talk hangs on a paper, the first paragraph tells its finding, figures first."""
        paper = record(
            "p1",
            "We ask how fast cards are. On 40 old cards Quillon 2 reaches 12 tokens a second. We discuss it.",
            place="arxiv.org", kind=RecordKind.PAPER, title=self.TITLE, author="a", at=START,
        )  # fmt: skip
        said = thread(self.TITLE, "", *self.ANSWERS)
        assert "reaches 12 tokens" in assemble(brief([paper, *said])).paragraphs[0].text

    def test_a_paper_that_nobody_speaks_of_is_no_news(self) -> None:
        """A paper that merely lies near is told where somebody links to it or a title says what it does."""
        found = "A reset every 50 steps keeps perplexity flat over a million of them."
        paper = record(
            "p1", found, place="arxiv.org", kind=RecordKind.PAPER, title="Resets in long training runs",
            author="a", at=START,
        )  # fmt: skip
        said = thread(self.TITLE, self.POST, *self.ANSWERS)
        linking = replace(said[-1], links=(paper.url,))
        assert "perplexity" not in prose(assemble(brief([paper, *said])))
        assert "perplexity" in prose(assemble(brief([paper, *said[:-1], linking])))

    @pytest.mark.parametrize(
        ("clause", "quoted"),
        [
            ("If you own a card with at least 24 GB of memory at home and pay for power yourself", False),
            ("Now that nobody can get the Vantor cards at a sane price and the shops never restock", False),
            ("Now that everybody can get the Vantor cards at a sane price and the shops restock", True),
        ],
    )
    def test_a_title_is_not_cut_from_what_turns_its_sense(self, clause: str, *, quoted: bool) -> None:
        """Where its first clause turns a long title round, the story has another headline, and stands."""
        title = f"{clause}, is Quillon 2 still worth running?"
        assert bool(to_break(title)) is quoted
        made = brief(thread(title, self.POST, *self.ANSWERS))
        draft = assemble(made)
        assert bool(quotations(draft.headline.text)) is quoted
        assert standing(draft, given_records(made), made.numbers) is not None

    def test_a_title_that_the_checks_refuse_stands_nowhere_on_the_front(self) -> None:
        """A title that gives away a user name leaves headline and deck to something else."""
        made = brief(thread("Quillon 2 runs on a single old card of otter_o1", self.POST, *self.ANSWERS))
        draft = assemble(made)
        assert "otter_o1" not in draft.headline.text + draft.deck.text
        assert standing(draft, given_records(made), made.numbers) is not None

    def test_a_deck_without_room_for_a_count_says_where(self) -> None:
        """Where the author's point fills the deck and the headline names no place, the deck does."""
        title = "Quillon 2 runs on one old card now, and here is what it took to get it there in a month"
        point = (
            "Quillon 2 on one old card now reaches 12 tokens a second with a kernel that splits its layers"
        )
        aside = (
            " over two boards, of which the second only holds the long context, as it did in the old kernel"
        )
        for more in ("", aside, f"{aside} of May"):
            draft = assemble(brief(thread(title, f"{point}{more}.", *self.ANSWERS)))
            assert "12 tokens" in draft.deck.text
            assert (draft.headline.text + draft.deck.text).count("r/LocalModels") == 1
