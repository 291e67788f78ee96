"""Headline and deck of an extractive story."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind
from bot.domain.story import Claim, ClaimKind
from bot.domain.text import graphemes
from bot.write.checks import HEADLINE_LIMIT
from bot.write.desk import inline, listing, place_fields, printable_title, unique
from bot.write.places import place_of
from bot.write.voices import alone, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.domain.story import Citation
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

DECK_LIMIT = 280
_LEAST_RATIO, _MOST_RATIO = 2, 60
_PLACES_NAMED = 4
_LONGEST_TITLE = 78
_SHORTEST_TITLE = 20
# Where a long title may end without saying something else.
_TITLE_BREAK = re.compile(r"\s+[(\[|\u2013\u2014-]|[,;:.!?](?=\s)")


def headline(desk: Desk) -> Claim:
    """Return the headline: one of the shapes that fit the signal, chosen by the story's lot."""
    shaped = [claim for shape in _shapes(desk) if (claim := shape(desk)) and _fits(claim)]
    return shaped[desk.book.lot("headline", len(shaped))] if shaped else _plain(desk)


def _fits(claim: Claim) -> bool:
    return graphemes(claim.text) <= HEADLINE_LIMIT


def _shapes(desk: Desk) -> list[Callable[[Desk], Claim | None]]:
    if desk.brief.told and desk.topic:
        return [_more_quote, _more]
    if len(desk.voices) == 1 or desk.topic is None:
        # Talk in one place is mostly one thread's, and its title says best what it is about.
        titled = _titled(desk)
        return [lambda _: titled] if titled else [_quote, _size]
    by_kind: dict[SignalKind, list[Callable[[Desk], Claim | None]]] = {
        SignalKind.DIVERGENCE: [_apart, _quote],
        SignalKind.RETURN: [_again_quote, _again],
        SignalKind.SURGE: [_quote, _ratio, _size_quote],
        SignalKind.NEWCOMER: [_quote, _new, _size_quote],
        SignalKind.MOOD_SHIFT: [_quote, _size_quote],
    }
    return by_kind[desk.brief.signal.kind]


def telling(desk: Desk, skip: frozenset[str] = frozenset()) -> Quote | None:
    """Return a short quote for headline or deck by an author not in `skip`."""
    return desk.clips.headline(lambda q: short(q) and q.record.author_key not in skip)


def _quote(desk: Desk) -> Claim | None:
    return _quoting(desk, "head-quote")


def _again_quote(desk: Desk) -> Claim | None:
    return _quoting(desk, "head-again-quote")


def _more_quote(desk: Desk) -> Claim | None:
    return _quoting(desk, "head-more-quote")


def _size_quote(desk: Desk) -> Claim | None:
    return _quoting(desk, "head-size-quote")


def _quoting(desk: Desk, turn: str) -> Claim | None:
    quote = telling(desk)
    if quote is None or desk.topic is None:
        return None
    citations = [desk.cite_quote(quote), *desk.cite_subject()]
    return _head(desk, turn, ClaimKind.NAMED, citations, {"q": inline(quote.text) or ""})


def _size(desk: Desk) -> Claim | None:
    return _counting(desk, "head-size") if desk.topic else None


def _new(desk: Desk) -> Claim | None:
    return _counting(desk, "head-new" if desk.is_new else "head-size")


def _again(desk: Desk) -> Claim | None:
    return _counting(desk, "head-again")


def _more(desk: Desk) -> Claim | None:
    return _counting(desk, "head-more") if desk.number("new") > 1 else None


def _ratio(desk: Desk) -> Claim | None:
    plain = _LEAST_RATIO <= desk.number("ratio") <= _MOST_RATIO and desk.number("expected") >= 1
    return _counting(desk, "head-ratio") if plain else None


def _counting(desk: Desk, turn: str) -> Claim:
    return _head(desk, turn, ClaimKind.MEASURED, [*desk.cite_subject(), *desk.cite_some(desk.talk)], {})


