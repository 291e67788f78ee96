from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.brief import BriefRecord
from bot.write.around import leans_back
from bot.write.clean import printable
from bot.write.clippings import Clippings
from bot.write.merit import answers, follows, is_fragment, stands_alone
from bot.write.quotes import Quote, candidates
from bot.write.voices import further
from bot.write.worth import says_little
from tests.write.factory import record


def texts(text: str) -> list[str]:
    """Return the spans of a post that may be quoted."""
    return [quote.text for quote in candidates(BriefRecord(1, record("q", text), 0.5, 0), lambda _: 0.5)]


@pytest.mark.parametrize(
    "text",
    [
        "Fair point, and the detector fires on help that the district recommends.",
        "Answer: the board never saw the second table of the report.",
        "I would like that last sentence printed on every page of the manual.",
        "Simple policy from that: report the unsafe rate alone.",
        "For these the vendor wants four hundred dollars a month.",
        "Very roughly looks like twelve shared layers and twenty of the other sort.",
        "Why not, there is no need for anybody to write it all again.",
        "I hope they pay the teachers for the time they lost.",
        "I also added a second list of words to the tool.",
        "43 were fine, some of the notes were very good.",
        "4(c) is the one that hurts me and my small shop.",
        "Seven of nine. The two smallest go the other way.",
        "14 percent. If my students did it I would fail the class.",
        "In the end I solved this problem with two scripts.",
        "Small models are perfectly fine for that task here.",
        "9 of 40 is worth a mail to the authors of the test.",
        "All seven signed the notes of the pilot without reading them.",
        "I never laid a hand on him and I almost signed the note.",
        "For comparison the older card draws twice as much power.",
        "All but one. I was agreeing with a dial of my own.",
        "The reason is that two old cards do not scale at all.",
        "The new card is about 2.5x faster on every measure we took.",
        "Whether they cover what was inferred is much murkier here.",
        "The old output had none of it, which a judge can follow.",
        "I went back to the day before and reverted only that commit.",
        "Up to then every block of values had a scale of its own.",
        "Maybe, but there was not much between the two modes of the old Heron.",
        "More like a cold store in which every crate is labelled twice.",
        "I guess that is why Heron reached the top of the table as well.",
        "My class had one cry, one laugh and one ask for the table.",
        "I am surprised that 2.5 Pro is not at the top of the table.",
    ],
)
def test_what_points_back_is_not_quoted(text: str) -> None:
    """A quote whose first words point at what is not shown does not stand alone."""
    assert not stands_alone(text)


@pytest.mark.parametrize(
    "text",
    ["Two judges of the court say that a style is free.", "My colleague signed what he had not read.",
     "928 children got a letter from the county.",
     "Heron 2.5 Pro costs a dollar and 2.5 Pro is not worth that.",
     "118 minutes of paperwork a shift are down to 57.",
     "The new card is about 2.5x faster than the old one on every measure."],
)  # fmt: skip
def test_a_figure_with_what_it_counts_stands_alone(text: str) -> None:
    """Only a figure without a noun points back."""
    assert stands_alone(text)


@pytest.mark.parametrize(
    "text",
    [
        "They are right. Heron does not need much of the bandwidth of a card.",
        "He's absolutely right, the new Heron does not need that much of the bandwidth.",
        "Heron needs a wide bus and you have one, so you should get the second option.",
        "The price of the large box is fair, I would take the latter any day.",
        "The loading/unloading aspect is what matters most for a small shop with one card.",
        "To the person saying just wait: my aunt is 77 and waits for nobody.",
        "For those asking about the price of Heron, it is a dollar a day.",
        "A second group of old notes would be good, though. I have read many copied by people.",
        "Don't worry about them, Heron has a network of other people who deliver the files.",
    ],
)
def test_an_answer_may_lean_on_its_title_alone(text: str) -> None:
    """Somebody else's answer, an option or an aspect is no part of what a title says."""
    assert not answers(text)


@pytest.mark.parametrize(
    "text",
    ["I take the second option of the menu, with which Heron runs on old cards.",
     "For anyone who needs to work today, Heron runs with half of the context.",
     "They are afraid of the lab, better to open the weights than to lose the race."],
)  # fmt: skip
def test_what_says_which_one_is_understood_under_a_title(text: str) -> None:
    """An option with its noun, anybody at all and whom the title names are met."""
    assert answers(text)


