"""The index of storylines: near talk joins, far talk does not, and nothing is lost by putting it away."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.detect.embedding import DIMENSIONS, Embedder
from bot.detect.storylines import StorylineIndex, near_enough
from bot.detect.vectors import Counts, Text, Vector, Weights, count
from tests.factory import NOON

_EMBEDDER = Embedder()
_LICENCE = "Heron 3 licence forbids resale of the weights"
_LICENCE_AGAIN = "The resale clause in the Heron 3 licence is a mess"
_NOTES = "Our hospital rolled out ClinNote and the visit notes are wrong"
_SEEDS = st.integers(0, 2**32 - 1)


def _vector(text: str) -> Vector:
    return Vector(_EMBEDDER.embed([text])[0], count(Text(text)))


def _random(seed: int) -> Vector:
    generator = np.random.default_rng(seed)
    hashes = np.unique(generator.integers(0, 2**32, 12).astype(np.uint32))
    counts = Counts(hashes, generator.random(len(hashes)).astype(np.float32))
    return Vector(generator.normal(size=DIMENSIONS).astype(np.float32), counts)


def _index(*texts: str, at: datetime = NOON) -> StorylineIndex:
    index = StorylineIndex(Weights())
    for number, text in enumerate(texts):
        index.begin(f"m{number}", at)
        index.add(f"m{number}", _vector(text), at)
    return index


def test_near_talk_finds_its_storyline_and_far_talk_none() -> None:
    """A text on the same matter finds it, with its nearness; one on another matter finds nothing."""
    index = _index(_LICENCE, _NOTES)
    found = index.nearest(_vector(_LICENCE_AGAIN), NOON)
    assert found is not None
    assert found[0] == "m0"
    assert index.near <= found[1] <= 1.0
    assert index.nearest(_vector("Guitar strings and how often to change them"), NOON) is None


def test_an_empty_index_finds_nothing() -> None:
    """Without a storyline there is nothing near."""
    assert StorylineIndex(Weights()).nearest(_vector(_LICENCE), NOON) is None


def test_nearness_fades_with_time() -> None:
    """The same words count for less the longer a storyline was silent, and for nothing in the end."""
    index = _index(_LICENCE)
    near = [index.nearest(_vector(_LICENCE), NOON + timedelta(days=days)) for days in (0, 3, 6)]
    strength = [found[1] for found in near if found]
    assert strength == sorted(strength, reverse=True)
    assert strength[0] == pytest.approx(1.0, abs=1e-3)
    assert strength[0] - strength[2] > 0.3
    assert index.nearest(_vector(_LICENCE), NOON + timedelta(days=30)) is None


def test_talk_from_before_is_not_nearer_than_talk_of_now() -> None:
    """A record said earlier than a storyline's last one is compared without a bonus."""
    index = _index(_LICENCE)
    now, earlier = (index.nearest(_vector(_LICENCE), NOON - age) for age in (timedelta(), timedelta(days=2)))
    assert now == earlier


def test_a_storyline_moves_towards_what_joins_it() -> None:
    """After a record joined, texts like it are nearer than before."""
    index = _index(_LICENCE)
    probe = "Resale clause lawyers"
    index.near = -1.0
    before = index.nearest(_vector(probe), NOON)
    index.add("m0", _vector(_LICENCE_AGAIN), NOON)
    after = index.nearest(_vector(probe), NOON)
    assert before is not None
    assert after is not None
    assert after[1] > before[1]
    assert index.size("m0") == 2


def test_replies_pull_by_their_words_and_less_than_openers() -> None:
    """A reply lends the storyline its words, keeps it alive, and weighs less than a thread of its own."""
    later = NOON + timedelta(hours=5)
    strengths: list[float] = []
    for how in ("nothing", "reply", "add"):
        index = _index(_LICENCE)
        index.near = -1.0
        if how == "reply":
            index.reply("m0", _vector("Parchment clause").counts, later)
        elif how == "add":
            index.add("m0", _vector("Parchment clause"), later)
        found = index.nearest(_vector("Parchment"), later)
        assert found is not None
        strengths.append(found[1])
        if how == "reply":
            mine, its = (index.nearest(_vector(text), later) for text in (_LICENCE, "Parchment clause"))
            assert mine is not None
            assert its is not None
            assert mine[1] > its[1] + 0.2
        assert index.last_at("m0") == (NOON if how == "nothing" else later)
    assert strengths == sorted(strengths)
    assert strengths[0] < strengths[1] < strengths[2]


