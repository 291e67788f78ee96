from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.write.numbers import forms, spelled, states, unexplained, written

AT = datetime(2026, 3, 5, 8, 52, tzinfo=UTC).timestamp()


class TestWritten:
    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("records", 1140, "1,140"),
            ("records", 4, "four"),
            ("ratio", 3.46, "3.5 times"),
            ("ratio", 15.2, "15 times"),
            ("ratio", 5.0, "five times"),
            ("share:r/LocalModels", 41.6, "42%"),
            ("at:first", AT, "08:52 UTC"),
            ("lag:bluesky", 34, "34 minutes"),
            ("lag:bluesky", 60 * 24, "a day"),
            ("hours", 24, "24 hours"),
        ],
    )
    def test_a_number_is_written_as_a_newspaper_would(self, key: str, value: float, expected: str) -> None:
        """Every computed number has one way in which it is written."""
        assert written(key, value) == expected

    @given(
        st.sampled_from(["records", "ratio", "share:x", "at:x", "lag:x", "hours", "expected"]),
        st.floats(0.5, 1e6),
    )
    def test_what_is_written_is_recognised(self, key: str, value: float) -> None:
        """The inverse check accepts every number as it is written, alone and inside a sentence."""
        text = (
            f"Of posts, people, threads and whatever was expected there was: {written(key, value)}, no more."
        )
        assert states(text, key, value)
        assert unexplained(text, {key: value}, ()) == ()

    def test_digits_never_open_a_sentence(self) -> None:
        """Numbers up to 99 can be spelled out."""
        assert (spelled(74), spelled(20), spelled(100)) == ("seventy-four", "twenty", "100")


class TestUnexplained:
    def test_a_figure_from_nowhere_is_found(self) -> None:
        """A numeral that is neither declared nor in a source is reported."""
        assert unexplained("It drew 48 posts.", {"records": 47}, ["we had 12 of them"]) == ("48",)

    def test_a_number_word_from_nowhere_is_found(self) -> None:
        """Words for numbers count as figures."""
        assert unexplained("It doubled, by dozens.", {}, []) == ("doubled", "dozens")

    def test_digits_and_words_are_the_same_number(self) -> None:
        """A record that says 11 accounts for "eleven"."""
        assert unexplained("A shop of eleven people.", {}, ["We are 11 people."]) == ()

    def test_a_letter_at_a_numeral_belongs_to_it(self) -> None:
        """34B in a record does not account for 34 people."""
        assert unexplained("It was 34 people.", {}, ["the 34B model"]) == ("34",)

    def test_quoted_figures_are_left_to_the_quotation_check(self) -> None:
        """What stands between quotation marks is not judged here."""
        assert unexplained("They wrote “we lost 4,000 files”.", {}, []) == ()

    def test_a_part_of_a_number_is_not_the_number(self) -> None:
        """14 does not account for 140, nor 1 for 1.5."""
        assert unexplained("It was 140.", {"records": 14}, []) == ("140",)

    @pytest.mark.parametrize(
        "amount",
        ["$19", "€ 19", "USD 19", "19 per cent", "19 pct", "19 dollars", "19 pounds", "19$", "19 million"],
    )
    def test_a_computed_count_is_no_amount(self, amount: str) -> None:
        """A count of 19 posts accounts for no sum, share or multiple of 19."""
        assert unexplained(f"It was {amount} of it.", {"records": 19}, []) != ()
        assert not states(f"It was {amount} of it.", "records", 19)
        assert (
            unexplained("It was 19 of the posts, and 47 % of that.", {"records": 19, "share:x": 47}, []) == ()
        )

    @pytest.mark.parametrize(
        ("told", "said"),
        [
            ("$6 million", "6 million dollars"),
            ("$6 million", "USD 6 million"),
            ("$6 million", "$6M"),
            ("$6 million", "six million US dollars"),
            ("$20", "20$ a month"),
            ("$20", "20 USD"),
            ("$20", "20 bucks"),
            ("20 dollars", "$20"),
            ("5 percent", "5 pct"),
            ("5 pounds", "£5"),
            ("£5", "GBP 5"),
        ],
    )
    def test_an_amount_is_the_same_however_it_is_written(self, told: str, said: str) -> None:
        """Sign, code and word of a currency say the same, before or behind, with a scale between."""
        assert unexplained(f"It cost {told}.", {}, [f"it was {said} to us"]) == ()

    @pytest.mark.parametrize(
        ("told", "said"),
        [("£5", "it weighs 5 pounds"), ("$6M", "6 of us"), ("six dollars", "six of us"), ("34B", "$34B")],
    )
    def test_another_unit_is_another_amount(self, told: str, said: str) -> None:
        """A weight is no price, and a count is no sum."""
        assert unexplained(f"It cost {told}.", {}, [said]) != ()

    def test_every_form_is_nonempty(self) -> None:
        """No number is stated by an empty text."""
        assert all(form for key in ("records", "ratio", "hours", "at:x") for form in forms(key, 30.0))


