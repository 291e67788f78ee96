"""What the thing is that a story is about, in the words of somebody who says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.domain.story import ClaimKind
from bot.write.desk import quoted
from bot.write.merit import stands_alone
from bot.write.phrases import first_upper
from bot.write.places import from_press, outlet
from bot.write.quotes import candidates
from bot.write.voices import speaker
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.story import Claim
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_KINDS = "|".join(sorted(wordlist("sorts-of-things")))
_SHORTEST, _LONGEST = 5, 32


def what_it_is(desk: Desk, happening: Sequence[Claim]) -> Claim | None:
    """Return who says what the matter's name stands for, unless the titles told or what is `happening` do."""
    told = [item.record.title or "" for item in desk.brief.records if item.record.id in desk.titles_told]
    shown = " ".join([*told, *(claim.text for claim in happening)])
    for name in _names(desk):
        if _introduced(shown, name):
            return None
        quote = _definition(desk, name)
        if quote:
            desk.clips.take(quote)
            who = outlet(quote.record) if from_press(quote.record) else speaker(quote.record)
            fields = {"who": who, "Who": first_upper(who)} | quoted(quote.text)
            return desk.say("what-it-is", ClaimKind.NAMED, [desk.cite_quote(quote)], fields)
    return None


def _names(desk: Desk) -> list[str]:
    phrase = desk.topic.phrase if desk.topic else ""
    return [
        name
        for name in dict.fromkeys((*desk.brief.names[:3], *phrase.split(" and ")))
        if name and name in phrase
    ]


def _introduced(shown: str, name: str) -> bool:
    """Tell whether `shown` says what `name` is: "the scribe ClinNote", "Heron, a model"."""
    before = rf"\b(?:{_KINDS})s? {re.escape(name)}\b"
    behind = rf"\b{re.escape(name)}(?: (?:is|was)|,) (?:an?|the) (?:\S+ ){{0,5}}?(?:{_KINDS})\b"
    return bool(re.search(f"{before}|{behind}", shown, re.IGNORECASE))


def _definition(desk: Desk, name: str) -> Quote | None:
    """Return the best sentence that begins with `name` and says which sort of thing that is."""
    sort = rf"(?:an?|the|our|my) (?:[\w-]+ ){{0,5}}?(?:{_KINDS})\b"
    says = re.compile(rf"(?:The )?{re.escape(name)}(?: \([^)]*\))?(?: is|,) {sort}", re.IGNORECASE)
    items = [*desk.press, *desk.talk]
    spans = (
        quote
        for item in items
        for quote in candidates(item, desk.salience, fewest=_SHORTEST, most=_LONGEST)
        if says.match(quote.text) and stands_alone(quote.text)
        if not (quote.asks or quote.careless or quote.deep)
    )
    return max(spans, key=lambda quote: (quote.score, -quote.length), default=None)
