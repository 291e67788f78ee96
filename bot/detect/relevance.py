"""Is a text about the topic at all, and which beats does it belong to?

Cheap first: terms and places decide on the topic; only what passes is compared with the beats' descriptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.detect.glance import COMPANY, Glance
from bot.detect.tokens import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from bot.detect.beats import BeatBook
    from bot.detect.embedding import Embedder

_LONGEST_TERM = 4
_TERM_SCORE = 0.25
_PLACE_SCORE = 0.5
_NEAR_BEST = 0.6


class Relevance:
    """Scores texts against a book of beats."""

    def __init__(self, book: BeatBook, embedder: Embedder) -> None:
        self._topic = frozenset(book.topic.terms)
        self._ambiguous = frozenset(book.topic.ambiguous)
        self._glance = Glance(book)
        self._slugs = tuple(beat.slug for beat in book.beats)
        self._terms: dict[str, list[str]] = {}
        self._places: dict[str, list[str]] = {}
        for beat in book.beats:
            for term in beat.terms:
                self._terms.setdefault(term.lower(), []).append(beat.slug)
            for place in beat.communities:
                self._places.setdefault(place.lower(), []).append(beat.slug)
        # How many words the longest term has that begins with a word.
        self._longest: dict[str, int] = {}
        for term in (*self._topic, *self._ambiguous, *self._terms):
            first, *rest = term.split(" ")
            length = min(_LONGEST_TERM, 1 + len(rest))
            self._longest[first] = max(self._longest.get(first, 0), length)
        self._descriptions = embedder.embed([f"{beat.name}. {beat.description}" for beat in book.beats])

    def on_topic(self, text: str, place: str) -> bool:
        """Tell whether `text`, said at `place`, is about the topic."""
        if place.lower() in self._places:
            return True
        said = self._phrases(text)
        if said & self._topic:
            return True
        doubtful = said & self._ambiguous
        company = len(doubtful) + len((said & self._terms.keys()) - self._ambiguous)
        return bool(doubtful) and company >= COMPANY

    def may_be_on_topic(self, text: str) -> bool:
        """Tell whether `on_topic` can say yes to `text` because of its words, at a hundredth of the cost."""
        return self._glance.may_be_on_topic(text)

    def beats(self, text: str, place: str, dense: NDArray[np.float32]) -> Mapping[str, float]:
        """Return the beats of a text that is on topic, with scores in (0, 1]; never empty.

        A beat scores by the share of its terms that are said, by place, and by nearness in meaning; beats far
        behind the best are left out.
        """
        scores = dict(zip(self._slugs, (self._descriptions @ dense).tolist(), strict=True))
        for term in self._phrases(text) & self._terms.keys():
            for slug in self._terms[term]:
                scores[slug] += _TERM_SCORE / len(self._terms[term])
        for slug in self._places.get(place.lower(), ()):
            scores[slug] += _PLACE_SCORE
        best = max(scores.values())
        return {
            slug: round(min(1.0, max(score, 0.01)), 3)
            for slug, score in scores.items()
            if score >= best * _NEAR_BEST or score == best
        }

    def _phrases(self, text: str) -> frozenset[str]:
        """Return the runs of words in `text` that may be terms."""
        said = words(text)
        return frozenset(
            " ".join(said[start : start + length])
            for start, word in enumerate(said)
            for length in range(1, self._longest.get(word, 0) + 1)
        )
