"""Verbatim quotes: whole sentences that can stand alone, from people who do not all say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.write.around import is_taken_back, leans_back, once_held, sets_out_with_a_verdict
from bot.write.clean import clean_span
from bot.write.context import loses
from bot.write.language import sentence_spans, words
from bot.write.merit import (
    ADDRESSING,
    ASKS,
    POINTING,
    careless,
    score_of,
    stands_alone,
)
from bot.write.pasted import is_card, own
from bot.write.worth import is_idle, says_little

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.record import Record

FEWEST_WORDS, MOST_WORDS = 8, 38
_SET_OUT = 7
_ENOUGH_DEEP = 12
_MOST_SENTENCES, _MOST_OF_ALL = 3, 4
# Of a short post all is shown, in so many words more for each of its words.
_ROOM_FOR_ALL = 1.2
_WORTH_TELLING = 0.9
# An answer in a thread that was not told has to say so much of the matter itself.
OF_ANOTHER_THREAD = 0.4
# Whoever speaks for a maker in a discussion has copied it from there.
_ANNOUNCES = re.compile(
    r"\bwe(?:'re|\u2019re| are) (?:releasing|introducing|announcing|launching|excited|thrilled)\b"
    r"|\btoday,? we\b|\bfeel free to\b|\bcheck (?:it|us) out\b",
    re.IGNORECASE,
)
# What is said to one person within a statement.
_TO_ONE = re.compile(
    r"\b(?:can|could|do|did|have|are|may|don['\u2019]t|didn['\u2019]t) (?:you|I)\b"
    r"|\b(?:give|tell|show|told) you\b|\bwhat you (?:describe|say|said|mean|wrote)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[[^\]\n]*\]\(\S+\)|https?://\S+")
_LIST_MARK = re.compile(r"[*+\u2022-] +(?=[A-Z\d])")
# So few words more do not make a quote long; so few close a post.
_SHORT_SENTENCE, _CLOSES, _STUMP_WORDS = 12, 8, 3
_UNFINISHED = re.compile(
    r"\b(?:for|of|to|the|an?|and|or|with|at|by|from|than|but|because|if|as|is|are|was|were)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a record that can be quoted; `score` orders quotes of one storyline."""

    record: Record
    text: str
    score: float
    marker: int = 0

    @property
    def asks(self) -> bool:
        """Whether it ends in a question."""
        return self.text.rstrip("'\u2019)").endswith("?")

    @property
    def careless(self) -> bool:
        """Whether it is written as one types in a chat."""
        return careless(self.text)

    @property
    def earnest(self) -> bool:
        """Whether it ends in a question that is worded as one, with care."""
        last = re.split(r"[.!?,] ", self.text)[-1]
        return self.asks and bool(ASKS.match(last)) and not self.careless

    @property
    def points(self) -> bool:
        """Whether it speaks of somebody or something as "it" or "they"."""
        return bool(POINTING & set(words(self.text)))

    @property
    def leans(self) -> bool:
        """Whether it needs what is not shown: an answer to another answer, or to the one it addresses."""
        return not stands_alone(self.text) or self.addresses or self.deep

    @property
    def deep(self) -> bool:
        """Whether it is from an answer to an answer."""
        return self.record.parent is not None and self.record.parent != self.record.root

    @property
    def apart(self) -> bool:
        """Whether it is long enough to be understood apart from what it answers, and points at nothing."""
        return stands_alone(self.text) and not self.points and self.length >= _ENOUGH_DEEP

    @property
    def addresses(self) -> bool:
        """Whether it speaks to the one it answers."""
        return self.record.parent is not None and _to_one(self.text, asks=self.asks)

    @property
    def strong(self) -> bool:
        """Whether it is written as for readers, somebody's own word, and worth the room."""
        typed = self.text[:1].islower() or self.careless
        # Whoever answers their own question was asked another.
        typed = typed or "?" in self.text[:-1]
        copied = _ANNOUNCES.search(self.text) or is_card(self.record.text, self.text)
        telling = not typed and not copied and not says_little(self.text)
        return telling and self.score >= _WORTH_TELLING

    @property
    def whole(self) -> bool:
        """Whether it is all that the record says."""
        return self.text == self.record.text.strip()

    @property
    def is_most(self) -> bool:
        """Whether it is at least half of what the record says, from the beginning of it or of a paragraph.

        So no claim loses the stance, the source or the case that its author sets before it, nor the few words
        that turn it at the end. Of a short record it has the whole paragraph.
        """
        before, _, behind = self.record.text.partition(self.text)
        size = len(words(self.record.text))
        left = words(_LINK.sub("", behind))
        whole = not words(_LINK.sub("", behind.partition("\n")[0])) or size > _ROOM_FOR_ALL * MOST_WORDS
        begins = before.rstrip(" ")[-1:] in {"", "\n"} and not sets_out_with_a_verdict(before)
        turned = 0 < len(left) <= _CLOSES and not behind.rstrip().endswith("?")
        return begins and whole and not turned and 2 * self.length >= size

    @property
    def opens(self) -> bool:
        """Whether its record begins with it."""
        return self.record.text.lstrip().startswith(self.text)

    @property
    def sets_out_pointing(self) -> bool:
        """Whether its first words speak of something as "it" or "they"."""
        return bool(POINTING & set(words(self.text)[:_SET_OUT]))

    @property
    def length(self) -> int:
        """How many words it has."""
        return len(words(self.text))


