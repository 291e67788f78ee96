"""Trying a beat out: which records it would match as it is written, and because of which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.detect.embedding import Embedder
    from bot.detect.relevance import Relevance
    from bot.domain.record import Record


@dataclass(frozen=True, slots=True)
class Match:
    """A record that is on topic and belongs to the beat, with its score and what speaks for it."""

    record: Record
    score: float
    terms: tuple[str, ...]


def matches(
    relevance: Relevance, embedder: Embedder, slug: str, records: Iterable[Record]
) -> Iterator[Match]:
    """Yield those of `records` that the beat `slug` would get, in their order.

    Replies are passed over: they follow their thread.
    """
    openers = [
        record for record in records if record.opens_thread and relevance.on_topic(record.words, record.place)
    ]
    for record, dense in zip(openers, embedder.embed([record.words for record in openers]), strict=True):
        scores = relevance.beats(record.words, record.place, dense)
        if slug in scores:
            yield Match(record, scores[slug], relevance.because(record.words, record.place, slug))
