"""Quotes that stand by themselves: not cut, not in the middle of a thought, not laughed at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.domain.brief import BriefRecord
from bot.domain.record import RecordKind
from bot.write.clippings import Clippings
from bot.write.desk import Desk
from bot.write.front import headline
from bot.write.merit import points_back
from bot.write.quotes import Quote, candidates
from bot.write.titles import to_break
from tests.write.factory import brief, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.record import Record


def clippings(*records: Record, about: Callable[[str], float] = lambda _: 0.5) -> Clippings:
    """Return the quotes of `records`."""
    return Clippings([BriefRecord(n, one, 0.5, 0) for n, one in enumerate(records, 1)], about)


def _weighing(about: float) -> Callable[[str], float]:
    return lambda _: about


@pytest.mark.parametrize(
    "text",
    [
        "To top it all off, it probably has two cores only.",
        "At least, that's my theory of the Quillon licence.",
        "Like building a shed without ever asking for the price.",
        "Let me explain why the Quillon licence is no licence.",
        "Maybe we will even get a sort of a smaller Quillon.",
        "With the old driver, but that is bound to change.",
        "Unlike the cards that the laboratory keeps for itself.",
        "Quillon can win big here though, with some help.",
    ],
)
def test_what_goes_on_or_leads_up_points_back(text: str) -> None:
    """A sentence that goes on from the one before, or announces the next, is no quote."""
    assert points_back(text)
    assert not points_back("Quillon has two cores only, and at least one of them is slow.")


def test_what_breaks_off_is_no_quote() -> None:
    """A line that ends on a small word goes on elsewhere."""
    broken = "The licensee is expressly prohibited from using the model or any output for"
    one = BriefRecord(1, record("a", f"{broken}\n\n* a"), 0.5, 0)
    assert broken not in [quote.text for quote in candidates(one, lambda _: 0.5)]
    whole = BriefRecord(1, record("a", f"{broken} any purpose that earns money"), 0.5, 0)
    assert candidates(whole, lambda _: 0.5)


def test_what_its_author_laughs_at_is_no_quote() -> None:
    """Whoever calls for a prize in the next sentence does not mean what they said."""
    said = "A model of this size beats every large one on the market."
    for after, found in (
        ("Give that man a few millions and a castle, for there is a genius right here in the room!", 0),
        ("I ran it last night on both of the machines that stand side by side in my cellar.", 1),
    ):
        one = BriefRecord(1, record("a", f"{said} {after}"), 0.5, 0)
        assert [quote.text for quote in candidates(one, lambda _: 0.5)].count(said) == found


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ("However, it crashed on the first long text that I gave it, and then on all others.", False),
        ("I gave it a long text about the weather and very quickly discovered limitations.", False),
        ("I gave it a long text. I'd like it on record that I was wrong.", False),
        ("I gave it a long text.\n\nEDIT: this is incorrect, the cable was loose.", False),
        ("I gave it a long text and it did as well as on the short one.", True),
        ("\n\nBut the neighbour's machine is another story, and a longer one.", True),
    ],
)
def test_what_its_author_takes_back_is_no_quote(after: str, *, found: bool) -> None:
    """A quote does not stop before its author turns round; a quote that holds the turn is one."""
    said = "I praised Quillon in the club all Monday because my old card liked it."
    one = BriefRecord(1, record("a", f"{said} {after}"), 0.5, 0)
    texts = [quote.text for quote in candidates(one, lambda _: 0.5)]
    assert (said in texts) is found
    assert found or "\n" in after or f"{said} {after}" in texts


@pytest.mark.parametrize(
    "said",
    [
        "If you get the speed of Quillon 2, that'd be a great one to run at home.",
        "The people that say that are suffering from a broken cable of their own.",
        "I am actually getting twelve of them a second on my Quillon machine.",
        "I bet that the new Quillon has also a few times more layers.",
        "I checked last night which of mine sat above the threshold of Quillon.",
        "32 GB of memory for a hundred and twenty dollars in a Quillon shop.",
    ],
)
def test_what_leans_on_the_sentence_before_begins_there(said: str) -> None:
    """Further down a post, what needs the sentence before it is quoted with that or not at all."""
    before = "Load up on old Vantor cards."
    for gap, quoted in ((" ", [f"{before} {said}"]), ("\n\n", [])):
        one = BriefRecord(1, record("a", f"{before}{gap}{said}"), 0.5, 0)
        assert [quote.text for quote in candidates(one, lambda _: 0.5)] == quoted
    alone = BriefRecord(1, record("a", said), 0.5, 0)
    assert [quote.text for quote in candidates(alone, lambda _: 0.5)] == [said]


@pytest.mark.parametrize("said", ["Both Quillon and Vantor sold well all over the country in May.",
                                  "A friend of mine sold two Quillon cards all over the country.",
                                  "I think that Quillon sold well all over the country in May."])  # fmt: skip
def test_what_leans_on_nothing_begins_where_it_likes(said: str) -> None:
    """A pointer that its own sentence explains needs no other."""
    one = BriefRecord(1, record("a", f"Load up on old cards. {said}"), 0.5, 0)
    assert said in [quote.text for quote in candidates(one, lambda _: 0.5)]


def test_further_down_a_post_a_quote_names_the_matter() -> None:
    """In the middle of a post "it" is what stands above, and a sentence that names nothing is about that."""
    opened = record("t", "", kind=RecordKind.POST, title="Quillon runs on old cards", root="t")
    above = "I play the piano when the cards are busy."
    for said, about, found in (
        ("It seems like a simple task, but the machine never manages to finish.", 0.5, False),
        ("My neighbours never managed to finish a piece in one evening.", 0.0, False),
        ("Quillon never managed to finish a piece in one evening.", 0.5, True),
    ):
        post = record("a", f"{above}\n\n{said}", parent="t", root="t")
        clips = clippings(post, about=_weighing(about))
        clips.shown(opened)
        assert (said in [quote.text for quote in clips.rank()]) is found


def test_where_many_were_voted_for_others_come_later() -> None:
    """A post that hardly anybody voted for speaks for few, where many others were."""
    said = "Quillon is slow on my cards, and I measured that twice."
    few, more = (
        replace(record(f"p{votes}", said, parent="t", root="t"), metrics={"score": votes}) for votes in (3, 4)
    )
    # The one with fewer votes lies nearer the matter.
    posts = [BriefRecord(1, few, 0.9, 0), BriefRecord(2, more, 0.5, 0)]
    voted = [
        BriefRecord(n, replace(record(f"v{n}", "Yes."), metrics={"score": 40}), 0.5, 0) for n in range(3, 8)
    ]
    for beside, first in (([], few), (voted, more)):
        assert Clippings([*posts, *beside], lambda _: 0.5).rank()[0].record == first


def test_a_long_title_is_told_by_the_question_it_comes_to() -> None:
    """A title of a clause and a question is shown as the question, if that names what it asks."""
    clause = (
        "Given that powerful models are now offered at a price below that of the power for a card at home"
    )
    asked = "are you regretting the money for your cards?"
    assert to_break(f"{clause}, {asked}") == asked
    assert to_break(f"{clause}, are you regretting it?") == ""


def test_what_happened_stands_before_what_somebody_wants() -> None:
    """A thread that tells something heads a story rather than one that collects answers."""
    threads = {"Post your Quillon version and your card, please": 4, "Quillon 0.9 loses half of its text": 3}
    said = []
    for at, (title, answers) in enumerate(threads.items()):
        said.append(record(f"t{at}", "", kind=RecordKind.POST, title=title, root=f"t{at}"))
        said += [
            record(
                f"{at}a{n}", f"Quillon lost {n + 3} of my pages in a minute.", parent=f"t{at}", root=f"t{at}"
            )
            for n in range(answers)
        ]
    assert "loses half" in headline(Desk(brief(said))).text


def test_whoever_answers_their_own_question_is_not_quoted_first() -> None:
    """A question with a remark behind it was put to one person."""
    for text, strong in (
        ("Is Quillon a thinking model? I've never used one of them.", False),
        ("Quillon is no thinking model, and I've used all of them.", True),
    ):
        assert Quote(record("a", text), text, 9.0).strong is strong


def test_a_title_with_a_verb_heads_a_story_by_itself() -> None:
    """Who answers is told where a title alone says nothing that happened: a name, a question."""
    for title, told in (("Quillon 2 drops every old card", False), ("Quillon 2 on old cards", True)):
        opened = record("t", "", kind=RecordKind.POST, title=title, root="t")
        said = [
            record(f"a{n}", f"Quillon lost {n + 3} of my pages in a minute.", parent="t", root="t")
            for n in range(4)
        ]
        head = headline(Desk(brief([opened, *said]))).text
        assert title in head
        assert ("r/LocalModels" in head) is told


def test_posts_of_all_places_are_no_one_places() -> None:
    """A headline of last resort that counts the posts of several places names none of them."""
    said = [
        record(f"{place[-3:]}{n}", f"{n} of us read the output clause and the town hall", place=place)
        for place in ("r/LocalModels", "hackernews")
        for n in range(6)
    ]
    head = headline(Desk(brief(said))).text
    assert "12 posts" in head
    assert "r/LocalModels" not in head
    assert "Hacker News" not in head