class TestCounted:
    """A computed number is stated only of what it counts."""

    @pytest.mark.parametrize(
        ("text", "key", "value"),
        [
            ("Quillon lost 19 hospitals over the licence.", "records", 19),
            ("Quillon lost 19 more hospitals over the posts.", "records", 19),
            ("Quillon lost 19 over the licence.", "records", 19),
            ("Quillon dismissed four founders.", "expected", 4.2),
            ("Quillon dismissed four of the founders over some posts.", "expected", 4.2),
            ("Nine hospitals switched the model off.", "records:r/LocalModels", 9),
            ("Three courts heard it.", "communities", 3),
            ("Quillon cut 47% of its staff after the talk.", "share:r/LocalModels", 47),
            ("It cost four times the price.", "ratio", 4),
            ("There were 19 posts.", "authors", 19),
            ("Quillon sued 19 in one week, the posts say.", "records", 19),
            ("The posts grew. Quillon sued 19.", "records", 19),
            ("Quillon was down for 10 hours.", "hours", 10),
            ("Quillon was down for 10 hours.", "lag:now", 600),
            ("None of the posts says so.", "copies", 0),
            ("Of the 19 hospitals one left, the posts say.", "records", 19),
        ],
    )
    def test_an_equal_figure_of_another_thing_is_none(self, text: str, key: str, value: float) -> None:
        """That 19 posts were counted says nothing of 19 hospitals."""
        assert not states(text, key, value)
        assert value == 0 or unexplained(text, {key: value}, ()) != ()

    @pytest.mark.parametrize(
        ("text", "key", "value"),
        [
            ("It drew 19 angry posts.", "records", 19),
            ("It drew 19 Hacker News comments.", "records", 19),
            ("It drew 19 of those posts.", "records", 19),
            ("The matter drew 19 posts, where four a day were expected.", "expected", 4.2),
            ("The word stands in five posts there and in four elsewhere.", "elsewhere:x:word", 4),
            ("Nine of the 19 posts came from there.", "records:x", 9),
            ("Of 19 posts, nine appeared there.", "records:x", 9),
            ("The talk spread over three communities.", "communities", 3),
            ("Three camps spoke.", "communities", 3),
            ("The place held 47% of the talk.", "share:x", 47),
            ("It drew four times a usual day.", "ratio", 4),
            ("In all, 19 people wrote about it.", "authors", 19),
            ("19 near-copies were left out.", "copies", 19),
            ("The talk spread over three subreddits.", "communities", 3),
            ("The talk spread over three platforms.", "communities", 3),
            ("There were 19 separate discussions.", "threads", 19),
            ("Only 11 wrote them.", "authors", 11),
            ("One answer had a score of 120.", "votes:3", 120),
            ("It drew four times the norm.", "ratio", 4),
            ("The peak hour brought 19.", "peak", 19),
            ("Hacker News held 33% of it.", "share:hackernews", 33),
            ("Hacker News held 33% of the chatter.", "share:hackernews", 33),
            ("Hacker News held 33% of all mentions.", "share:hackernews", 33),
            ("The talk went on for ten hours.", "hours", 10),
        ],
    )
    def test_what_is_counted_may_be_called_otherwise(self, text: str, key: str, value: float) -> None:
        """Posts are comments as well, and what was named before need not be named again."""
        assert states(text, key, value)
