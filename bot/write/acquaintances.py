"""Persons of private life: somebody's colleague, and whoever left a company."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.write import evidence
from bot.write.clauses import CAPITAL_RUN
from bot.write.language import holds
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.domain.record import Record

_ORGANISATIONS = wordlist("organisations")
_KNOWN = "|".join(sorted(wordlist("acquaintances")))
_EMPLOYERS = "|".join(sorted(wordlist("employers")))
_MOVED = re.compile(
    r"\s(?:has\s|had\s)?(?:(?:\w+ly\s)?(?:left|quit|joined|resigned from|works? (?:at|for)|worked (?:at|for))"
    rf"\s(?:the|an?|his|her|their)\s(?:[\w-]+\s)?(?:{_EMPLOYERS})\b|resigned\b"
    r"|(?:was|got|has been|had been)\s(?:fired|hired|sacked|laid off|arrested)\b)"
)


def private_persons(text: str, cited: Sequence[Record], given: Iterable[Record]) -> set[str]:
    """Return the persons whom `text` names and none of the `cited` records shows in public.

    Besides those of `evidence.private_persons` these are whom a record of `given` calls somebody's colleague,
    friend or the like, and who leaves or joins an employer in `text`; an organisation may do that as well.
    """
    given = list(given)
    return evidence.private_persons(text, cited, given) | _acquaintances(text, cited, given)


def _acquaintances(text: str, cited: Sequence[Record], given: Sequence[Record]) -> set[str]:
    plain = evidence.without_places(text, given)
    moved = {match.group() for match in CAPITAL_RUN.finditer(plain) if _MOVED.match(plain, match.end())}
    named = {re.sub(r"['\u2019]s?$", "", run) for run in CAPITAL_RUN.findall(plain)}
    persons = {name for name in named if name in moved or any(_is_known(name, r.words) for r in given)}
    return {
        name
        for name in persons
        if name.split()[-1].lower() not in _ORGANISATIONS
        and not any(evidence.in_public(r, name) for r in cited)
    }


def _is_known(name: str, told: str) -> bool:
    """Tell whether a record speaks of "my colleague NAME" or of "NAME, a friend of mine"."""
    if not holds(told, name):
        return False
    way = re.escape(name)
    return bool(
        re.search(rf"\b(?:{_KNOWN})s?,?\s(?:called\s|named\s)?{way}(?!\w)", told, re.IGNORECASE)
        or re.search(
            rf"(?<!\w){way},?\s(?:who is\s)?(?:my|our|his|her|their|an?)\s(?:\w+\s)?(?:{_KNOWN})\b", told
        )
    )
