"""What an author's post comes to, whose words it holds, and what a sentence is worth."""

from __future__ import annotations

import pytest

from bot.domain.brief import BriefRecord
from bot.domain.record import RecordKind
from bot.write.pasted import own, speaks_of_self
from bot.write.point import point
from bot.write.quotes import candidates
from bot.write.worth import finding, is_idle, says_little
from tests.write.factory import record

TITLE = "Quillon 2 on one old card"


def told(text: str, title: str = TITLE) -> str | None:
    """Return what a post with this text comes to."""
    opened = record("o0", text, kind=RecordKind.POST, title=title, root="o0")
    return point(BriefRecord(1, opened, 0.5, 0), lambda _: 0.3)


class TestPoint:
    def test_a_result_goes_before_the_rig(self) -> None:
        """What was measured is told, not what the author owns and how they began."""
        rig = "I own an old card and a board for Quillon 2 from a sale."
        result = "Quillon 2 reaches 12 tokens a second, half of what the new card does."
        assert told(f"{rig} I plugged it in last week. {result}") == result

    @pytest.mark.parametrize("label", ["Result:\n", "TL;DR: ", "**Conclusion**\n\n"])
    def test_what_is_announced_as_the_result_is_it(self, label: str) -> None:
        """Behind "result" or "TL;DR" a post comes to its point, even without a word of its title."""
        run_up = "Quillon 2 was on my list for months and the old card lay in a drawer."
        assert told(f"{run_up}\n\n{label}8 tokens a second and no crash in a week.") == (
            "8 tokens a second and no crash in a week."
        )

    def test_an_end_counts_more_than_a_middle(self) -> None:
        """A finding at the end of a long post is found."""
        filler = "My board has four slots and a fan. " * 40
        between, end = (f"Quillon 2 ended up {n}% slower than before on an old card." for n in (10, 30))
        assert told(f"Quillon 2 is a model.\n{filler}\n{between}\n{filler}\n{end}") == end

    def test_a_question_is_not_told_twice(self) -> None:
        """Under a title that asks, what the author wants is told rather than the question again."""
        asks = "Which old card should I buy for Quillon 2?"
        wants = "My budget for a card is 300 dollars."
        assert told(f"{asks} {wants}", title=asks) == wants

    @pytest.mark.parametrize(
        "aside",
        ["The new card wins with Quillon 2, but that is far from a priority to me.",
         "Last year I measured 12 tokens a second, twice that of now, for Quillon 2 on one old card.",
         "The first thing I tried was Quillon 2 on one old card."],
    )  # fmt: skip
    def test_what_its_author_sets_aside_is_no_point(self, aside: str) -> None:
        """A post does not come to what it calls unimportant or what happened before."""
        assert told(aside) is None
        assert told("Quillon 2 on one old card is a priority to me.")

    def test_what_points_at_something_unnamed_is_no_point(self) -> None:
        """A sentence that speaks of "this regard" is not understood under the title alone."""
        assert told("In speed Quillon 2 ended up 30% slower than before on an old card.")
        assert told("Quillon 2 ended up 30% slower than before in this regard on an old card.") is None

    def test_what_is_marked_as_incorrect_is_no_point(self) -> None:
        """What an edit of the post takes back is not what it comes to."""
        said = "Quillon 2 reaches 12 tokens a second on one old card."
        assert told(said) == said
        assert told(f"{said}\n\nEDIT: this is incorrect.") is None

    def test_without_a_point_nothing_is_told(self) -> None:
        """A post that neither finds anything nor takes up its title comes to nothing."""
        assert told("My neighbour keeps bees on the roof and sells honey.") is None


