"""Relevance: what is about the topic at all, and which beats it belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.beats import BUILT_IN, BeatBook, Topic, load
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.domain.beat import Beat

_EMBEDDER = Embedder()
_REAL = Relevance(load(BUILT_IN), _EMBEDDER)
_TEA = Relevance(
    BeatBook(
        Topic("tea", ("oolong", "tea ceremony"), ("leaf", "cup", "green"), communities=("samovar.example",)),
        (
            Beat("green", "Green tea", "Sencha and matcha.", ("sencha", "green"), ("r/Sencha",)),
            Beat("pots", "Teapots", "Clay pots, kettles and china.", ("clay pot", "kettle", "zhuni"), ()),
        ),
    ),
    _EMBEDDER,
)


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("My OOLONG is cold.", True),
        ("We went to a tea ceremony!", True),
        ("A ceremony with tea.", False),
        ("The oolongs are here.", False),
        ("Oolong-scented candles", True),
        ("Oolong\N{RIGHT SINGLE QUOTATION MARK}s price", True),
        ("A leaf-green roof", False),
        ("A leaf fell.", False),
        ("A leaf in my cup.", True),
        ("A leaf beside the kettle.", True),
        ("A kettle and a clay pot.", False),
        ("Green!", False),
        ("", False),
        ("See https://shop.example/oolong #oolong @oolong", False),
    ],
)
def test_terms_decide_on_the_topic(text: str, about: bool) -> None:  # noqa: FBT001 - a table of cases
    """A topic term suffices, in a compound or with a genitive, too.

    An ambiguous one needs another, or a word of a beat; beat words alone do not.
    """
    assert _TEA.on_topic(text, "forum.example") is about


def test_everything_said_at_a_beats_place_is_on_topic() -> None:
    """A community that a beat covers needs no term, however its name is written."""
    assert _TEA.on_topic("It is raining.", "R/sencha")
    assert not _TEA.on_topic("It is raining.", "r/Umbrellas")


def test_everything_said_at_a_place_of_the_topic_is_on_topic_and_of_no_beat_more() -> None:
    """A place of the topic needs no term, and does not speak for a beat."""
    assert _TEA.on_topic("Our new shop is open.", "Samovar.example")
    dense = _EMBEDDER.embed(["Kettles and pots."])[0]
    assert _TEA.beats("Kettles and pots.", "samovar.example", dense) == _TEA.beats(
        "Kettles and pots.", "", dense
    )


def test_places_are_written_as_sources_write_them() -> None:
    """The host of an article comes without "www.", so a place that is written with it would never be met."""
    book = load(BUILT_IN)
    places = [*book.topic.communities, *(place for beat in book.beats for place in beat.communities)]
    assert [place for place in places if place.startswith("www.")] == []


@pytest.mark.parametrize(
    "text",
    [
        "OpenAI has changed its terms of service again and nobody was told.",
        "Which LLM do you run locally on 24 GB?",
        "The school bought AI detectors and now my daughter has to prove that she wrote her essay.",
        "Our language model agent deleted the database.",
    ],
)
def test_talk_about_ai_is_on_topic(text: str) -> None:
    """With the built-in book, talk about AI is let in."""
    assert _REAL.on_topic(text, "bluesky")


@pytest.mark.parametrize(
    "text",
    [
        "My estate agent never calls back.",
        "She is a role model to all of us.",
        "The training for the marathon starts on Monday, and my knees hurt already.",
        "Fresh bread, a bit of butter, and the sea.",
    ],
)
def test_other_talk_is_off_topic(text: str) -> None:
    """With the built-in book, everyday talk that shares a word with AI is kept out."""
    assert not _REAL.on_topic(text, "bluesky")


def _beats(relevance: Relevance, text: str, place: str = "bluesky") -> dict[str, float]:
    return dict(relevance.beats(text, place, _EMBEDDER.embed([text])[0]))


@pytest.mark.parametrize(
    ("text", "beat"),
    [
        ("The judge ruled that training on the novels was no fair use, and the lawsuit goes on.", "law"),
        (
            "My patients ask a chatbot first; the hospital wants clinicians to use an AI scribe.",
            "health-care",
        ),
        ("Quantized to 4 bits in GGUF, it runs on llama.cpp with 24 GB of VRAM.", "local-models"),
        ("The teacher gave an essay back because a detector said that a student used ChatGPT.", "education"),
    ],
)
def test_the_best_beat_is_what_a_person_would_say(text: str, beat: str) -> None:
    """The highest score goes to the beat that the text is plainly about."""
    scores = _beats(_REAL, text)
    assert max(scores, key=lambda slug: scores[slug]) == beat


def test_scores_are_shares_and_never_missing() -> None:
    """Every text on topic has at least one beat, with scores above 0 and up to 1."""
    for text in ("oolong", "sencha green " * 30, "kettle, clay pot, sencha"):
        scores = _beats(_TEA, text, "r/Sencha")
        assert scores
        assert all(0 < score <= 1 for score in scores.values())


def test_a_term_pulls_towards_its_beat() -> None:
    """A beat's own term counts for it, whether or not its description speaks of anything like it."""
    with_term, without = _beats(_TEA, "Look at my zhuni"), _beats(_TEA, "Look at my thing")
    assert with_term["pots"] >= without.get("pots", 0.0) + 0.1


def test_a_place_pulls_towards_its_beat() -> None:
    """What is said in a beat's own community belongs to that beat unless it plainly is about another."""
    text = "Mine has a crack, what now?"
    assert "green" in _beats(_TEA, text, "r/Sencha")
    assert _beats(_TEA, text, "r/Sencha")["green"] > _beats(_TEA, text)["pots"]


def test_beats_far_behind_are_left_out() -> None:
    """A text about one beat does not also count for an unrelated one."""
    assert set(_beats(_TEA, "kettle or clay pot, that is the question")) == {"pots"}


_WORDS = st.sampled_from(
    [
        "oolong",
        "Tea",
        "ceremony",
        "leaf",
        "cup",
        "green",
        "sencha",
        "cat",
        "thé",
        "“Oolong”",
        "#cup",
        "x_leaf",
    ]
)


@given(
    st.lists(_WORDS | st.text(max_size=8), max_size=8),
    st.sampled_from([" ", ", ", "-", "\N{RIGHT SINGLE QUOTATION MARK}", "\n"]),
)
def test_the_glance_never_refuses_what_is_on_topic(parts: list[str], between: str) -> None:
    """Whatever the words of a text put on topic, the cheap look lets through."""
    text = between.join(parts)
    assert _TEA.may_be_on_topic(text) or not _TEA.on_topic(text, "bluesky")


def test_the_glance_refuses_most() -> None:
    """The cheap look is worth its while: text without any word of the topic does not pass."""
    assert not _TEA.may_be_on_topic("We went to the sea, and the weather was fine.")


@pytest.mark.parametrize("term", ["お茶", "t.e.a"])
def test_terms_of_other_scripts_and_single_letters_are_found(term: str) -> None:
    """A term that the glance has no run for is looked for as it is written."""
    relevance = Relevance(BeatBook(Topic("tea", terms=(term,), ambiguous=()), ()), _EMBEDDER)
    assert relevance.may_be_on_topic(f"We had {term.upper()} today.")
    assert not relevance.may_be_on_topic("We had a tea and e-mail today.")
