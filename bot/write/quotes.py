"""Verbatim quotes: whole sentences that can stand alone, from people who do not all say the same."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.write.anchor import lacks_its_people, looseness, rests_on_a_part, speaks_for_many, stems, unmet
from bot.write.around import is_taken_back, leans_back, once_held
from bot.write.clean import clean_span
from bot.write.context import loses
from bot.write.language import content_words, sentence_spans, words
from bot.write.merit import (
    ADDRESSING,
    ASKS,
    POINTING,
    TURNS,
    careless,
    follows,
    is_stump,
    liking,
    manners,
    score_of,
    stands_alone,
)
from bot.write.pasted import own
from bot.write.places import from_press
from bot.write.worth import is_idle, says_little

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.record import Record

FEWEST_WORDS, MOST_WORDS = 8, 38
_SHORT_QUOTE, _LONG_QUOTE = 4, 13
_SET_OUT = 7
_MOST_SENTENCES = 3
_TELLING = 0.85
_ENOUGH_DEEP, _NAMED = 12, 0.6
_WORTH_TELLING = 0.9
_TOO_ALIKE, _TOLD_BEFORE = 0.34, 0.6
# What so many records speak of as known, or one of so many, is their own shorthand.
_SHORTHAND, _OF_SO_MANY = 2, 20
# An answer in a thread that was not told has to say so much of the matter itself.
_OF_ANOTHER_THREAD = 0.4
# Where so many posts got so many votes, one with few speaks for few.
_WARM, _MANY_VOTED, _FEW_VOTES, _COLD = 10, 5, 4, 0.5
# So many records hold a word of the talk; of a figure or a model's number one less will do.
_WORD_OF_TALK, _FEWEST_OF_TALK, _PART_OF_TALK = 3, 2, 0.3
_FILLER = re.compile(
    r"\bI(?: |'m |\u2019m )(?:don't know|don't get|work on|not sure|hope|mean|doubt|think|guess|just)\b"
    r"|\bplease\b|^I'd also|^(?:Like|Link|Kind of|Gotta|Got)\b|^(?:When|If|Because|While|As|Even)\b[^,]*$",
    re.IGNORECASE,
)
# Whoever speaks for a maker in a discussion has copied it from there.
_ANNOUNCES = re.compile(
    r"\bwe(?:'re|\u2019re| are) (?:releasing|introducing|announcing|launching|excited|thrilled)\b"
    r"|\btoday,? we\b|\bfeel free to\b|\bcheck (?:it|us) out\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"^(?:no\b|nope|wrong|false|actually|only (?:with|if|when|in)|incorrect|not (?:true|really|quite)"
    r"|that(?:['\u2019]s| is) (?:not|wrong|false|only)|(?:this|it) (?:is|was) (?:not|wrong|false))"
    r"|\b(?:not true|is wrong|you(?:['\u2019]re| are) wrong|misleading|debunked|that(?:['\u2019]s| is) only"
    r"|(?:thinking|reasoning) mode only)\b",
    re.IGNORECASE,
)
# What is said to one person within a statement.
_TO_ONE = re.compile(
    r"\b(?:can|could|do|did|have|are|may|don['\u2019]t|didn['\u2019]t) (?:you|I)\b"
    r"|\b(?:give|tell|show|told) you\b|\bwhat you (?:describe|say|said|mean|wrote)\b",
    re.IGNORECASE,
)
# What an author of a post answers, in words.
_SHORTEST_ANSWER, _LONGEST_ANSWER = 4, 40
_THANKS = re.compile(
    r"^(?:thank|thx|sorry|good (?:luck|point|question|catch)|will do|yes please|lol|haha|same|agreed?|fair"
    r"|ah+|oh|my bad|I (?:haven['\u2019]t|have not|don['\u2019]t know))\b",
    re.IGNORECASE,
)
# So few words more do not make a quote long.
_SHORT_SENTENCE, _STUMP_WORDS = 12, 3
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
        telling = not typed and not _ANNOUNCES.search(self.text) and not says_little(self.text)
        return telling and self.score >= _WORTH_TELLING

    @property
    def whole(self) -> bool:
        """Whether it is all that the record says."""
        return self.text == self.record.text.strip()

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
    most: int = MOST_WORDS,
) -> list[Quote]:
    """Return the spans of one to three whole sentences of a record that can be quoted, scored.

    `salience` says how much a text is about the matter (0-1).
    """
    found: list[Quote] = []
    for span, first, whole in _complete(item.record.text, fewest, most):
        if not is_idle(span, on_the_matter=salience(span) >= _OF_ANOTHER_THREAD):
            score = score_of(span, item, salience, first=first, whole=whole)
            found.append(Quote(item.record, span, score, item.marker))
    return found


# A story looks through the same posts for quotes of several lengths, and a matter is told more than once.
@lru_cache(maxsize=4096)
def _complete(text: str, fewest: int, most: int) -> tuple[tuple[str, bool, bool], ...]:
    """Return the spans of so many words that say all they set out to; whether it begins with it, or is it."""
    spans = sentence_spans(text)
    sizes = [len(words(text[start:stop])) for start, stop in spans]
    found: list[tuple[str, bool, bool]] = []
    for first, (start, _) in enumerate(spans):
        if leans_back(text, start):
            continue
        size = 0
        for last in range(first, min(first + _MOST_SENTENCES, len(spans))):
            size += sizes[last]
            if size > most:
                break
            stop = spans[last][1]
            span = text[start:stop]
            fits = fewest <= size and clean_span(span) and _closed(span)
            fits = fits and _is_whole(text, start, stop) and own(text, start, stop)
            if (
                fits
                and not loses(text, span)
                and not is_taken_back(text, stop)
                and not _cut_short(text, spans, first, last, most)
            ):
                found.append((span, first == 0, first == 0 and last == len(spans) - 1))
    return tuple(found)


def _cut_short(text: str, spans: Sequence[tuple[int, int]], first: int, last: int, most: int) -> bool:
    """Tell whether a span stops before what it comes to.

    That is the one short sentence that ends its post and could be quoted, what a stump leads up to, or what
    came of what somebody once held.
    """
    if last + 1 < len(spans) and "\n" not in text[spans[last][1] : spans[last + 1][0]]:
        ending, following = (text[slice(*spans[at])] for at in (last, last + 1))
        led_up = first < last and len(words(ending)) <= _STUMP_WORDS
        if led_up or len(words(following)) <= _STUMP_WORDS or once_held(ending):
            return True
    if last != len(spans) - 2 or last - first + 1 >= _MOST_SENTENCES:
        return False
    rest, longer = text[slice(*spans[-1])], text[spans[first][0] : spans[-1][1]]
    fits = len(words(longer)) <= most and clean_span(longer) and _closed(longer)
    return fits and len(words(rest)) <= _SHORT_SENTENCE and not rest.endswith("?")


def _is_whole(text: str, start: int, stop: int) -> bool:
    """Tell whether neither end of a span is merely the end of a line that breaks a sentence in two."""
    before, after = text[:start].rstrip(" "), text[stop:].lstrip(" ")
    broken_off = before.endswith("\n") and before[:-1].rstrip(" ")[-1:].isalnum()
    goes_on = after[:1] == "\n" and after[1:2].islower() and text[stop - 1].isalnum()
    return not broken_off and not goes_on


def _closed(span: str) -> bool:
    stopped = not span.endswith((":", ",", ";", "...", "…", "-", "\N{EN DASH}"))
    return stopped and not _UNFINISHED.search(span)


@lru_cache(maxsize=8192)
def _has_figure(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def _known_among(talk: Sequence[BriefRecord]) -> frozenset[str]:
    """Return the names of what several people in `talk` speak of as known."""
    heads = Counter(
        head
        for item in talk
        for head in {lost.head for lost in unmet(item.record.text, ()) if lost.pointer == "the"}
    )
    enough = max(_SHORTHAND, len(talk) // _OF_SO_MANY)
    return frozenset(head for head, records in heads.items() if records >= enough)


def is_borne(record: Record) -> bool:
    """Tell whether a post was not voted down where it stands."""
    return record.metrics.get("score", 0) >= 0


class Clippings:
    """The quotes of one storyline; hands out each author once and nothing that says the same again."""

    TOLD = ("_authors", "_shown", "_used", "_facts", "_told")

    def __init__(self, items: Sequence[BriefRecord], salience: Callable[[str], float]) -> None:
        self._salience = salience
        self._items = items
        talk = [item for item in items if not from_press(item.record)]
        self._all = sorted(
            (quote for item in talk if is_borne(item.record) for quote in candidates(item, salience)),
            key=lambda q: (-q.score, q.record.id),
        )
        self._authors: set[str] = set()
        self._shown: set[tuple[str, str]] = set()
        self._used: list[frozenset[str]] = []
        self._facts: list[frozenset[str]] = []
        # What the story has said so far, and what its people speak of among themselves as known.
        self._told: set[str] = set()
        self._known_here = _known_among(talk)
        self._words = [content_words(item.record.text) for item in items]
        self._holding = Counter(word for heard in self._words for word in heard)
        self._voted = sum(item.record.metrics.get("score", 0) >= _WARM for item in talk) >= _MANY_VOTED
        self._common = max(2, len(items) // 8)

    def rank(self, accept: Callable[[Quote], bool] = lambda _: True) -> list[Quote]:
        """Return the quotes still to be had, best first, without taking them."""
        return list(self._ranked(accept))

    def _ranked(self, accept: Callable[[Quote], bool]) -> Iterator[Quote]:
        # Whether it is accepted is the dearest question, and often the first is all that is wanted.
        found = [quote for quote in self._all if self._free(quote) and not self._leans(quote)]
        found.sort(key=lambda quote: self._looseness(quote) + self._coldness(quote) - quote.score)
        return filter(accept, found)

    def shown(self, opener: Record) -> None:
        """Count the title that opens a thread as told: the answers to it may speak of its subject as "it"."""
        self._shown.add((opener.source, opener.native_id))
        self.told(opener.title or "")

    def told(self, text: str) -> None:
        """Count `text` as said in the story: what it names has been met."""
        self._told |= stems(text)

    def fact(self, text: str) -> None:
        """Count `text` as what happened: whoever merely says so again is not quoted."""
        self._facts.append(content_words(text))

    def anchored(self, text: str, *, titled: bool) -> bool:
        """Tell whether `text` points at nothing that was not told, and speaks for nobody unnamed."""
        pointing = any(
            lost.is_needed(titled=titled) or lost.head in self._known_here
            for lost in unmet(text, self._told, titled=titled)
        )
        return not (pointing or speaks_for_many(text) or lacks_its_people(text) or rests_on_a_part(text))

    def _looseness(self, quote: Quote) -> float:
        return looseness(quote.text, self._told, titled=self._is_under_title(quote))

    def _coldness(self, quote: Quote) -> float:
        """Score what tells against somebody whom hardly anybody voted for where many others got votes."""
        votes = quote.record.metrics.get("score", _WARM)
        return _COLD * (self._voted and not quote.record.opens_thread and votes < _FEW_VOTES)

    def _is_under_title(self, quote: Quote) -> bool:
        return (quote.record.source, quote.record.parent) in self._shown

    def _leans(self, quote: Quote) -> bool:
        """Tell whether `quote` needs what the story does not show."""
        if not self.anchored(quote.text, titled=self._is_under_title(quote)):
            return True
        if not quote.opens and not _has_figure(quote.text) and self._salience(quote.text) == 0:
            # In the middle of a post, what names nothing of the matter is about what stands above.
            return True
        if self._is_under_title(quote):
            # Further down "it" is what stands above, not what the title names.
            return not follows(quote.text) or quote.addresses or (quote.sets_out_pointing and not quote.opens)
        apart = (quote.record.source, quote.record.root) not in self._shown
        if apart and quote.record.parent is not None and self._salience(quote.text) < _OF_ANOTHER_THREAD:
            return True
        if quote.deep and stands_alone(quote.text) and not quote.addresses:
            # Deep in a thread only what names its subject is understood.
            return not quote.apart or self._salience(quote.text) < _NAMED
        return quote.leans

    def of_the_talk(self, quote: Quote) -> bool:
        """Tell whether `quote` has words that others in the talk use, too: what strays has its own."""
        own = content_words(quote.text)
        common = sum(self._holding[word] >= _WORD_OF_TALK - _has_figure(word) for word in own)
        return common >= max(_FEWEST_OF_TALK, _PART_OF_TALK * len(own))

    def best(self, accept: Callable[[Quote], bool] = lambda _: True) -> Quote | None:
        """Take the best quote that `accept` lets through; None if there is none."""
        quote = next(self._ranked(accept), None)
        if quote:
            self.take(quote)
        return quote

    def take(self, quote: Quote) -> None:
        """Count `quote` as used: its author has spoken, its words have been heard."""
        self._authors.add(quote.record.author_key)
        self._used.append(content_words(quote.text))

    def give_back(self, quote: Quote) -> None:
        """Undo the latest `take`, which was of `quote`."""
        self._authors.discard(quote.record.author_key)
        self._used.pop()

    def reply_to(self, quote: Quote) -> Quote | None:
        """Take the best direct reply to the record of `quote`, if one can be quoted."""
        # A reply may lean on what it answers, if all of that is shown.
        replies = (
            reply
            for reply in self._all
            if reply.record.parent == quote.record.native_id
            and reply.record.source == quote.record.source
            and self._free(reply)
            and reply.record.author_key != quote.record.author_key
            and "?" not in reply.text
            and reply.text[:1].isupper()
            and not reply.careless
            and not ADDRESSING & set(words(reply.text))
            and (TURNS.search(reply.text) or _DENIES.search(reply.text))
            and reply.length <= 30  # noqa: PLR2004 - a retort is short
            and self._linked(quote.text, reply.text)
            and (stands_alone(reply.text) or (quote.whole and not is_stump(reply.record.text)))
        )
        found = next(replies, None)
        if found:
            self.take(found)
        return found

    def author_on(self, quote: Quote, author: str) -> Quote | None:
        """Return what `author`, who opened the thread, answered to the whole point of `quote`."""
        text = quote.record.text
        # An answer to a question is understood under it, one to a statement under the whole of that.
        answered = quote.asks if "?" in text else text.strip().startswith(quote.text)
        if not answered:
            return None
        found = (
            reply
            for item in self._items
            if item.record.parent == quote.record.native_id
            and item.record.source == quote.record.source
            and item.record.author_key == author
            for reply in candidates(item, self._salience, fewest=_SHORTEST_ANSWER, most=_LONGEST_ANSWER)
            if item.record.text.strip().startswith(reply.text)
            and not reply.careless
            and not reply.asks
            and reply.text[:1].isupper()
            and not _THANKS.search(reply.text)
        )
        return max(found, key=lambda reply: reply.length, default=None)

    def disputed(self, quote: Quote) -> bool:
        """Tell whether somebody denied or narrowed what the post of `quote` says."""
        return any(
            item.record.parent == quote.record.native_id
            and item.record.source == quote.record.source
            and bool(_DENIES.search(item.record.text))
            for item in self._items
        )

    def _linked(self, said: str, answer: str) -> bool:
        """Tell whether an answer takes up a word of what was said, other than the words everybody uses."""
        common = {word for word in content_words(said) & content_words(answer) if len(word) > 4}  # noqa: PLR2004 - weighty
        rare = [word for word in common if sum(word in heard for heard in self._words) <= self._common]
        return bool(rare)

    def headline(self, accept: Callable[[Quote], bool]) -> Quote | None:
        """Return the best short quote for a headline, without taking it."""
        short = [
            quote
            for item in self._items
            if not from_press(item.record) and is_borne(item.record)
            for quote in candidates(item, self._salience, fewest=_SHORT_QUOTE, most=_LONG_QUOTE)
            if not self._leans(quote)
            and not quote.asks
            and accept(quote)
            and (quote.whole or self._salience(quote.text) > 0)
        ]
        best = min(short, key=lambda q: (-self.punch(q), q.record.id), default=None)
        return best if best and self.punch(best) >= _TELLING else None

    def punch(self, quote: Quote) -> float:
        """Score a short quote for a headline: to the point, whole, with a turn in it."""
        score = (
            0.8 * self._salience(quote.text)
            + (0.6 if quote.whole else 0.0)
            + (0.6 if TURNS.search(quote.text) else 0.0)
        )
        score += 0.3 if 6 <= quote.length <= 11 else 0.0  # noqa: PLR2004 - the length of a good headline quote
        score += min(0.6, 0.1 * liking(quote.record)) + manners(quote.text, words(quote.text))
        score -= 0.6 if words(quote.text)[0].endswith("ed") else 0.0
        score -= 0.5 if _FILLER.search(quote.text) or ":" in quote.text else 0.0
        score -= (
            0.4
            if words(quote.text)[0].endswith("ing") or {"you", "your", "you're"} & set(words(quote.text))
            else 0.0
        )
        return score - (0.3 if _has_figure(quote.text) else 0.0)

    def spoken(self, authors: Iterable[str]) -> None:
        """Count `authors` as having spoken already."""
        self._authors.update(authors)

    def _free(self, quote: Quote) -> bool:
        if quote.record.author_key in self._authors:
            return False
        heard = content_words(quote.text)
        if any(len(heard & fact) >= _TOLD_BEFORE * len(heard) for fact in self._facts if heard):
            return False
        return all(
            len(heard & used) <= _TOO_ALIKE * min(len(heard), len(used))
            for used in self._used
            if used and heard
        )
