"""What the extractive writer has on its desk for one story: quotes, places, figures and sentences."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from copy import copy
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind
from bot.domain.story import Citation, Claim, ClaimKind
from bot.write import numbers as n
from bot.write.around import is_corrected
from bot.write.asking import asks_for
from bot.write.clippings import Clippings
from bot.write.event import fresh
from bot.write.language import content_words, prose, sentence_spans, words
from bot.write.phrases import Phrasebook, first_upper
from bot.write.places import from_press, place_of
from bot.write.quotes import Quote, candidates
from bot.write.titles import is_caption, shown_title
from bot.write.topic import topic_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.domain.brief import Brief, BriefRecord, Voice
    from bot.domain.record import Record

_LONGEST_SPAN = 300
_INLINE_WORDS = 24
_COHORT = 3
_MAY_BE_NONE = frozenset({"there", "early", "late"})
_AUTHORS_OF = {"by": "records"}
_TITLE_SALIENCE, _MOST_IN_TITLE = 0.15, 3
# Further in, such a word points at what the title has named.
_UNNAMED = re.compile(
    r"^(?:\S+ ){0,2}(?:this|it|these|those|they|that's)\b|\b(?:this|it|that|these|those|them)\W*$",
    re.IGNORECASE,
)
_WANTS = 0.5
_THIS_WEEK, _A_DAY = timedelta(days=6), timedelta(days=1)
# Titles that share so many of their words say the same.
_SAME_TITLE = 0.4
_NAME_SALIENCE, _TERM_SALIENCE = 0.45, 0.25
_NAMES_LOOKED_AT = 6


# The same spans are asked about each time the story looks for its next quote.
@lru_cache(maxsize=8192)
def _salience(text: str, names: tuple[str, ...], terms: tuple[str, ...], in_titles: frozenset[str]) -> float:
    lowered = f" {' '.join(words(text))} "
    named = sum(name in text for name in names)
    termed = sum(f" {term} " in lowered for term in terms)
    titled = min(_MOST_IN_TITLE, len(in_titles & content_words(text)))
    return min(1.0, _NAME_SALIENCE * min(named, 2) + _TERM_SALIENCE * termed + _TITLE_SALIENCE * titled)


class Desk:
    """One brief, taken apart for telling."""

    TOLD = (
        "measured", "votes_told", "titles_told", "points_told", "words_told", "answerable",
        "answered", "roles", "last_at",
    )  # fmt: skip

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self.book = Phrasebook(f"{brief.storyline.id} {len(brief.told)}", brief.worn, brief.lately)
        self.topic = topic_of(brief)
        self.press = tuple(item for item in brief.records if from_press(item.record))
        talk = [item for item in brief.records if not from_press(item.record)]
        # Earlier posts are there to compare with; a story is about the window, and on from its event.
        self.earlier = tuple(item for item in talk if self._is_earlier(item.record))
        self.talk = tuple(item for item in talk if item not in self.earlier) or tuple(talk)
        # What was told: manners of communities, ids of records whose title
        # was and of those whose point was, words that need no telling.
        self.measured: set[str] = set()
        self.votes_told = 0
        self.titles_told: set[str] = set()
        # What a reader takes an answer to be to: the record whose title was told last, None once somebody
        # spoke whom it might answer, too; and whether an answer to it was told.
        self.answerable: Record | None = None
        self.answered = False
        # When that was written which was told last.
        self.last_at: datetime | None = None
        # The roles in which people have spoken in the paragraph, in order.
        self.roles: list[str] = []
        self.points_told: set[str] = set()
        self.words_told: set[str] = set(words(self.topic.phrase)) if self.topic else set()
        titles = [item.record.title or "" for item in brief.records]
        self._title_words = frozenset(word for title in titles for word in content_words(title))
        self.clips = Clippings(self.talk, self.salience)
        self.places: dict[str, list[BriefRecord]] = defaultdict(list)
        for item in self.talk:
            self.places[item.record.place].append(item)

    def salience(self, text: str) -> float:
        """Tell how much `text` is about the matter (0-1), by the names, phrases and title words it uses."""
        return _salience(text, self.brief.names[:_NAMES_LOOKED_AT], self.brief.terms, self._title_words)

    def fresh_reports(self) -> list[BriefRecord]:
        """Return the articles that appeared in the window and after the last story, in order of time."""
        reports = fresh([item.record for item in self.press], self.brief.signal, self.brief.told)
        return [item for item in self.press if item.record in reports]

    def _is_earlier(self, record: Record) -> bool:
        before = record.created_at < self.brief.signal.window_start
        return (before and record.id not in self.brief.signal.evidence) or self._is_before_event(record)

    def _is_before_event(self, record: Record) -> bool:
        return self.brief.begun is not None and record.created_at < self.brief.begun

    def main_thread(self, place: str | None = None) -> BriefRecord | None:
        """Return what opened the thread (at `place`, if given) that drew most and names the matter."""
        return next(iter(self.threads(place)), None)

    def threads(self, place: str | None = None) -> list[BriefRecord]:
        """Return what opened the threads, those first that drew most replies and name the matter."""
        replies = Counter(item.record.thread for item in self.talk)
        titled = [
            item
            for item in (*self.talk, *self.earlier)
            if not self._is_before_event(item.record)
            and item.record.opens_thread
            and replies[item.record.thread]
            and shown_title(item.record)
            and not is_caption(item.record)
            and not is_corrected(item.record.text)
            and place in {None, item.record.place}
        ]

        def draw(item: BriefRecord) -> float:
            title = item.record.title or ""
            drawn = replies[item.record.thread] + 10 * self.salience(title)
            # What happened stands before what somebody wants of the others.
            return drawn * (_WANTS if asks_for(title) else 1)

        return sorted(titled, key=lambda item: (-draw(item), item.marker))

    def title_told(self, item: BriefRecord) -> None:
        """Count the title of `item` as told: no word of it is news, and its author has spoken."""
        self.titles_told.add(item.record.id)
        self.answerable, self.answered = item.record, False
        self.last_at = item.record.created_at
        if item.record.opens_thread:
            self.clips.shown(item.record)
            self.clips.spoken([item.record.author_key])
        self.words_told.update(part for word in words(item.record.title or "") for part in word.split("-"))

    def bookmark(self) -> Callable[[], None]:
        """Return what takes back all that is told from here on, and the voices and sentences used for it."""
        tellers = (self, self.clips, self.book)
        kept = [(one, {name: copy(getattr(one, name)) for name in one.TOLD}) for one in tellers]

        def take_back() -> None:
            for one, told in kept:
                for name, value in told.items():
                    setattr(one, name, value)

        return take_back

    def answers_the_title(self, quote: Quote) -> bool:
        """Tell whether a reader can see that `quote` answers the post whose title was told last."""
        told, record = self.answerable, quote.record
        return told is not None and (told.source, told.native_id) == (record.source, record.parent)

    def names_its_subject(self, title: str) -> bool:
        """Tell whether a title that speaks of "this" or "it" says what that is."""
        named = any(name in title for name in self.brief.names) or any(letter.isdigit() for letter in title)
        return named or not _UNNAMED.search(title)

    def has_told(self, title: str) -> bool:
        """Tell whether a title was told that says much the same, whoever wrote it."""
        told = (item.record.title for item in self.brief.records if item.record.id in self.titles_told)
        mine = content_words(title)
        for other in (content_words(other or "") for other in told):
            if other == mine or len(mine & other) >= _SAME_TITLE * max(1, min(len(mine), len(other))):
                return True
        return False

    @property
    def voices(self) -> tuple[Voice, ...]:
        """The communities that have records in the brief, most talkative first."""
        return tuple(voice for voice in self.brief.voices if voice.community in self.places)

    @property
    def subject(self) -> str:
        """What running text calls the matter."""
        return self.topic.running if self.topic else "this matter"

    @property
    def is_new(self) -> bool:
        """Whether the matter began within the window."""
        begun = self.brief.storyline.first_at >= self.brief.signal.window_start
        return self.brief.signal.kind is SignalKind.NEWCOMER and begun and not self.brief.told

    @property
    def in_threads(self) -> bool:
        """Whether what is counted stands in several threads of one place, of which a title names one."""
        return len(self.voices) == 1 and self.number("threads") > 1

    @property
    def may_compare(self) -> bool:
        """Whether communities may be measured against one another: not where something was not heard."""
        return not self.brief.gaps

    @property
    def apart(self) -> list[str]:
        """The two communities whose sides were counted, the one that is more against first; else nothing."""
        numbers = self.brief.numbers
        counted = [
            (numbers[f"people-against:{place}"] / sides, place)
            for key, sides in numbers.items()
            if (place := key.removeprefix("sides:")) != key
        ]
        places = [place for _, place in sorted(counted, reverse=True)]
        both = len(places) == 2 and all(place in self.places for place in places)  # noqa: PLR2004 - two stand apart
        return places if both and self.may_compare else []

    def counted_as(self, *shares: str) -> tuple[str, ...]:
        """Return the keys of these shares of people, or of their counts where one is a share of too few."""
        every = all(share in self.brief.numbers for share in shares)
        return shares if every else tuple(f"people-{share}" for share in shares)

    def is_days_away(self, record: Record) -> bool:
        """Tell whether a day or more lies between `record` and what was told last."""
        return self.last_at is not None and abs(record.created_at - self.last_at) >= _A_DAY

    def day(self, record: Record) -> str:
        """Return how running text names the day of `record`."""
        recent = self.brief.now - record.created_at < _THIS_WEEK
        return f"{record.created_at:%A}" if recent else f"a day in {record.created_at:%B}"

    def say(
        self,
        turn: str,
        kind: ClaimKind,
        citations: Sequence[Citation],
        fields: Mapping[str, str] | None = None,
        *,
        keys: Mapping[str, str] | None = None,
    ) -> Claim:
        """Return a claim in a sentence for `turn`, filled with `fields`.

        `keys` maps further fields to the computed numbers that they state; those which the sentence uses are
        declared.
        """
        keyed = {field: key for field, key in (keys or {}).items() if key in self.brief.numbers}
        written = self._write(keyed)
        sentence = self.book.pick(turn, {**(fields or {}), **written})
        self.clips.told(sentence.text)
        stated = {
            key
            for field, key in keyed.items()
            if {field, first_upper(field)} & sentence.fields and written.get(field)
        }
        return Claim("", kind, sentence.text, unique(citations), tuple(sorted(stated)))

    def _write(self, keyed: Mapping[str, str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for field, key in keyed.items():
            value = self.brief.numbers[key]
            if field in _AUTHORS_OF:
                fields[field] = _by(value, self.number(keyed[_AUTHORS_OF[field]]))
                continue
            fields[field] = _as_field(field, key, value)
            # Digits never open a sentence.
            if round(value) < 100:  # noqa: PLR2004 - beyond, words are hard to read
                fields[first_upper(field)] = first_upper(n.spelled(round(value)))
        return fields

    def cite(self, item: BriefRecord, span: str | None = None) -> Citation:
        """Return a citation of `item`: of `span`, or else of the sentence that says most about the matter."""
        return Citation(item.marker, item.record.id, span or self._best_span(item))

    def cite_quote(self, quote: Quote) -> Citation:
        """Return the citation behind a quote."""
        return Citation(quote.marker, quote.record.id, quote.text)

    def _best_span(self, item: BriefRecord) -> str:
        found = candidates(item, self.salience)
        if found:
            return max(found, key=lambda quote: quote.score).text
        return span_around(item.record, "") or item.record.words[:_LONGEST_SPAN]

    def cite_some(self, items: Iterable[BriefRecord], count: int = _COHORT) -> list[Citation]:
        """Return citations of the `count` records that say most about the matter, each by another author."""
        ranked = sorted(
            items, key=lambda item: (-self.salience(item.record.words), -item.weight, item.marker)
        )
        return [self.cite(item) for item in one_per_author(ranked)[:count]]

    def cite_subject(self) -> list[Citation]:
        """Return citations of records that together use every word of the topic."""
        if not self.topic:
            return []
        found: list[Citation] = []
        for name in self.topic.phrase.split(" and "):
            tokens = [
                token
                for token in name.split()
                if any(letter.isupper() or letter.isdigit() for letter in token)
            ]
            holder = next(
                (item for item in self.brief.records if all(token in item.record.words for token in tokens)),
                None,
            )
            if holder:
                found.append(self.cite(holder, span_around(holder.record, tokens[0] if tokens else "")))
        return found

    def number(self, key: str) -> float:
        """Return a computed number, 0 if it was not computed."""
        return self.brief.numbers.get(key, 0.0)


def _as_field(field: str, key: str, value: float) -> str:
    if field in {"day", "told"}:
        return n.date(value) if field == "told" else n.weekday(value)
    if field == "age":
        # "In its first {age}" bears no article.
        hours = round(value / 60)
        return f"{n.count(hours)} hours" if hours > 1 else f"{round(value)} minutes"
    if key == "expected":
        return about(value)
    if field == "times":
        return f"about {n.count(value)} times"
    if field in _MAY_BE_NONE and value == 0:
        return "none"
    return n.written(key, value)


def _by(authors: float, posts: float) -> str:
    """Return " by 31 people", which goes without saying where everybody wrote once."""
    if authors == posts:
        return ""
    return f" by {n.count(authors)} {'person' if authors == 1 else 'people'}"


def about(value: float) -> str:
    """Return an expected count as prose writes it."""
    return f"about {n.count(value)}" if round(value) >= 1 else "fewer than one"


def unique(citations: Iterable[Citation]) -> tuple[Citation, ...]:
    """Return `citations` with one per record; the first one stays."""
    return tuple({citation.record_id: citation for citation in reversed(list(citations))}.values())[::-1]


def one_per_author(items: Iterable[BriefRecord]) -> list[BriefRecord]:
    """Return the first record of every author in `items`."""
    first: dict[str, BriefRecord] = {}
    for item in items:
        first.setdefault(item.record.author_key, item)
    return list(first.values())


def span_around(record: Record, term: str) -> str:
    """Return the sentence of `record` that holds `term`, else its title: a verbatim span to cite."""
    for text in (record.text, record.title or ""):
        for start, stop in sentence_spans(text):
            if term in text[start:stop]:
                return text[start : min(stop, start + _LONGEST_SPAN)].strip()
    return record.title or record.text[:_LONGEST_SPAN].strip()


def surface(record: Record, term: str) -> str | None:
    """Return how `record` writes `term` (given in lower case), None if it does not use it in running text."""
    found = re.search(rf"(?<!\w){re.escape(term)}(?!\w)", prose(record.text), re.IGNORECASE)
    return found.group() if found else None


def inline(text: str) -> str | None:
    """Return `text` in quotation marks for the middle of a sentence; None if it does not fit there."""
    if len(words(text)) > _INLINE_WORDS or len(sentence_spans(text)) > 1 or text.endswith(("?", "!")):
        return None
    return f"“{text.removesuffix('.')}”"


def closing(text: str) -> str:
    """Return `text` in quotation marks at the end of a sentence, with the full stop where it belongs."""
    return f"“{text}”" if text.rstrip("\"'").endswith((".", "?", "!", "…")) else f"“{text}”."


def quoted(text: str) -> dict[str, str]:
    """Return the fields `q` and `Q` for a quote, as far as it can be had in the middle of a sentence."""
    middle = inline(text)
    return {"Q": closing(text)} | ({"q": middle} if middle else {})


def listing(parts: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def place_fields(record: Record) -> dict[str, str]:
    """Return the fields that name the place of `record`."""
    place = place_of(record)
    return {
        "name": place.name,
        "Name": first_upper(place.name),
        "on": place.on,
        "bare": place.on.removeprefix("on "),
    }