@pytest.mark.parametrize(
    ("said", "needs"),
    [("Leave the old licence of Heron in the field and add one line below it.", True),
     ("Length first. The pages of Heron run twice as long as those of the old one.", True),
     ("11.9% flagged. If Heron is wrong once in a hundred, few of the letters are wrong.", False),
     ("Heron flagged a thousand letters to the parents of the county.", False)],
)  # fmt: skip
def test_an_order_needs_its_question(said: str, needs: bool) -> None:  # noqa: FBT001 - a row of the table
    """Under a title that nobody was told, what to do and one word of it answer an unknown question."""
    answer = record("a", said, parent="t", root="t")
    clips = Clippings([BriefRecord(1, answer, 0.5, 0)], lambda _: 1.0)
    assert bool(clips.rank()) is not needs
    clips.shown(record("t", "", title="What does Heron need in the field for its licence?", root="t"))
    assert bool(clips.rank())


def test_that_as_a_conjunction_points_nowhere() -> None:
    """After a verb of thinking the word opens a clause."""
    assert stands_alone("I think that the old licence still holds for every copy made before March.")


def test_an_answer_to_what_is_not_shown_has_no_word() -> None:
    """Only answers to the opening are quoted, and none that speaks to the one it answers."""
    said = "The old licence still holds for every copy made before March."
    to_opening = record("a", said, parent="t", root="t")
    deep = record("b", said, parent="a", root="t")
    spoken_to = record(
        "c", "Check your copy of the licence file before the next update.", parent="t", root="t"
    )
    assert [Quote(r, r.text, 1.0).leans for r in (to_opening, deep, spoken_to)] == [False, True, True]
    assert Clippings([BriefRecord(1, deep, 0.5, 0)], lambda _: 0.5).rank() == []


def test_what_was_voted_down_speaks_for_nobody() -> None:
    """A comment that its thread voted below zero is not quoted."""
    said = "The new licence of Quillon names a court in the far north."
    for votes, told in ((-1, False), (0, True)):
        one = replace(record("v", said), metrics={"score": votes})
        assert bool(Clippings([BriefRecord(1, one, 0.5, 0)], lambda _: 0.5).rank()) is told


@pytest.mark.parametrize(
    ("half", "turn"),
    [
        ("Quillon 2 runs great on both of my old cards.", "VERY disappointed with the speed though."),
        ("Most people here find the prose of Quillon 2 flat.", "My view is just the opposite."),
        ("Quillon 2 answers every question of my exam.", "I'm still not convinced that it understands one."),
        ("The new kernel halves the memory of each run.", "The only downside is a week of set-up."),
        ("The cheap cards of the shop work out of the box.\n", "The catch is that they draw 400 watts."),
    ],
)
def test_a_verdict_beside_it_is_quoted_too(half: str, turn: str) -> None:
    """Neither half of what somebody thinks is shown alone: both are, or neither."""
    both = f"{half} {turn}"
    assert all(text == both for text in texts(both) if text != turn)
    assert "\n" in both or texts(both) == [both]


def test_a_verdict_of_another_paragraph_is_another_matter() -> None:
    """Both halves stand alone where a blank line parts them, and neither does where only a line ends."""
    half, turn = "The cheap cards of the shop work out of the box.", "The catch is that they draw 400 watts."
    assert {half, turn} <= set(texts(f"{half}\n\n{turn}"))
    assert not {half, turn} & set(texts(f"{half}\n{turn}"))


def test_what_follows_a_verdict_is_not_shown_without_it() -> None:
    """Praise that stands behind "disappointed" is half of what its author thinks."""
    said = "Quillon 2 is slow on my card and I am disappointed. The prose of Quillon 2 is better than before."
    assert not [text for text in texts(said) if "prose" in text and "disappointed" not in text]


def test_a_short_last_sentence_is_not_cut_off() -> None:
    """A quote goes on to the one short sentence that ends its post."""
    text = "We ran the vendor's tool on forty essays written by hand. Thirty were flagged."
    assert texts(text) == [text]