@given(st.lists(st.tuples(_SEEDS, st.booleans()), min_size=1, max_size=30))
def test_a_storyline_comes_back_as_it_was_put_away(said: list[tuple[int, bool]]) -> None:
    """Packed and loaded, a storyline lies exactly where it lay: same bytes, centre, time and size."""
    index = StorylineIndex(Weights())
    index.begin("m0", NOON)
    for number, (seed, opens) in enumerate(said):
        vector = _random(seed)
        at = NOON + timedelta(minutes=number)
        if opens:
            index.add("m0", vector, at)
        else:
            index.reply("m0", vector.counts, at)
    again = StorylineIndex(Weights())
    again.load("m0", index.packed("m0"), index.last_at("m0"), index.size("m0"))
    assert again.packed("m0") == index.packed("m0")
    assert np.array_equal(again.unit("m0"), index.unit("m0"))
    assert (again.last_at("m0"), again.size("m0")) == (index.last_at("m0"), index.size("m0"))


def test_the_index_grows_beyond_its_first_size() -> None:
    """Many storylines find themselves again, whatever room was set aside at first."""
    index = StorylineIndex(Weights())
    for number in range(700):
        index.begin(f"m{number}", NOON)
        index.add(f"m{number}", _random(number), NOON)
    for number in (0, 255, 256, 511, 512, 699):
        found = index.nearest(_random(number), NOON)
        assert found is not None
        assert found[0] == f"m{number}"


def test_a_storyline_can_be_put_where_its_openers_are() -> None:
    """Centred on other openers, a storyline lies where one that was made of them does; a new one begins."""
    later = NOON + timedelta(hours=1)
    index = _index(_LICENCE)
    fresh = _index(_NOTES)
    for name in ("m0", "m1"):
        index.centre_on(name, [_vector(_NOTES)], later, 5)
        assert np.array_equal(index.unit(name), fresh.unit("m0"))
        assert index.packed(name) == fresh.packed("m0")
        assert (index.size(name), index.last_at(name)) == (5, later)
    assert index.nearest(_vector(_LICENCE), later) is None


def test_a_storyline_that_was_let_go_of_is_not_found() -> None:
    """After it was dropped nothing finds it, and the others are found as before."""
    index = _index(_LICENCE, _NOTES)
    index.drop("m0")
    assert "m0" not in index
    assert index.nearest(_vector(_LICENCE), NOON) is None
    found = index.nearest(_vector(_NOTES), NOON)
    assert found is not None
    assert found[0] == "m1"


def test_how_near_is_near_enough_is_measured() -> None:
    """Unrelated talk that is alike raises the bar, within bounds; with too little talk it is not measured."""
    generator = np.random.default_rng(7)
    unlike = generator.normal(size=(60, 500)).astype(np.float32)
    unlike /= np.linalg.norm(unlike, axis=1, keepdims=True)
    alike = unlike + 0.5
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    assert near_enough(unlike[:39]) == near_enough(alike[:39]) == pytest.approx(0.3)
    assert near_enough(unlike) < near_enough(alike)
    assert all(0.15 <= near_enough(rows) <= 0.45 for rows in (unlike, alike))


def test_the_nearest_is_the_nearest_once_what_is_common_was_taken_out() -> None:
    """The quick look at all storylines agrees with a close look at each, wherever their sums lie."""
    heard = [_random(seed) for seed in range(60)]
    weights = Weights()
    weights.take_out(np.array([vector.dense + 1.0 for vector in heard], dtype=np.float32))
    index = StorylineIndex(weights, near=-1.0)
    for number, vector in enumerate(heard):
        index.begin(f"m{number}", NOON)
        index.add(f"m{number}", vector, NOON)
        index.add(f"m{number}", heard[number - 7], NOON)
    for vector in map(_random, range(100, 140)):
        probe = weights.stack(vector.dense[None, :], vector.counts.row()[None, :])[0]
        found = index.nearest(vector, NOON)
        assert found is not None
        assert found[1] == pytest.approx(max(float(index.unit(f"m{n}") @ probe) for n in range(60)), abs=1e-5)
