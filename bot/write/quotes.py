"""Verbatim quotes: whole sentences that can stand alone, from people who do not all say the same."""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.domain.text import has_references
from bot.write.language import content_words, sentence_spans, words
from bot.write.places import from_press
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.domain.brief import BriefRecord
    from bot.domain.record import Record

FEWEST_WORDS, MOST_WORDS = 8, 38
_SHORT_QUOTE, _LONG_QUOTE = 4, 13
# So few words are a term, not a statement.
_TERM = 3
_MOST_SENTENCES = 3
_TELLING = 0.85
_WORTH_TELLING = 0.9
_SHOUTING = 0.4
_TOO_ALIKE = 0.34
_MARKUP = re.compile(
    r"[*_`~^|<>\[\]{}\\]|&\w+;|\bedit\b|^\s*(?:[-+•]|\d+[.)])\s|(?:^|\s)[:;]-?[)(DPp]|\bu/\w|[\w.!?]/s$",
    re.IGNORECASE,
)
_QUOTE_MARKS = re.compile("[\"“”„«»]|(?<!\\w)'|(?<=[.!?,])'")
_SLIPS = re.compile(
    r"\s{2,}|[a-z][.!?][A-Z]|\s[,.;!?]|,,|\.\.|\.\.\.\S|^\+\d"
    r"|[a-z]\.(?:just|and|the|it|but|so|this|that|not|if)\b"
)
_META = re.compile(
    r"\b(?:(?:this|that|the|other|another|your|my|own|same)\s(?:\w+\s)?(?:thread|post|posts|title|sub"
    r"|subreddit|comment|comments|link|"
    r"headline|article|tally|story)|^title|OP|(?:up|down)vot\w+|wrote this up|reddit|this sub|two sites)\b",
    re.IGNORECASE,
)
_TURNS = re.compile(
    r"\b(?:not|but|only|until|never|instead|rather|still|isn't|wasn't|don't|doesn't|can't|won't|didn't)\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\bI(?: |'m |\u2019m )(?:don't know|don't get|work on|not sure|hope|mean|doubt|think|guess|just)\b"
    r"|\bplease\b|^I'd also|^(?:Like|Link|Kind of|Gotta|Got)\b|^(?:When|If|Because|While|As|Even)\b[^,]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:does|did|do|is|are|was|were|can|could|will|would|should|has|have|what|who|how|why|when"
    r"|where|which|if)\b",
    re.IGNORECASE,
)
_POINTING = frozenset({"it", "its", "it's", "they", "them", "their", "they're", "he", "she", "him", "her"})
REPLYING = frozenset({"you", "your", "you're", "you've", "yours"})
_ADDRESSING = REPLYING - {"you"}
# How many words open a sentence, and which of them point back.
_FIRST_WORDS = 4
_POINTING_BACK = _POINTING - {"it's", "its", "their", "her"} | {"this", "these", "those", "above"}
# A figure without the thing it counts, and a word or two set before the first sentence, answer somebody.
_BARE_FIGURE = re.compile(
    r"^(?:\d\S*|two|three|four|five|six|seven|eight|nine|ten|fifty)(?: (?:percent|per cent))?"
    r"(?:[.!;:] |,? (?:is|was|were|are|on|in|out|more|less|fewer|of (?:them|those|\w+[.,;]))(?: |$))",
    re.IGNORECASE,
)
_STUMP = re.compile(r"^\S+(?: \S+)?[.!?] ")
_BACK_TO_THAT = re.compile(
    r"^(?:\S+ ){0,4}?(?:(?:from|for|of|with|about|like|by|on|to|at|if|was|is|did|does|all) that\b"
    r"|(?:of|for|with|on|in|from|like) (?:these|those)\b"
    r"|(?:I|we) also\b"
    r"|that(?:'s)? (?:last|one|is|was|run|sentence|point|would)\b|that[:,;])|\bthe (?:same|above)[.,:]"
    r"|\b(?:this|that|these|those) (?:problem|task|question|issue|approach|idea|reason|argument|case)s?\b",
    re.IGNORECASE,
)
# Whoever speaks for a maker in a discussion has copied it from there.
_ANNOUNCES = re.compile(
    r"\bwe(?:'re|\u2019re| are) (?:releasing|introducing|announcing|launching|excited|thrilled)\b"
    r"|\btoday,? we\b",
    re.IGNORECASE,
)
# So few words more do not make a quote long.
_SHORT_SENTENCE = 12
_CARELESS = re.compile(
    r"(?<!\w)i(?:'m|'ve|'d|'ll)?(?!\w)|\b(?:lol|lmao|tbh|imo|imho|iirc|idk|gonna|kinda|haha|ya|(?:do|ca)nt)\b",
)
_ENTITY = re.compile(r"&\w+(?:;|$)")
_NAMED_IN_FULL = 0.4
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_DANGLING = wordlist("dangling")
_MILD = wordlist("mild")
FIRST_PERSON = wordlist("first-person")
_ASKING_AROUND = wordlist("asking-around")
_NEGATION = re.compile(
    r"\b(?:not|never|no|nobody|nothing|without|unless|hardly|if|n't|doubt\w*|den(?:y|ies|ied)"
    r"|pretend\w*|imagine"
    r"|supposedly|allegedly|wrong|false|untrue|myth|nonsense|lie)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_IRONY = re.compile(
    r"(?:^|\s)/s(?:arc(?:asm)?)?(?=$|[\s.,!)])|\bsarcas(?:m|tic)\b|\(not\)|[\U0001f643\U0001f644]"
)
_REPORTED = re.compile(
    r"\b(?:he|she|they|who|people|everyone|someone|somebody|it|[A-Z][\w-]+|guy|boss|manager|ceo|team"
    r"|post|article)"
    r"(?:'s)?\s+(?:just |also |always |basically )?(?:said?|says|saying|claim(?:s|ed)?|argue[sd]?"
    r"|wrote|writes|insist(?:s|ed)?"
    r"|told (?:me|us|them|him|her)|tells (?:me|us)|was like"
    r"|is like)\b(?:\s+that)?\s*[:,]?\s*[\"'\u2018\u201c]?$"
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
        return bool(_CARELESS.search(self.text))

    @property
    def earnest(self) -> bool:
        """Whether it ends in a question that is worded as one, with care."""
        last = re.split(r"[.!?,] ", self.text)[-1]
        return self.asks and bool(_ASKS.match(last)) and not self.careless

    @property
    def points(self) -> bool:
        """Whether it speaks of somebody or something as "it" or "they"."""
        return bool(_POINTING & set(words(self.text)))

    @property
    def leans(self) -> bool:
        """Whether it needs what is not shown: an answer to another answer, or to the one it addresses."""
        answers = self.record.parent is not None
        deep = answers and self.record.parent != self.record.root
        return deep or not stands_alone(self.text) or (answers and bool(_ADDRESSING & set(words(self.text))))

    @property
    def strong(self) -> bool:
        """Whether it is understood by itself, written as for readers, and worth the room."""
        typed = self.text[:1].islower() or self.careless
        own = not typed and not _ANNOUNCES.search(self.text)
        return own and stands_alone(self.text) and self.score >= _WORTH_TELLING

    @property
    def whole(self) -> bool:
        """Whether it is all that the record says."""
        return self.text == self.record.text.strip()

    @property
    def length(self) -> int:
        """How many words it has."""
        return len(words(self.text))


@lru_cache(maxsize=1)
def _unprintable() -> re.Pattern[str]:
    # The list is kept in ROT13 so that nobody has to read it; it needs no secrecy.
    # A stem stands for every word that begins or ends with it; one that closes with "$" is a whole word.
    listed = files(__package__).joinpath("unprintable.txt").read_text(encoding="ascii").splitlines()
    stems = [codecs.decode(stem, "rot13") for stem in listed]
    anywhere = "|".join(stem for stem in stems if not stem.endswith("$"))
    whole = "|".join(stem.rstrip("$") for stem in stems if stem.endswith("$"))
    return re.compile(rf"\b(?:\w*(?:{anywhere})\w*|{whole})\b", re.IGNORECASE)


def printable(text: str) -> bool:
    """Tell whether a newspaper would print `text`: no slurs, no swearing."""
    return not _unprintable().search(text)


def clean_span(text: str) -> bool:
    """Tell whether `text` can stand in quotation marks: no markup, marks, links, handles or line ends."""
    return (
        "\n" not in text
        and not text.startswith("(")
        and not _MARKUP.search(text)
        and not _QUOTE_MARKS.search(text)
        and not _EMOJI.search(text)
        and not _SLIPS.search(text)
        and not has_references(text)
        and "http" not in text
        and printable(text)
        and _upright(text)
    )


def clean_title(text: str) -> bool:
    """Tell whether a title can stand in quotation marks; unlike prose it may hold brackets and plus signs."""
    # Straight quotation marks are still told apart inside the curly ones.
    plain = not set(text) & set("“”\n|<>") and "??" not in text and not _ENTITY.search(text)
    return plain and not has_references(text) and printable(text)


def _upright(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    shouting = sum(letter.isupper() for letter in letters) > _SHOUTING * max(len(letters), 1)
    return not shouting and text.count("(") == text.count(")") and "??" not in text and "!!" not in text


def stands_alone(text: str) -> bool:
    """Tell whether `text` can be understood without what was said before it."""
    first = words(text)[:_FIRST_WORDS]
    pointing = set(first) & _POINTING_BACK or _BACK_TO_THAT.search(text) or _BARE_FIGURE.search(text)
    return bool(first) and first[0] not in _DANGLING and not pointing


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
    text = item.record.text
    spans = sentence_spans(text)
    found: list[Quote] = []
    for first, (start, _) in enumerate(spans):
        for last in range(first, min(first + _MOST_SENTENCES, len(spans))):
            span = text[start : spans[last][1]]
            fits = fewest <= len(words(span)) <= most and clean_span(span) and _closed(span)
            if fits and not loses(text, span) and not _cut_short(text, spans, first, last, most):
                score = _score(
                    span, item, salience, first=first == 0, whole=first == 0 and last == len(spans) - 1
                )
                found.append(Quote(item.record, span, score, item.marker))
    return found


def _cut_short(text: str, spans: Sequence[tuple[int, int]], first: int, last: int, most: int) -> bool:
    """Tell whether a span leaves out the one short sentence that ends its post and could be quoted."""
    if last != len(spans) - 2 or last - first + 1 >= _MOST_SENTENCES:
        return False
    rest, longer = text[slice(*spans[-1])], text[spans[first][0] : spans[-1][1]]
    fits = len(words(longer)) <= most and clean_span(longer) and _closed(longer)
    return fits and len(words(rest)) <= _SHORT_SENTENCE and not rest.endswith("?")


def _closed(span: str) -> bool:
    return not span.endswith((":", ",", ";", "...", "…", "-", "\N{EN DASH}"))


def _score(
    span: str, item: BriefRecord, salience: Callable[[str], float], *, first: bool, whole: bool
) -> float:
    tokens = words(span)
    opening = tokens[0] if tokens else ""
    about = salience(span)
    score = 1.6 * about + item.weight + _standing(item.record)
    score -= 0.4 if about == 0 else 0.0
    # "It" and "they" without a name beside them point at something the reader has not seen.
    score -= 0.3 if about < _NAMED_IN_FULL and _POINTING & set(tokens) else 0.0
    if opening in _DANGLING:
        score -= 1.2
    elif opening in _MILD and not span.endswith("?"):
        score -= 0.4
    score += 0.5 if whole else (0.15 if first else 0.0)
    score += 0.25 if 12 <= len(tokens) <= 28 else 0.0  # noqa: PLR2004 - the length that reads best
    score += 0.3 if any(letter.isdigit() for letter in span) else 0.0
    score += 0.4 if about and FIRST_PERSON & set(tokens) else 0.0
    score += 0.25 if _TURNS.search(span) else 0.0
    return score + _manners(span, tokens)


def _standing(record: Record) -> float:
    """Score what its place in the thread lends a record: an answer to the opening is understood by itself."""
    deep = record.parent is not None and record.parent != record.root
    return min(1.6, 0.25 * liking(record)) - (0.8 if deep else 0.0)


def _manners(span: str, tokens: Sequence[str]) -> float:
    """Take off for what reads badly out of its thread; questions are weighed among themselves."""
    score = 0.0
    score -= 0.5 if _ASKING_AROUND & set(tokens) else 0.0
    score -= 0.5 if "?" in span[:-1] else 0.0
    score -= 0.5 if _STUMP.search(span) else 0.0
    score -= 0.3 if "you" in tokens[:3] else 0.0
    score -= 0.7 if tokens[:1] == ["you"] else 0.0
    score -= 0.15 if REPLYING & set(tokens) else 0.0
    score -= 0.6 if span[:1].islower() or _CARELESS.search(span) else 0.0
    score -= 0.35 if span[-1:].isalnum() else 0.0
    score -= 0.7 if _META.search(span) else 0.0
    if span.endswith("?"):
        last = span[max(span.rfind(end, 0, len(span) - 1) for end in ".!?,") + 1 :].strip()
        score -= 0.3 if _ASKS.match(last) else 0.9
    return score


def liking(record: Record) -> float:
    """Return how well a record was received where it stands: the binary logarithm of its votes or likes."""
    return math.log2(1 + max(0, *(record.metrics.get(key, 0) for key in ("score", "likes"))))


class Clippings:
    """The quotes of one storyline; hands out each author once and nothing that says the same again."""

    def __init__(self, items: Sequence[BriefRecord], salience: Callable[[str], float]) -> None:
        self._salience = salience
        self._items = items
        talk = [item for item in items if not from_press(item.record)]
        self._all = sorted(
            (quote for item in talk for quote in candidates(item, salience)),
            key=lambda q: (-q.score, q.record.id),
        )
        self._authors: set[str] = set()
        self._used: list[frozenset[str]] = []
        self._words = [content_words(item.record.text) for item in items]
        self._common = max(2, len(items) // 8)

    def rank(self, accept: Callable[[Quote], bool] = lambda _: True) -> list[Quote]:
        """Return the quotes still to be had, best first, without taking them."""
        return [quote for quote in self._all if self._free(quote) and not quote.leans and accept(quote)]

    def best(self, accept: Callable[[Quote], bool] = lambda _: True) -> Quote | None:
        """Take the best quote that `accept` lets through; None if there is none."""
        quote = next(iter(self.rank(accept)), None)
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
        # A reply may lean on what it answers, for that is shown.
        replies = (
            reply
            for reply in self._all
            if reply.record.parent == quote.record.native_id
            and reply.record.source == quote.record.source
            and self._free(reply)
            and not reply.asks
            and reply.length <= 30  # noqa: PLR2004 - a retort is short
            and self._linked(quote.text, reply.text)
        )
        found = next(replies, None)
        if found:
            self.take(found)
        return found

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
            if not from_press(item.record)
            for quote in candidates(item, self._salience, fewest=_SHORT_QUOTE, most=_LONG_QUOTE)
            if not quote.leans
            and not quote.asks
            and accept(quote)
            and (quote.whole or self._salience(quote.text) > 0)
        ]
        best = min(short, key=lambda q: (-self._punch(q), q.record.id), default=None)
        return best if best and self._punch(best) >= _TELLING else None

    def _punch(self, quote: Quote) -> float:
        """Score a short quote for a headline: to the point, whole, with a turn in it."""
        score = (
            0.8 * self._salience(quote.text)
            + (0.6 if quote.whole else 0.0)
            + (0.6 if _TURNS.search(quote.text) else 0.0)
        )
        score += 0.3 if 6 <= quote.length <= 11 else 0.0  # noqa: PLR2004 - the length of a good headline quote
        score += min(0.6, 0.1 * liking(quote.record)) + _manners(quote.text, words(quote.text))
        score -= 0.6 if words(quote.text)[0].endswith("ed") else 0.0
        score -= 0.5 if _FILLER.search(quote.text) or ":" in quote.text else 0.0
        score -= (
            0.4
            if words(quote.text)[0].endswith("ing") or {"you", "your", "you're"} & set(words(quote.text))
            else 0.0
        )
        return score - (0.3 if any(letter.isdigit() for letter in quote.text) else 0.0)

    def spoken(self, authors: Iterable[str]) -> None:
        """Count `authors` as having spoken already."""
        self._authors.update(authors)

    def _free(self, quote: Quote) -> bool:
        if quote.record.author_key in self._authors:
            return False
        heard = content_words(quote.text)
        return all(
            len(heard & used) <= _TOO_ALIKE * min(len(heard), len(used))
            for used in self._used
            if used and heard
        )


def loses(text: str, quote: str) -> str:
    """Say what of its meaning in `text` a `quote` loses out of its context, "" if nothing is seen to be lost.

    Of several places where it stands, the best counts.
    """
    places = list(_places(text, quote))
    found = [_lost(text, quote, at) for at in places]
    return "" if not found or "" in found else found[0]


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote) if quote else -1
    while at >= 0:
        yield at
        at = text.find(quote, at + len(quote))


def _lost(text: str, quote: str, at: int) -> str:
    stop = at + len(quote)
    if len(words(quote)) <= _TERM:
        return ""
    if ironic(text) and not _IRONY.search(quote):
        return "the mark of irony"
    line = text.rfind("\n", 0, at) + 1
    if text[line:at].lstrip().startswith((">", "&gt;")) or _is_inside_marks(text, at, stop):
        return "that the record itself quotes somebody"
    before = next((text[start:at] for start, end in sentence_spans(text) if start <= at < end), "")
    if _REPORTED.search(before):
        return "that the record reports what somebody else says"
    if len(words(quote)) > _SHORT_QUOTE and _NEGATION.search(before):
        return "what turns it round"
    return ""


@lru_cache(maxsize=4096)
def ironic(text: str) -> bool:
    """Tell whether `text` bears a mark that it is not meant as it reads."""
    return bool(_IRONY.search(text))


def _is_inside_marks(text: str, start: int, stop: int) -> bool:
    """Tell whether a span lies between double quotation marks of its own line, without them."""
    line = text.rfind("\n", 0, start) + 1
    if text.rfind("\N{LEFT DOUBLE QUOTATION MARK}", line, start) > text.rfind(
        "\N{RIGHT DOUBLE QUOTATION MARK}", line, start
    ):
        return True
    end = text.find("\n", stop)
    closes = '"' in text[stop : end if end >= 0 else len(text)]
    return closes and text.count('"', line, start) % 2 == 1 and '"' not in text[start:stop]
