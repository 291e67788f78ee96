"""The sieve: what it keeps out of a stream could not have been on topic."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.beats import BUILT_IN, BeatBook, Topic, load
from bot.detect.embedding import Embedder
from bot.detect.relevance import Relevance
from bot.domain.beat import Beat

_EMBEDDER = Embedder()
_TEA = Relevance(
    BeatBook(
        Topic(
            "tea",
            terms=("oolong", "tea ceremony", "t.e.a", "earl-grey", "thé vert"),
            ambiguous=("leaf", "cup"),
        ),
        (Beat("green", "Green tea", "Sencha and matcha.", ("sencha",), ()),),
    ),
    _EMBEDDER,
)
_REAL = Relevance(load(BUILT_IN), _EMBEDDER)
_WORDS = ["oolong", "OOLONG", "tea", "ceremony", "leaf", "cup", "t.e.a", "Earl-Grey", "thé", "vert", "cat"]
_PIECES = st.sampled_from(
    [*_WORDS, "\n", "\t", "_", "#tea", "https://x.example/tea", '"', "\\", "/", "\u2019", " "]
)


def _document(text: str, *, ascii_only: bool) -> bytes:
    return json.dumps({"record": {"langs": ["en"], "text": text}}, ensure_ascii=ascii_only).encode(
        "utf-8", "surrogatepass"
    )


@given(st.lists(_PIECES | st.text(max_size=4), max_size=10).map("".join), st.booleans())
def test_what_is_on_topic_passes(text: str, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """However JSON writes words that are about the topic, the sieve passes them if a glance does."""
    find = _TEA.sieve(())
    if _TEA.may_be_on_topic(text) and _TEA.on_topic(text, ""):
        before, document = _document("cat", ascii_only=False), _document(text, ascii_only=ascii_only)
        (places,) = find(before + document + before)
        assert [place for place in places if len(before) < place <= len(before + document)]
        assert len(places) < 3 or places[0] > len(before)


@pytest.mark.parametrize(
    ("document", "outcome"),
    [
        (b'{"text":"My oolong is cold."}', True),
        (b'{"text":"My cold\\nOolong"}', True),
        (b'{"text":"tea\\nceremony"}', True),
        (b'{"text":"ceremony of tea"}', False),
        (b'{"text":"oolongs"}', False),
        (b'{"oolong":"rain"}', False),
        (b'{"text":"\\u006folong"}', True),
        (b'{"text":"rain","kind":"storm"}', True),
        (b'{"text":"tea \\"ceremony\\""}', True),
        (b'{"text":"tea @oolongs.example \\\\ ceremony"}', True),
        (b'{"text":"tea","alt":"ceremony"}', False),
        (b'{"tea":"ceremony"}', False),
    ],
)
def test_a_sieve_looks_for_whole_words(document: bytes, outcome: object) -> None:
    """Words count by their bounds, keys say nothing, and what is asked for passes in any case."""
    plain = Relevance(BeatBook(Topic("tea", ("oolong", "tea ceremony"), ()), ()), _EMBEDDER)
    said, storms = plain.sieve((rb'"kind"\s*:\s*"storm"',))(document)
    assert bool(said or storms) is outcome


def test_the_sieve_tells_where() -> None:
    """Of documents one after the other it gives the places right after what it found, and after each mark."""
    tea = Relevance(BeatBook(Topic("tea", ("oolong", "tea ceremony", "my oolong"), ()), ()), _EMBEDDER)
    find = tea.sieve((rb'"kind"', rb'"sort"'))
    first, second = b'{"text":"A tea","kind":1}', b'{"text":"ceremony. My oolong!","sort":1,"kind":1}'
    said, kinds, sorts = find(first + second)
    assert (first + second)[: said[0]].endswith(b"My oolong!")
    assert said == sorted(said)
    assert ([*kinds], [*sorts]) == (
        [len(first) - 3, len(first + second) - 3],
        [len(first) + second.index(b'"sort"') + 6],
    )


def test_everyday_talk_is_kept_out() -> None:
    """With the built-in book, the envelope of a frame and everyday words do not pass; talk about AI does."""
    find = _REAL.sieve(())
    frame = b'{"$type":"network.bsky.jetstream#commit","record":{"embed":{"image":{}},"text":"%s"}}'
    assert find(frame % b"Fresh bread, and the sea.") == [[]]
    assert find(frame % b"Which LLM do you run?") != [[]]