def _apart(desk: Desk) -> Claim | None:
    parts = desk.apart or [part.community for part in desk.voices[:2]]
    first, second = (desk.places[place] for place in parts)
    one, two = place_of(first[0].record), place_of(second[0].record)
    citations = [*desk.cite_subject(), *desk.cite_some(first, 2), *desk.cite_some(second, 2)]
    fields = {"one": one.name, "two": two.name, "on_one": one.on, "on_two": two.on}
    return _head(desk, "head-apart", ClaimKind.COHORT, citations, fields)


def _head(
    desk: Desk, turn: str, kind: ClaimKind, citations: Sequence[Citation], fields: dict[str, str]
) -> Claim:
    keys = {"records": "records", "hours": "hours", "ratio": "ratio", "new": "new"}
    keys |= {"age": "lag:now", "told": "at:told"}
    own = {
        "Topic": desk.topic.opening if desk.topic else "",
        "topic": desk.subject,
        "draws": "draw" if desk.topic and desk.topic.plural else "draws",
    }
    return _as_headline(desk.say(turn, kind, citations, own | fields, keys=keys))


def _as_headline(said: Claim) -> Claim:
    return Claim("headline", said.kind, said.text.rstrip("."), said.citations, said.numbers)


def _titled(desk: Desk) -> Claim | None:
    threads = Counter(item.record.thread for item in desk.talk)
    openers = [item for item in desk.talk if item.record.opens_thread]
    for item in sorted(openers, key=lambda item: -threads[item.record.thread]):
        title = printable_title(item.record, _short)
        if title is not None:
            here = desk.places[item.record.place]
            citations = [desk.cite(item, title), *desk.cite_some(here, 2)]
            fields = {"q": f"“{title.removesuffix('.')}”"} | place_fields(item.record)
            keys = {"records": f"records:{item.record.place}"}
            return _as_headline(desk.say("head-title", ClaimKind.MEASURED, citations, fields, keys=keys))
    return None


def _short(title: str) -> str:
    """Return `title`, or its opening up to a natural break if it is long ("" if it has no such opening)."""
    if graphemes(title) <= _LONGEST_TITLE:
        return title
    openings = [title[: match.start()] for match in _TITLE_BREAK.finditer(title)]
    fitting = [
        opening
        for opening in openings
        if _SHORTEST_TITLE <= graphemes(opening) <= _LONGEST_TITLE
        and opening.count("(") == opening.count(")")
    ]
    return fitting[-1] if fitting else ""


def _plain(desk: Desk) -> Claim:
    if desk.topic:
        return _counting(desk, "head-plain")
    largest = desk.places[desk.voices[0].community]
    keys = {"records": f"records:{desk.voices[0].community}"}
    fields = place_fields(largest[0].record)
    return _as_headline(
        desk.say("head-place", ClaimKind.MEASURED, desk.cite_some(largest), fields, keys=keys)
    )


def deck(desk: Desk, head: Claim) -> Claim:
    """Return the deck: how much and where, and a voice that the headline does not quote."""
    # Whoever speaks in the headline has spoken; the body gives the word to others.
    quoted = {
        citation.record_id for citation in head.citations if citation.quote.removesuffix(".") in head.text
    }
    speakers = frozenset(item.record.author_key for item in desk.talk if item.record.id in quoted)
    desk.clips.spoken(speakers)
    said = [part for part in (_deck_size(desk), _deck_voice(desk, speakers)) if part]
    while len(said) > 1 and graphemes(" ".join(part.text for part in said)) > DECK_LIMIT:
        said.pop()
    citations = unique(citation for part in said for citation in part.citations)
    stated = tuple(key for part in said for key in part.numbers)
    return Claim("deck", ClaimKind.MEASURED, " ".join(part.text for part in said), citations, stated)


def _deck_size(desk: Desk) -> Claim:
    firsts = [desk.places[part.community][0] for part in desk.voices[:_PLACES_NAMED]]
    ons = [place_of(item.record).on for item in firsts]
    fields = {"places": listing([ons[0], *(on.removeprefix("on ") for on in ons[1:])])}
    citations = [desk.cite(item) for item in firsts]
    return desk.say("deck-size", ClaimKind.MEASURED, citations, fields, keys={"records": "records"})


def _deck_voice(desk: Desk, skip: frozenset[str]) -> Claim | None:
    quote = telling(desk, skip)
    if quote is None:
        return None
    desk.clips.take(quote)
    return alone(desk, "deck-voice", quote)