@lru_cache(maxsize=8192)
def _to_one(text: str, *, asks: bool) -> bool:
    return bool(ADDRESSING & set(words(text)) or (not asks and _TO_ONE.search(text)))


def candidates(
    item: BriefRecord,
    salience: Callable[[str], float],
    *,
    fewest: int = FEWEST_WORDS,
    most: int | None = None,
) -> list[Quote]:
    """Return the spans of one to three whole sentences of a record that can be quoted, scored.

    `salience` says how much a text is about the matter (0-1). Without `most`, four sentences and some words
    more may stand where they are all of the record.
    """
    found: list[Quote] = []
    for span, first, whole in _complete(item.record.text, fewest, most):
        if not is_idle(span, on_the_matter=salience(span) >= OF_ANOTHER_THREAD):
            score = score_of(span, item, salience, first=first, whole=whole)
            found.append(Quote(item.record, span, score, item.marker))
    return found


# A story looks through the same posts for quotes of several lengths, and a matter is told more than once.
@lru_cache(maxsize=4096)
def _complete(text: str, fewest: int, most: int | None) -> tuple[tuple[str, bool, bool], ...]:
    """Return the spans of so many words that say all they set out to; whether it begins with it, or is it."""
    spans = [_unlisted(text, *span) for span in sentence_spans(text)]
    sizes = [len(words(text[start:stop])) for start, stop in spans]
    found: list[tuple[str, bool, bool]] = []
    for first, (start, _) in enumerate(spans):
        if leans_back(text, start):
            continue
        size = 0
        for last in range(first, min(first + _MOST_OF_ALL, len(spans))):
            size += sizes[last]
            room, sentences = most or MOST_WORDS, _MOST_SENTENCES
            if most is None and first == 0 and last == len(spans) - 1:
                room, sentences = round(_ROOM_FOR_ALL * MOST_WORDS), _MOST_OF_ALL
            if size > room or last - first >= sentences:
                continue
            stop = spans[last][1]
            span = text[start:stop]
            fits = fewest <= size and clean_span(span) and _closed(span)
            fits = fits and _is_whole(text, start, stop) and own(text, start, stop)
            if (
                fits
                and not loses(text, span)
                and not is_taken_back(text, stop)
                and not _cut_short(text, spans, first, last)
            ):
                found.append((span, first == 0, first == 0 and last == len(spans) - 1))
    return tuple(found)


def _unlisted(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return where a sentence of `text` stands without the mark of a list before it."""
    mark = _LIST_MARK.match(text, start, stop)
    return (mark.end() if mark else start), stop


def _cut_short(text: str, spans: Sequence[tuple[int, int]], first: int, last: int) -> bool:
    """Tell whether a span stops before what it comes to.

    That is the short end of its paragraph, what a stump leads up to, or what came of what somebody
    once held.
    """
    if last + 1 < len(spans) and "\n" not in text[spans[last][1] : spans[last + 1][0]]:
        ending, following = (text[slice(*spans[at])] for at in (last, last + 1))
        led_up = first < last and len(words(ending)) <= _STUMP_WORDS
        if led_up or len(words(following)) <= _STUMP_WORDS or once_held(ending):
            return True
    closing = text[spans[last][1] : _paragraph_end(text, spans[last][1])]
    return 0 < len(words(closing)) <= _SHORT_SENTENCE and not closing.rstrip().endswith("?")


def _paragraph_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _is_whole(text: str, start: int, stop: int) -> bool:
    """Tell whether neither end of a span is merely the end of a line that breaks a sentence in two."""
    before, after = text[:start].rstrip(" "), text[stop:].lstrip(" ")
    broken_off = before.endswith("\n") and before[:-1].rstrip(" ")[-1:].isalnum()
    goes_on = after[:1] == "\n" and after[1:2].islower() and text[stop - 1].isalnum()
    return not broken_off and not goes_on


def _closed(span: str) -> bool:
    stopped = not span.endswith((":", ",", ";", "...", "…", "-", "\N{EN DASH}"))
    return stopped and not _UNFINISHED.search(span)


def is_borne(record: Record) -> bool:
    """Tell whether a post was not voted down where it stands."""
    return record.metrics.get("score", 0) >= 0