@pytest.mark.parametrize(
    ("quoted", "more"),
    [
        (
            "Making the Heron licence open is something new to the people of that lab.",
            " Snake oil merchants..",
        ),
        (
            "I see no point in the small Heron box. Especially at the price it goes for. It costs $1500.",
            " The large one was down to $1700.",
        ),
    ],
)
def test_a_short_end_of_a_paragraph_stays(quoted: str, more: str) -> None:
    """Whatever closes a paragraph in a few words may turn it: without it nothing of that is quoted."""
    assert quoted in texts(f"{quoted}\n\nThe rest of the post is on another matter, the noise of the fans.")
    assert quoted not in texts(f"{quoted}{more}\n\nThe rest is on another matter, the noise of the fans.")


def whole_enough(text: str, quoted: str) -> bool:
    """Tell whether `quoted` may stand for a post."""
    return Quote(record("q", text), quoted, 1.0).is_most


def test_a_short_post_is_quoted_whole() -> None:
    """Of a post as short as a quote a paragraph is shown whole, links aside; of a longer one half will do."""
    half = "The old Heron box is quiet at night and quick enough for the notes of a small office."
    more = "I have had one of them in the office since May and would buy the same one again."
    assert not whole_enough(f"{half} {more}", half)
    assert whole_enough(f"{half} https://shop.example/heron", half)
    assert not whole_enough(f"{half}\n\nOr so they said.", half)
    longer = f"{half} {half.replace('night', 'noon')}"
    assert whole_enough(f"{longer} {more}", longer)


@pytest.mark.parametrize("verdict", ["No, the Heron of that lab is going to be as censored as the others.",
                                     "Heron is a toy."])  # fmt: skip
def test_an_answer_is_not_left_out(verdict: str) -> None:
    """What stands below a verdict explains it, and says something else without it."""
    below = "A model from scratch by some group of volunteers would be nearest to one without any bias, " * 3
    below = below.removesuffix(", ") + "."
    assert not whole_enough(f"{verdict}\n\n{below}", below)
    led_up = "The people of the lab say that they have trained the new Heron without any filter."
    assert whole_enough(f"{led_up}\n\n{below}", below)


def test_what_a_stump_leads_up_to_is_not_cut_off() -> None:
    """A quote does not end on "All but one." where its author goes on to what that means."""
    first = "I checked the forty notes of the vendor last night. All but one."
    text = f"{first} My colleague had agreed with a dial."
    assert first not in texts(f"{text} {text}")
    assert text in texts(text)


def test_a_quote_goes_on_to_what_came_of_it() -> None:
    """What somebody once held, and what a stump completes, are not quoted without the sentence behind."""
    held = "On Monday I told everyone that the flags of the vendor were right."
    checked = "I looked last night at what the tool had made of my forty notes."
    end = "It had flagged the thirty longest of the forty and nothing else in all of the class."
    assert texts(f"{held} {end}") == [f"{held} {end}", end]
    assert checked in texts(f"{checked} {end}")
    assert checked not in texts(f"{checked} All but one. {end}")


@pytest.mark.parametrize(
    ("leaning", "standing"),
    [
        ("Token generation is double speed in each of my runs here.",
         "Token generation of Quillon is double the speed of the old card."),
        ("The speed is quite good for a card of its age, too.",
         "The speed of Quillon is quite good for a card of its age."),
        ("It ran two times a day and was much faster in the night.",
         "It ran two times a day and was much faster than the old card."),
    ],
)  # fmt: skip
def test_a_comparison_takes_its_standard_along(leaning: str, standing: str) -> None:
    """What is faster or good without saying than what or what of rests on the sentence before."""
    before = "I put Quillon 2 beside the Vantor card on Monday morning."
    assert leaning not in texts(f"{before} {leaning}")
    assert f"{before} {leaning}" in texts(f"{before} {leaning}")
    assert standing in texts(f"{before} {standing}")


@pytest.mark.parametrize(
    "text", ["EDIT: I misread it.\n\n{}", "{}\n\nEdit 2: incorrect, see below.", "{} (edit: wrong)"]
)
def test_what_an_edit_corrects_is_not_quoted(text: str) -> None:
    """A post that says above or below that it does not hold is not told as it stood."""
    said = "The new licence of Quillon names a court in the far north."
    assert said in texts(said)
    assert not [span for span in texts(text.format(said)) if said in span]


@pytest.mark.parametrize(
    ("text", "little"),
    [
        ("Really good results so far and crazy ratio", True),
        ("Wow, the gap is insane", True),
        ("Really good on paper, because nobody measured the heat", False),
        ("The gap between the two licences was never so wide", False),
    ],
)
def test_mere_praise_says_little(text: str, *, little: bool) -> None:
    """Who only praises or damns tells nobody anything of the matter."""
    assert says_little(text) is little


