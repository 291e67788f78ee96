"""Is a text about the topic at all, and which beats does it belong to?

Cheap first: terms and places decide on the topic; only what passes is compared with the beats' descriptions.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from bot.detect.glance import COMPANY, Glance
from bot.detect.tokens import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bot.detect.beats import BeatBook
    from bot.detect.embedding import Embedder

_TERM_SCORE = 0.25
_PLACE_SCORE = 0.5
_NEAR_BEST = 0.6
_GENITIVE = re.compile("['\N{RIGHT SINGLE QUOTATION MARK}]s$")


class Relevance:
    """Scores texts against a book of beats."""

    def __init__(self, book: BeatBook, embedder: Embedder) -> None:
        self._topic = frozenset(term.lower() for term in book.topic.terms)
        self._ambiguous = frozenset(term.lower() for term in book.topic.ambiguous)
        places = chain(book.topic.communities, *(beat.communities for beat in book.beats))
        self._about = frozenset(place.lower() for place in places)
        self._glance = Glance(book)
        self._slugs = tuple(beat.slug for beat in book.beats)
        self._terms: dict[str, list[str]] = {}
        self._places: dict[str, list[str]] = {}
        for beat in book.beats:
            for term in beat.terms:
                self._terms.setdefault(term.lower(), []).append(beat.slug)
            for place in beat.communities:
                self._places.setdefault(place.lower(), []).append(beat.slug)
        self._phrases = Phrases(self._topic | self._ambiguous | self._terms.keys())
        self._descriptions = embedder.embed([f"{beat.name}. {beat.description}" for beat in book.beats])

    def on_topic(self, text: str, place: str) -> bool:
        """Tell whether `text`, said at `place`, is about the topic."""
        if place.lower() in self._about:
            return True
        said = self._said(text)
        if said & self._topic:
            return True
        doubtful = said & self._ambiguous
        company = len(doubtful) + len((said & self._terms.keys()) - self._ambiguous)
        return bool(doubtful) and company >= COMPANY

    def may_be_on_topic(self, text: str) -> bool:
        """Tell whether `on_topic` can say yes to `text` because of its words, at a hundredth of the cost."""
        return self._glance.may_be_on_topic(text)

    def sieve(self, marks: Sequence[bytes]) -> Callable[[bytes], Sequence[Sequence[int]]]:
        """Return what finds where in raw JSON a text may be on topic, and `marks` (`bot.detect.sieve`)."""
        return self._glance.sieve(marks)

    def beats(self, text: str, place: str, dense: NDArray[np.float32]) -> Mapping[str, float]:
        """Return the beats of a text that is on topic, with scores in (0, 1]; never empty.

        A beat scores by the share of its terms that are said, by place, and by nearness in meaning; beats far
        behind the best are left out.
        """
        scores = dict(zip(self._slugs, (self._descriptions @ dense).tolist(), strict=True))
        for term in self._said(text) & self._terms.keys():
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

    def because(self, text: str, place: str, slug: str) -> tuple[str, ...]:
        """Return what speaks for `text` being on topic and of beat `slug`: its terms, and the place."""
        said = self._said(text)
        terms = {term for term in said if slug in self._terms.get(term, ())}
        general = said & (self._topic | self._ambiguous)
        own_place = [place] if slug in self._places.get(place.lower(), ()) else []
        return (*sorted(terms), *sorted(general - terms), *own_place)

    def _said(self, text: str) -> set[str]:
        """Return the terms in `text`; those of the topic count within compounds and with a genitive, too."""
        whole = words(text)
        parts = [part for word in whole for part in _GENITIVE.sub("", word).split("-")]
        said = self._phrases.among(whole)
        return said if parts == whole else said | (self._phrases.among(parts) & self._topic)


class Phrases:
    """Finds terms of one or more words in a text, in one pass."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_first: dict[str, list[list[str]]] = {}
        for term in terms:
            said = term.split()
            self._by_first.setdefault(said[0], []).append(said)

    def among(self, said: Sequence[str]) -> set[str]:
        """Return the terms that stand in a text of these words."""
        return {
            " ".join(term)
            for start, word in enumerate(said)
            for term in self._by_first.get(word, ())
            if said[start : start + len(term)] == term
        }
