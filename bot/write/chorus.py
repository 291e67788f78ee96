"""Further people of one place, two by two, where few have spoken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.domain.text import graphemes
from bot.write.desk import quoted
from bot.write.merit import is_fragment
from bot.write.voices import IN_ONE_POST, LATER, preferred, voice
from bot.write.worth import says_little

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.brief import Voice
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_QUESTION = re.compile(r"^(?:how|what|which|why|where|who|when)\b", re.IGNORECASE)
# So well received, an answer may be short of what a strong quote has.
_WELL_RECEIVED, _PASSABLE = 10, 0.3


def chorus(desk: Desk, part: Voice, most: int) -> list[Claim]:
    """Return up to `most` voices, two by two, that answer in the threads whose titles were told.

    Those written as for readers come first, then what was well received, at last a question.
    """
    threads = {item.record.thread for item in desk.brief.records if item.record.id in desk.titles_told}

    def here(quote: Quote) -> bool:
        inside = quote.record.thread in threads if threads else quote.record.parent is not None
        return quote.record.place == part.community and inside and _on_matter(desk, quote)

    found = _taken(desk, lambda q: here(q) and not q.asks and q.strong, most)
    found += _taken(desk, lambda q: here(q) and not q.asks and _passable(q), most - len(found))
    found += _taken(desk, lambda q: here(q) and _well_asked(q), min(1, most - len(found)))
    return _told(desk, found)


def _told(desk: Desk, quotes: Sequence[Quote]) -> list[Claim]:
    said: list[Claim] = []
    rest = list(quotes)
    while rest:
        one = rest.pop(0)
        away = desk.is_days_away(one.record)
        other = None if away else next((quote for quote in rest if _fit(desk, one, quote)), None)
        if other:
            rest.remove(other)
        said.append(_pair(desk, one, other) if other else voice(desk, one, LATER))
    return said


def _fit(desk: Desk, one: Quote, other: Quote) -> bool:
    """Tell whether two quotes, of about one time, can be read side by side in one post of a thread."""
    stated = not (one.asks or other.asks or desk.is_days_away(other.record))
    return stated and graphemes(f"{one.text}{other.text}") <= IN_ONE_POST


def _pair(desk: Desk, one: Quote, other: Quote) -> Claim:
    answering = all(quote.record.parent == quote.record.root for quote in (one, other))
    second = {{"q": "r", "Q": "R"}[field]: text for field, text in quoted(other.text).items()}
    # Nobody who is told after them answers them.
    desk.answerable, desk.roles = None, []
    citations = [desk.cite_quote(one), desk.cite_quote(other)]
    turn = "pair-answers" if answering else "pair"
    return desk.say(turn, ClaimKind.NAMED, citations, quoted(one.text) | second)


def _taken(desk: Desk, accept: Callable[[Quote], bool], most: int) -> list[Quote]:
    found: list[Quote] = []
    while len(found) < most and (quote := preferred(desk.clips.rank(accept))):
        desk.clips.take(quote)
        found.append(quote)
    return found


def _on_matter(desk: Desk, quote: Quote) -> bool:
    """Tell whether `quote` has to do with the talk; what begins an answer with "it" or "they" has."""
    points = quote.opens and not quote.deep and quote.points
    return points or desk.clips.of_the_talk(quote) or desk.salience(quote.text) > 0


def _passable(quote: Quote) -> bool:
    """Tell whether an answer says something, though it is not written as for readers."""
    liked = _is_liked(quote)
    typed = quote.careless or _QUESTION.search(quote.text) or is_fragment(quote.text)
    enough = quote.score >= _PASSABLE and not typed and not says_little(quote.text)
    return enough and not quote.deep and (liked or quote.text[:1].isupper())


def _well_asked(quote: Quote) -> bool:
    return quote.earnest and not quote.deep and _is_liked(quote)


def _is_liked(quote: Quote) -> bool:
    return quote.record.metrics.get("score", 0) >= _WELL_RECEIVED