class TestOwnWords:
    @pytest.mark.parametrize(
        "text",
        [
            "From the article: The lab will open its weights in May.",
            "Interesting.\n\nAbstract: The lab will open its weights in May.",
            "ChatGPT said: The lab will open its weights in May.",
            "Model\tScore\nQuillon\tThe lab will open its weights in May.",
            "```\nThe lab will open its weights in May.\n```",
            "\u201cIt is done. The lab will open its weights in May.\u201d",
            f"The lab will open its weights in May. {'It is long. ' * 30}The lab did not respond in time.",
        ],
    )
    def test_what_was_pasted_is_nobodys_own(self, text: str) -> None:
        """What a post takes over from elsewhere is not quoted as the word of whoever posted it."""
        said = "The lab will open its weights in May."
        at = text.index(said)
        assert not own(text, at, at + len(said))
        assert not candidates(BriefRecord(1, record("q", text), 0.5, 0), lambda _: 0.5, fewest=8, most=9)

    def test_what_stands_before_is_own(self) -> None:
        """A remark before what is pasted is its author's."""
        text = "I read it twice and still do not see the point.\n\nFrom the article: The lab will wait."
        assert own(text, 0, text.index("\n"))

    def test_a_post_that_speaks_of_nobody_has_no_author_speaking(self) -> None:
        """Only a post that says "I" or "we" is told as what its author wrote."""
        assert speaks_of_self("I tried Quillon 2 on an old card.")
        assert not speaks_of_self("Quillon 2 is a state-of-the-art model.")
        assert not speaks_of_self(">>> Quillon 2 is here, and I built it.")


class TestWorth:
    @pytest.mark.parametrize(
        "text",
        [
            "Would love to read a test of Quillon on that board.",
            "I am a gardener with an interest in models.",
            "I have an old Vantor card in a drawer.",
            "Show a Vantor receipt or it didn't happen!",
            "I've been testing a few boards as well.",
            "Glad that Quillon is still around!",
            "The scores are good for its size. I'll try it today.",
            "It was a pain to set up, so thanks for posting about it.",
            "I will wait for the small Quillon and then adopt it.",
            "What should my cards do if the memory is gone.",
            "I am a big fan of the people behind Quillon.",
            "I currently have a very old card. I want to buy another one.",
        ],
    )
    def test_wishes_and_belongings_say_little(self, text: str) -> None:
        """What somebody hopes for, is or owns tells nothing of the matter."""
        assert says_little(text)

    @pytest.mark.parametrize(
        "text",
        ["I have absolutely no idea if I should wait for the new Quillon or not.",
         "I do not know how many layers Quillon has, but I bet a few more than Vantor.",
         "I am not against parentheses, just do not use them in every sentence."],
    )  # fmt: skip
    def test_idle_words_are_not_quoted(self, text: str) -> None:
        """Nothing is told by who knows nothing, nor by who speaks of how the poster writes."""
        one = BriefRecord(1, record("q", text), 0.5, 0)
        assert is_idle(text, on_the_matter=False)
        assert not candidates(one, lambda _: 0.0)
        assert not is_idle("There is a catch and I don't know what it is.", on_the_matter=False)

    def test_how_one_writes_may_be_the_matter(self) -> None:
        """Where people talk about punctuation, a word on it is on the matter."""
        assert not is_idle("Quillon uses punctuation as nobody does.", on_the_matter=True)

    @pytest.mark.parametrize(
        "text",
        ["I have an old Vantor card but it refuses Quillon.", "I am not convinced that it runs.",
         "An old card is half as fast as a new one."],
    )  # fmt: skip
    def test_a_statement_says_more(self, text: str) -> None:
        """With a turn or a judgement in it the same beginning is worth telling."""
        assert not says_little(text)

    def test_a_finding_has_figures_and_what_they_show(self) -> None:
        """Measured figures and what came of a trial count; the size of a card does not."""
        assert finding("I tested it: 12 tokens a second against 30%.") > finding(
            "It runs at 12 tokens a second."
        )
        assert finding("It runs at 12 tokens a second.") > finding("My card has 24 GB and a fan.") == 0.0


def test_a_makers_praise_is_no_posters_word() -> None:
    """A sentence that praises as makers do was taken over, whoever posts it."""
    praise = "It is a state-of-the-art model with exceptional speed on every task."
    assert not own(praise, 0, len(praise))
    assert own("It is a state-of-the-art model that I tried.", 0, 44)
