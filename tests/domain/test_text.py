"""Text: what counts as one character."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_clusters

from bot.domain.text import graphemes, leading
from tests.examples import examples

_CHARACTERS = st.sampled_from(
    [
        "a",
        " ",
        "\n",
        "“",
        "é",
        "e\u0301",
        "\u0600",
        "🇩🇪",
        "👩‍👩‍👧",
        "👍🏽",
        "1\ufe0f\u20e3",
        "क्षि",
        "\u200d",
        "ᄒ",
        "ᅡ",
        "ᆨ",
        "가",
        "각",
        "か",
        "\u3099",
        "ー",
        "漢",
        "\ufe00",
        "\r",
    ]
)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(_CHARACTERS, max_size=12).map("".join))
def test_counting_is_that_of_the_standard(text: str) -> None:
    """Whatever stands beside whatever, characters are counted and cut as by UAX #29 on the whole text."""
    clusters = list(grapheme_clusters(text))
    assert graphemes(text) == len(clusters)
    assert leading(text, 5) == "".join(clusters[:5])
