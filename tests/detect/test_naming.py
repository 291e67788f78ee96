"""Which names two storylines share, and which of them are young."""

from __future__ import annotations

from bot.detect.naming import is_young, names_in, shared
from tests.factory import make_record

_RELEASE = make_record(title="northlight/Heron-4-Chat is out", text="weights and licence", links=())
_PRAISE = make_record(
    title="the best coding model yet", text="", links=("https://x.example/Heron_Labs/status/17",)
)
_OTHER = make_record(title="Which card should I buy?", text="Not for Heron.", links=())


def test_a_name_in_a_title_is_found_in_the_path_of_a_link() -> None:
    """What one title calls by name and the other links to is shared; what a body says in passing is not."""
    release, praise, other = names_in([_RELEASE]), names_in([_PRAISE]), names_in([_OTHER])
    assert shared(release, praise) == shared(praise, release) == {"heron"}
    assert shared(release, other) == frozenset()
    assert shared(praise, praise) == frozenset()


def test_a_word_that_opens_a_title_is_a_name_if_another_title_says_so() -> None:
    """At the head of a title every word is a capital, so it takes a title that holds it elsewhere."""
    opened = names_in([make_record(title="Heron beats the others", text="")])
    assert shared(names_in([_RELEASE]), opened) == {"heron"}
    assert shared(opened, opened) == frozenset()


def test_a_storyline_goes_by_what_half_of_its_openers_say() -> None:
    """One opener of three that says a name does not give it to the storyline, one of two does."""
    assert "heron" in names_in([_RELEASE, _OTHER]).titled
    assert "heron" not in names_in([_RELEASE, _OTHER, _OTHER]).titled
    assert names_in([]).titled == frozenset()


def test_a_name_inside_one_title_is_one_at_the_head_of_others() -> None:
    """Most titles on a new thing begin with its name; one that holds it elsewhere says it is a name."""
    heads = [
        make_record(title=title, text="") for title in ("Heron beats all", "Heron is slow", "Heron, again")
    ]
    assert "heron" in names_in([_RELEASE, *heads]).titled
    assert "heron" not in names_in(heads).titled


def test_a_picture_and_how_its_file_is_called_are_no_name() -> None:
    """The format at the end of a link is nobody's name; what stands before it is."""
    chart = make_record(title="look at this", text="", links=("https://i.example/heron-scores.jpeg",))
    compared = make_record(title="See what JPEG does to Heron", text="")
    assert shared(names_in([chart]), names_in([compared])) == {"heron"}


def test_only_what_was_hardly_said_before_is_young() -> None:
    """The more people are heard, the more may have said a name before; of too few nothing is certain."""
    assert [is_young(0, people) for people in (0, 1, 897, 898)] == [False, False, False, True]
    assert [is_young(1, people) for people in (898, 1_421, 1_422)] == [False, False, True]
    assert [is_young(4, people) for people in (2_000, 2_743, 2_744)] == [False, False, True]
    assert not is_young(3, 3)
