"""Vectors: unit length, words and links that count, rare words that weigh more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.embedding import DIMENSIONS, Embedder
from bot.detect.vectors import BUCKETS, WIDTH, Text, Vector, Weights, count, pack, rows, term_hash, unpack

_EMBEDDER = Embedder()


def _stacked(weights: Weights, *texts: Text) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return weights.stack(_EMBEDDER.embed([text.plain for text in texts]), _count(*texts))


def _count(*texts: Text) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return rows([count(text) for text in texts])


@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_every_row_is_a_unit_vector_or_nothing(texts: list[str]) -> None:
    """Whatever a text is, its stacked vector is finite and no longer than one."""
    rows = _stacked(Weights(), *(Text(text) for text in texts))
    assert rows.shape == (len(texts), WIDTH)
    assert np.isfinite(rows).all()
    assert (np.linalg.norm(rows, axis=1) <= 1 + 1e-5).all()


def test_a_text_with_words_has_length_one() -> None:
    """A text with both meaning and words gives a vector of length one, of which four tenths are meaning."""
    (row,) = _stacked(Weights(), Text("The Heron licence forbids resale", "and the forum is cross"))
    assert np.linalg.norm(row) == pytest.approx(1.0, abs=1e-5)
    assert np.linalg.norm(row[:DIMENSIONS]) ** 2 == pytest.approx(0.4, abs=1e-5)


def test_an_empty_text_points_nowhere() -> None:
    """A text without a single word has no counts."""
    assert not _count(Text("")).any()
    assert _count().shape == (0, BUCKETS)


def test_a_shared_link_brings_texts_together() -> None:
    """Two texts without a word in common are near when they share a link."""
    link = ("https://paper.example/1",)
    plain = _count(Text("kettles everywhere"), Text("worth reading"))
    linked = _count(Text("kettles everywhere", links=link), Text("worth reading", links=link))
    assert float(plain[0] @ plain[1]) == pytest.approx(0.0, abs=1e-6)
    assert float(linked[0] @ linked[1]) > 0.2


def test_a_title_weighs_more_than_the_body() -> None:
    """A word in the title pulls harder than the same word in the body."""
    title, body, probe = _count(Text("heron", "kettle"), Text("kettle", "heron"), Text("heron"))
    assert float(title @ probe) > float(body @ probe)


def test_a_common_word_weighs_less_than_a_rare_one() -> None:
    """A word that most conversations use hardly makes two of them alike; a rare one does."""
    weights = Weights([count(Text(f"kettle topic{number}")) for number in range(300)])
    common = _sparse(weights, Text("kettle alpha"), Text("kettle beta"))
    rare = _sparse(weights, Text("heron alpha"), Text("heron beta"))
    assert common < 0.1 < rare


def _sparse(weights: Weights, one: Text, other: Text) -> float:
    rows = weights.stack(np.zeros((2, DIMENSIONS), dtype=np.float32), _count(one, other))
    return float(rows[0] @ rows[1])


def test_meaning_alone_brings_texts_nearer() -> None:
    """Without a word in common, a text on the same subject is nearer than one on another."""
    rows = _stacked(
        Weights(),
        Text("The physician dictated her visit notes"),
        Text("A doctor's documentation for patients"),
        Text("Guitar strings and amplifier tubes"),
    )
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.05


def test_a_kept_vector_comes_back() -> None:
    """What is packed comes back with the very same terms, and as near as half floats are."""
    text = "The new weights run on my old laptop"
    vector = Vector(_EMBEDDER.embed([text])[0], count(Text(text)))
    again = unpack(pack(vector))
    assert np.array_equal(again.counts.hashes, vector.counts.hashes)
    assert np.allclose(again.counts.sizes, vector.counts.sizes, atol=1e-3)
    assert np.allclose(again.dense, vector.dense, atol=1e-3)
    assert pack(again) == pack(vector)


def test_it_is_known_in_how_many_texts_a_term_occurs() -> None:
    """Each text counts once, however often it says a term; a term nobody said is in none."""
    weights = Weights([count(Text("kettle kettle")), count(Text("kettle heron")), count(Text(""))])
    assert [weights.seen(term) for term in ("kettle", "heron", "kettle heron", "owl")] == [2, 1, 1, 0]
    assert weights.documents == 3
    assert Weights().seen("kettle") == 0


def test_embeddings_are_unit_vectors_and_repeatable() -> None:
    """Every text with words gives a unit vector, the same in any batch."""
    texts = ["the kettle boils", "a licence for weights", "x"]
    together = _EMBEDDER.embed(texts)
    assert together.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(_EMBEDDER.embed([text])[0], row)
    assert _EMBEDDER.embed([]).shape == (0, DIMENSIONS)


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=4))
def test_a_vector_is_the_one_that_the_package_gives_a_text_alone(texts: list[str]) -> None:
    """What is kept under the name of a model is what that model says, to the last bit."""
    for row, text in zip(_EMBEDDER.embed(texts), texts, strict=True):
        assert np.array_equal(row, np.nan_to_num(_EMBEDDER._model.embed([text], norm=True)[0]))


def test_a_name_that_is_new_here_stays_rare_while_all_speak_of_it() -> None:
    """What older talk did not hold counts more than what it was full of, however often both are said now."""
    now = [count(Text("kettle heron"))] * 300
    heron, kettle = (term_hash(word) % BUCKETS for word in ("heron", "kettle"))
    of_late, weighed = Weights(now).idf, Weights(now, [count(Text("kettle"))] * 1_000).idf
    assert of_late[heron] == of_late[kettle]
    assert weighed[heron] > 4 * of_late[heron] > 4 * weighed[kettle]


def test_a_long_body_takes_nothing_from_a_title() -> None:
    """A title that names its matter counts for as much above many words as above a few."""
    few, many = (" ".join(f"word{number}" for number in range(words)) for words in (15, 150))
    short, long, probe = _count(Text("heron kettle", few), Text("heron kettle", many), Text("heron kettle"))
    assert float(long @ probe) == pytest.approx(float(short @ probe), abs=0.01)
    assert float(long @ probe) > 0.8


def test_what_all_have_in_common_brings_nobody_together() -> None:
    """Meanings that share a large part lie apart without it; of two texts it is not known what all share."""
    generator = np.random.default_rng(7)
    dense = np.float32(0.2) + generator.normal(size=(300, DIMENSIONS)).astype(np.float32)
    dense /= np.linalg.norm(dense, axis=1, keepdims=True)

    def likeness(heard: int) -> float:
        weights = Weights()
        weights.take_out(dense[:heard])
        rows = weights.meaning(dense)
        return float((rows @ rows.T)[np.triu_indices(len(rows), 1)].mean())

    assert abs(likeness(300)) < 0.01 < likeness(2)
    assert not Weights().meaning(np.zeros((1, DIMENSIONS), dtype=np.float32)).any()
