"""The last paragraphs of an extractive story: what changed, what is still asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.write.clippings import Clippings
from bot.write.communities import surface_in, tellable
from bot.write.desk import span_around, surface
from bot.write.language import words
from bot.write.merit import REPLYING, stands_alone
from bot.write.terms import alike
from bot.write.voices import alone

if TYPE_CHECKING:
    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_COHORT = 3
_LATE_PART = 3


def moved(desk: Desk) -> list[Claim]:
    """Return how the talk changed while it went on: a word that marks its beginning or its end."""
    terms = [key.removeprefix("late:") for key in desk.brief.numbers if key.startswith("late:")]
    fresh = [term for term in terms if not any(alike(term, told) for told in desk.words_told)]
    if not fresh or not desk.may_compare:
        return []
    fresh = [term for term in fresh if any(tellable(desk, way) for way in _ways(desk, term))]
    if not fresh:
        return []
    term = max(fresh, key=lambda t: (abs(desk.number(f"late:{t}") - desk.number(f"early:{t}")), t))
    users = [(item, way) for item in desk.talk if (way := surface(item.record, term))]
    rises = desk.number(f"late:{term}") > desk.number(f"early:{term}")
    quote = desk.clips.best(
        lambda q: surface_in(q.text, term) and q.strong and not q.asks and _when(desk, q, late=rises)
    )
    if quote is None or not users:
        return []
    desk.words_told.update(term.split())
    shown = next((way for _, way in users if way.islower()), users[0][1])
    keys = {"early": f"early:{term}", "late": f"late:{term}", "ends": "ends"}
    citations = [desk.cite(item, span_around(item.record, way)) for item, way in users[:_COHORT]]
    turn = "moved-to" if rises else "moved-from"
    told = desk.say(turn, ClaimKind.MEASURED, citations, {"term": f"“{shown}”"}, keys=keys)
    return [told, alone(desk, "then", quote)]


def _ways(desk: Desk, term: str) -> set[str]:
    return {way for item in desk.talk if (way := surface(item.record, term))}


def _when(desk: Desk, quote: Quote, *, late: bool) -> bool:
    """Tell whether `quote` is from the later (or the earlier) of the talk in the brief."""
    middle = sorted(item.record.created_at for item in desk.talk)[len(desk.talk) // 2]
    return (quote.record.created_at >= middle) is late


def turned(desk: Desk) -> list[Claim]:
    """Return what was written before the window, and what is written now."""
    before = Clippings(desk.earlier, desk.salience)
    said = _turn_of_mood(desk)
    for turn, clips in (("before", before), ("after", desk.clips)):
        quote = clips.best(lambda q: stands_alone(q.text) and not q.asks and not q.deep)
        if quote:
            said.append(alone(desk, turn, quote))
    return said if len(said) > 1 and desk.earlier else []


def _turn_of_mood(desk: Desk) -> list[Claim]:
    """Return what was counted of the mood before and now, with words from either time."""
    for measure in ("against", "joy") if desk.topic else ():
        ways = desk.counted_as(f"{measure}-before", f"{measure}-now")
        keys = {
            "x": ways[0], "m": f"heard-{measure}-before",
            "y": ways[1], "n": f"heard-{measure}-now",
        }  # fmt: skip
        if keys["n"] in desk.brief.numbers and desk.earlier:
            citations = [*desk.cite_some(desk.earlier, 2), *desk.cite_some(desk.talk, 2)]
            fields = {"topic": desk.subject}
            return [desk.say(f"turned-{measure}", ClaimKind.MEASURED, citations, fields, keys=keys)]
    return []


def ending(desk: Desk) -> list[Claim]:
    """Return a serious question from the last third of the time to which nobody replied; else nothing."""
    first, last = desk.number("at:first"), desk.number("at:last")
    late = last - (last - first) / _LATE_PART
    replied = {item.record.parent for item in desk.talk}
    asked = desk.clips.rank(lambda q: _open_question(q) and desk.salience(q.text) > 0 and _at(q) >= late)
    choice = next((quote for quote in asked if quote.record.native_id not in replied), None)
    if choice is None:
        return []
    desk.clips.take(choice)
    return [alone(desk, "open", choice)]


def _open_question(quote: Quote) -> bool:
    """Tell whether a question is serious and put to everybody, not to the one that was answered."""
    single = quote.earnest and "?" not in quote.text[:-1] and not REPLYING & set(words(quote.text))
    return single and not (quote.record.opens_thread or quote.deep) and stands_alone(quote.text)


def _at(quote: Quote) -> float:
    return quote.record.created_at.timestamp()