def test_what_is_typed_in_haste_is_weak() -> None:
    """A quote in lower case, or in chat spelling, has the word only where nothing better is said."""
    typed = ("oops wrong thread, the licence is fine", "The licence is kinda fine for all of us")
    assert not [text for text in typed if Quote(record("t", text), text, 9.0).strong]
    assert Quote(record("t", "The licence is fine."), "The licence is fine for all of us.", 9.0).strong


def test_under_its_title_it_is_understood() -> None:
    """What answers a title may call its subject "it"; what speaks of a picture or of "that" may not."""
    assert follows("It will be slower than the old one on every card.")
    assert not follows("It is the worst graph that I have ever seen here.")
    assert not follows("Exactly, and nobody has measured it so far.")


def test_a_sentence_has_a_verb() -> None:
    """A heap of nouns is no statement; an order is one."""
    assert is_fragment("128 GB of slow memory for the price of a car.")
    assert not is_fragment("Keep the old revision on a disk of your own.")
    assert not is_fragment("The cards need twice the power.")


def test_nobody_is_told_as_answering_themselves() -> None:
    """A reply by the author of a post is a continuation, not another voice."""
    said = "The output clause of the new licence cannot be enforced against anybody else."
    answer = "But a clause that cannot be enforced still frightens the small shops."
    first = record("a", said, parent="t", root="t", author="heron_1")
    for author, found in (("heron_1", False), ("heron_2", True)):
        reply = record("b", answer, parent="a", root="t", author=author)
        clips = Clippings([BriefRecord(n, r, 0.5, 0) for n, r in enumerate((first, reply), 1)], lambda _: 0.5)
        assert bool(clips.reply_to(Quote(first, said, 2.0))) is found


def test_a_reply_that_leans_stands_under_all_that_it_answers() -> None:
    """Where only a part of a post is shown, "it" in the reply to it may be something else."""
    said, more = (
        "The output clause of the licence frightens small shops.",
        "The banner is worse for all of us.",
    )
    first = record("a", f"{said} {more}", parent="t", root="t", author="heron_1")
    leaning, curt = "It is not the clause but the banner.", "I have one. It is not the clause but the banner."
    for answer, shown, found in (
        (leaning, said, False), (leaning, f"{said} {more}", True), (curt, f"{said} {more}", False),
    ):  # fmt: skip
        reply = record("b", answer, parent="a", root="t", author="heron_2")
        pair = [BriefRecord(n, r, 0.5, 0) for n, r in enumerate((first, reply), 1)]
        assert bool(Clippings(pair, lambda _: 0.5).reply_to(Quote(first, shown, 2.0))) is found


def test_what_a_maker_announced_is_nobodys_own_word() -> None:
    """Whoever pastes "we are releasing" into a discussion does not say it."""
    pasted = "Today, we are releasing the Quillon weights and a small version for everyone."
    own = "The laboratory is releasing the Quillon weights today and a small version for everyone."
    assert [Quote(record("n", text), text, 9.0).strong for text in (pasted, own)] == [False, True]


def test_counting_stops_after_three() -> None:
    """After the third speaker of a paragraph nobody is numbered."""
    assert [further(n) for n in range(1, 5)] == ["another", "a third", "somebody else", "somebody else"]


def test_jokes_on_atrocities_are_not_printed() -> None:
    """Names of atrocities stand with the slurs."""
    assert not printable("It called itself Hitler again.")
    assert not printable("Their final solution for bugs.")
    assert printable("The final release candidate is a solution.")


@pytest.mark.parametrize(
    ("sentence", "leans"),
    [
        ("Forked from the Vantor shell, it includes prompts and calls for the newest model.", True),
        ("Running on a single card, it needs twice the time that I gave it last week.", True),
        ("Running on a single card, Quillon needs twice the time that I gave it last week.", False),
    ],
)
def test_whose_clause_it_is_has_to_be_shown(sentence: str, *, leans: bool) -> None:
    """A sentence that opens with a participle and goes on with "it" leans on the one before it."""
    above = "We are releasing Quillon Shell today. "
    assert leans_back(above + sentence, len(above)) is leans
