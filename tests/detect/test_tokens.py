"""Words, terms and names: what is counted and what is left out."""

from __future__ import annotations

import pytest

from bot.detect.tokens import STOPWORDS, names, terms, words


def test_words_are_lower_case_and_in_order() -> None:
    """Words come in order, lower-cased, with apostrophes and hyphens kept inside them."""
    assert words("Don't panic: the re-run is FINE.") == ["don't", "panic", "the", "re-run", "is", "fine"]


@pytest.mark.parametrize(
    "noise",
    ["https://news.example/a-b?c=1", "www.shop.example", "@wren.bsky.example", "#OpenWeights", "x" * 31],
)
def test_references_and_endless_words_are_left_out(noise: str) -> None:
    """URLs, mentions, hashtags and words longer than thirty letters are no words."""
    assert words(f"the kettle {noise} boils") == ["the", "kettle", "boils"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Heron3-Coder-30B", {"heron3-coder-30b", "heron3", "coder", "30b"}),
        ("GLM-4.5", {"glm-4.5", "glm"}),
        ("opus4", {"opus4"}),
    ],
)
def test_compound_names_also_count_by_their_parts(name: str, parts: set[str]) -> None:
    """A model name counts whole and by its parts, so that two spellings of it share something."""
    assert parts <= set(terms(name))


def test_a_figure_with_commas_is_one_term() -> None:
    """3,200 clinicians and 1,200 steps have no 200 in common."""
    assert terms("3,200 clinicians, 1,200,000 steps") == [
        "3200", "clinicians", "3200 clinicians", "1200000", "clinicians 1200000", "steps", "1200000 steps",
    ]  # fmt: skip
    assert "2345" in terms("row 1,2345")


def test_stop_words_are_no_terms_and_break_pairs() -> None:
    """Function words are never terms, and words on both sides of one are no pair."""
    assert {"the", "and", "of", "don't", "it's"} <= STOPWORDS
    found = terms("the kettle of the copper kettle valley")
    assert found == ["kettle", "copper", "kettle", "copper kettle", "valley", "kettle valley"]


@pytest.mark.parametrize("form", ["Ask HN:", "Show HN:", "Tell HN:", "PSA:", "TIL:"])
def test_what_kind_of_post_it_is_tells_nothing_of_its_matter(form: str) -> None:
    """What a forum puts before a title of a kind ties no two of that kind together."""
    assert terms(f"{form} kettles boil over") == terms("kettles boil over")


def test_a_possessive_counts_as_the_word() -> None:
    """`Tamarack's` counts as tamarack, with a straight and with a curly apostrophe."""
    assert terms("Tamarack's") == terms("Tamarack\N{RIGHT SINGLE QUOTATION MARK}s") == ["tamarack"]


def test_names_are_capitalised_runs_inside_a_sentence() -> None:
    """A name is a capitalised run that does not merely open a sentence; a number may follow it."""
    assert names("Kettles boil. I gave Heron 3 to Marlowe Valley Health. Lawyers ran. Then came Oriel.") == [
        "Heron 3",
        "Marlowe Valley Health",
        "Oriel",
    ]


def test_names_never_hold_a_mention_or_a_link() -> None:
    """What stands in a URL or a mention is no name."""
    assert names("so says @Wren.Example at https://News.example/Heron today") == []
