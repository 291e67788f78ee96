"""The quotes of one storyline: which of them a story can show where it stands, and who has spoken."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.write.anchor import lacks_its_people, looseness, rests_on_a_part, speaks_for_many, stems, unmet
from bot.write.language import content_words, words
from bot.write.merit import (
    ADDRESSING,
    TURNS,
    answers,
    follows,
    is_stump,
    liking,
    manners,
    needs_its_question,
    stands_alone,
)
from bot.write.places import from_press
from bot.write.quotes import OF_ANOTHER_THREAD, candidates, is_borne

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.record import Record
    from bot.write.quotes import Quote

_SHORT_QUOTE, _LONG_QUOTE = 4, 13
_TELLING = 0.85
_NAMED = 0.6
_TOO_ALIKE, _TOLD_BEFORE = 0.34, 0.6
# What so many records speak of as known, or one of so many, is their own shorthand.
_SHORTHAND, _OF_SO_MANY = 2, 20
# Where so many posts got so many votes, one with few speaks for few.
_WARM, _MANY_VOTED, _FEW_VOTES, _COLD = 10, 5, 4, 0.5
# So many records hold a word of the talk; of a figure or a model's number one less will do.
_WORD_OF_TALK, _FEWEST_OF_TALK, _PART_OF_TALK = 3, 2, 0.3
_FILLER = re.compile(
    r"\bI(?: |'m |\u2019m )(?:don't know|don't get|work on|not sure|hope|mean|doubt|think|guess|just)\b"
    r"|\bplease\b|^I'd also|^(?:Like|Link|Kind of|Gotta|Got)\b|^(?:When|If|Because|While|As|Even)\b[^,]*$",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"^(?:no\b|nope|wrong|false|actually|only (?:with|if|when|in)|incorrect|not (?:true|really|quite)"
    r"|that(?:['\u2019]s| is) (?:not|wrong|false|only)|(?:this|it) (?:is|was) (?:not|wrong|false))"
    r"|\b(?:not true|is wrong|you(?:['\u2019]re| are) wrong|misleading|debunked|that(?:['\u2019]s| is) only"
    r"|(?:thinking|reasoning) mode only)\b",
    re.IGNORECASE,
)
# What an author of a post answers, in words.
_SHORTEST_ANSWER, _LONGEST_ANSWER = 4, 40
_THANKS = re.compile(
    r"^(?:thank|thx|sorry|good (?:luck|point|question|catch)|will do|yes please|lol|haha|same|agreed?|fair"
    r"|ah+|oh|my bad|I (?:haven['\u2019]t|have not|don['\u2019]t know))\b",
    re.IGNORECASE,
)


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


class Clippings:
    """The quotes of one storyline; hands out each author once and nothing that says the same again."""

    TOLD = ("_authors", "_shown", "_asked", "_used", "_facts", "_told")

    def __init__(self, items: Sequence[BriefRecord], salience: Callable[[str], float]) -> None:
        self._salience = salience
        self._items = items
        talk = [item for item in items if not from_press(item.record)]
        said = (quote for item in talk if is_borne(item.record) for quote in candidates(item, salience))
        self._all = sorted(
            (quote for quote in said if quote.is_most and not self._stood_before(quote)),
            key=lambda q: (-q.score, q.record.id),
        )
        self._authors: set[str] = set()
        # The opening posts whose titles were told, and those of them that ask something.
        self._shown: set[tuple[str, str]] = set()
        self._asked: set[tuple[str, str]] = set()
        self._used: list[frozenset[str]] = []
        self._facts: list[frozenset[str]] = []
        # What the story has said so far, and what its people speak of among themselves as known.
        self._told: set[str] = set()
        self._known_here = _known_among(talk)
        self._words = [content_words(item.record.text) for item in items]
        self._holding = Counter(word for heard in self._words for word in heard)
        self._voted = sum(item.record.metrics.get("score", 0) >= _WARM for item in talk) >= _MANY_VOTED
        self._common = max(2, len(items) // 8)

    def _stood_before(self, quote: Quote) -> bool:
        """Tell whether somebody else had written `quote` word for word: who says it again has copied it."""
        record = quote.record
        return any(
            quote.text in item.record.text
            and item.record.created_at < record.created_at
            and item.record.author_key != record.author_key
            for item in self._items
        )

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
        if (opener.title or "").rstrip().endswith("?"):
            self._asked.add((opener.source, opener.native_id))
        self.told(opener.title or "")

    def told(self, text: str) -> None:
        """Count `text` as said in the story: what it names has been met."""
        self._told |= stems(text)

    def fact(self, text: str) -> None:
        """Count `text` as what happened: whoever merely says so again is not quoted."""
        self._facts.append(content_words(text))

    def anchored(self, text: str, *, titled: bool, begins: bool = False) -> bool:
        """Tell whether `text` points at nothing that was not told, and speaks for nobody unnamed.

        Where it `begins` an answer to a title, "they" may be whom that names.
        """
        pointing = any(
            lost.is_needed(titled=titled) or lost.head in self._known_here
            for lost in unmet(text, self._told, titled=titled)
        )
        unnamed = speaks_for_many(text) or (not begins and lacks_its_people(text))
        return not (pointing or unnamed or rests_on_a_part(text))

    def _looseness(self, quote: Quote) -> float:
        return looseness(quote.text, self._told, titled=self._is_under_title(quote))

    def _coldness(self, quote: Quote) -> float:
        """Score what tells against somebody whom hardly anybody voted for where many others got votes."""
        return _COLD * self.is_cold(quote, _FEW_VOTES)

    def is_cold(self, quote: Quote, fewest: int = 2) -> bool:
        """Tell whether an answer got fewer votes than `fewest`, where many others got some."""
        votes = quote.record.metrics.get("score", _WARM)
        return self._voted and not quote.record.opens_thread and votes < fewest

    def _is_under_title(self, quote: Quote) -> bool:
        return (quote.record.source, quote.record.parent) in self._shown

    def _is_asked(self, quote: Quote) -> bool:
        """Tell whether the title above `quote` asks: an answer may speak to whoever did."""
        return (quote.record.source, quote.record.parent) in self._asked

    def _leans(self, quote: Quote) -> bool:
        """Tell whether `quote` needs what the story does not show."""
        titled = self._is_under_title(quote)
        if not self.anchored(quote.text, titled=titled, begins=titled and quote.opens):
            return True
        if not quote.opens and not _has_figure(quote.text) and self._salience(quote.text) == 0:
            # In the middle of a post, what names nothing of the matter is about what stands above.
            return True
        if titled:
            return self._leans_under_its_title(quote)
        apart = (
            quote.record.source,
            quote.record.root,
        ) not in self._shown and quote.record.parent is not None
        if apart and (self._salience(quote.text) < OF_ANOTHER_THREAD or needs_its_question(quote.text)):
            return True
        if quote.deep and stands_alone(quote.text) and not quote.addresses:
            # Deep in a thread only what names its subject is understood.
            return not quote.apart or self._salience(quote.text) < _NAMED
        return quote.leans

    def _leans_under_its_title(self, quote: Quote) -> bool:
        if quote.opens:
            return not answers(quote.text) or (quote.addresses and not self._is_asked(quote))
        # Further down "it" is what stands above, not what the title names.
        return not follows(quote.text) or quote.addresses or quote.sets_out_pointing

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
