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
def test_what_may_be_on_topic_passes(text: str, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """However JSON writes a text, the sieve passes it if its words can be about the topic."""
    passes = _TEA.sieve(())
    if _TEA.may_be_on_topic(text):
        assert passes(_document(text, ascii_only=ascii_only))


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
    ],
)
def test_a_sieve_looks_for_whole_words(document: bytes, outcome: object) -> None:
    """Words count by their bounds, keys say nothing, and what is asked for passes in any case."""
    plain = Relevance(BeatBook(Topic("tea", ("oolong", "tea ceremony"), ()), ()), _EMBEDDER)
    assert plain.sieve((rb'"kind"\s*:\s*"storm"',))(document) is outcome


def test_everyday_talk_is_kept_out() -> None:
    """With the built-in book, the envelope of a frame and everyday words do not pass; talk about AI does."""
    passes = _REAL.sieve(())
    frame = b'{"$type":"network.bsky.jetstream#commit","record":{"embed":{"image":{}},"text":"%s"}}'
    assert not passes(frame % b"Fresh bread, and the sea.")
    assert passes(frame % b"Which LLM do you run?")
