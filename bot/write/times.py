"""Days and ages that a text states, held against the records it cites and the computed numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.write.language import holds
from bot.write.numbers import forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.record import Record

_WEEKDAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_MONTHS = "January|February|April|June|July|August|September|October|November|December"
# May and March are words, too, where neither a day nor a preposition makes a month of them.
_DOUBLE = r"(?:(?<=\bin )|(?<=\bof )|(?<=\bsince )|(?<=\buntil )|(?<=\d ))(?:May|March)|(?:May|March)(?= \d)"
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_DAY = re.compile(rf"\b(?:{_WEEKDAYS}|{_MONTHS})\b|{_DOUBLE}|(?<=\d )(?:{_SHORT})\b|\b(?:{_SHORT})(?=\.? \d)")
# "Llama 2 may" is no day.
_OF_MONTH = rf"(?P<month>(?i:{_MONTHS}|March)|May|MAY|(?i:{_SHORT})\b\.?)"
# A date as a whole: "Wednesday, 4 March", "the 4th of March", "March 4".
_DATE = re.compile(
    rf"(?:\b(?P<weekday>(?i:{_WEEKDAYS})),?\s(?:the\s)?)?"
    rf"(?:\b(?P<day>\d{{1,2}})(?:[snrt][tdh])?\s(?:of\s)?{_OF_MONTH}"
    rf"|\b{_OF_MONTH.replace('month', 'month_before')}\s(?P<day_behind>\d{{1,2}})(?:[snrt][tdh])?)"
    r"(?![\w%]|[.,:]\d)"
)
_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|(?:last|next|this|the past|the previous)\s(?:night"
    r"|morning|evening|afternoon"
    r"|week|weekend|month|year|day|hour|spring|summer|autumn|fall|winter|season|quarter|decade|century"
    r"|few\s\w+|\w+\s(?:days|weeks|months|years|hours))"
    r"|(?:an?|one|a few|several|some)\s"
    r"(?:minute|hour|day|week|fortnight|month|year|decade)s?\s(?:ago|earlier|later"
    r"|before|after)"
    r"|the\s(?:night|day|week|month|year|decade)\s(?:before|after)|in\s(?:the\s)?(?:spring|summer|autumn|winter)"
    r"|(?:\w+\s)?(?:minutes|hours|days|weeks|months|years|decades)\s(?:ago|earlier|later)|overnight"
    r"|for (?:days|weeks|months|years"
    r"|hours))\b",
    re.IGNORECASE,
)

_BY_NIGHT = re.compile(r"\b(?:all|the|last|this|that|whole) (?:whole )?night\b|\bby night\b|\btonight\b")


def unfounded(text: str, cited: Sequence[Record], declared: Mapping[str, float]) -> tuple[str, ...]:
    """Return the days and ages in `text` that neither a cited record nor a declared number bears.

    A record bears the day it was written on, and whatever it says itself. A date is borne as a whole.
    """
    words = " ".join(record.words for record in cited)
    told = words.casefold()
    computed = {form for key, value in declared.items() for form in forms(key, value)}
    ways = {form.casefold() for form in computed}
    days = {f"{record.created_at:{form}}" for record in cited for form in ("%A", "%B")}
    wrong = [day for day in _DAY.findall(text) if day not in days and not _borne(day.casefold(), told, ways)]
    borne = {_date(match) for said in (words, *computed) for match in _DATE.finditer(said)}
    wrong += [match.group() for match in _DATE.finditer(text) if not _dated(_date(match), cited, borne)]
    wrong += [
        match.group() for match in _RELATIVE.finditer(text) if not _age(match.group().casefold(), told, ways)
    ]
    return tuple(wrong)


def _dated(
    said: tuple[tuple[int, str], str], cited: Sequence[Record], borne: set[tuple[tuple[int, str], str]]
) -> bool:
    """Tell whether a date is that of a cited record, or `borne` by its words or a computed number.

    A weekday stands beside the date there, too, or is that of the day on which the record was written.
    """
    date, weekday = said
    written = {
        ((record.created_at.day, f"{record.created_at:%b}".lower()), day)
        for record in cited
        for day in ("", f"{record.created_at:%A}".lower())
    }
    return said in written | borne or (not weekday and any(date == one for one, _ in borne))


def _date(match: re.Match[str]) -> tuple[tuple[int, str], str]:
    """Return the day and the beginning of the month, with the weekday before them, "" if there is none."""
    day, month = match["day"] or match["day_behind"], match["month"] or match["month_before"]
    return (int(day), month[:3].lower()), (match["weekday"] or "").lower()


def _borne(said: str, told: str, ways: Iterable[str]) -> bool:
    return _stands(said, told) or any(_stands(said, way) for way in ways)


def _age(said: str, told: str, ways: Iterable[str]) -> bool:
    if said == "overnight" and _BY_NIGHT.search(told):
        return True
    return _stands(said, told) or any(_stands(way, said) for way in ways)


def _stands(words: str, text: str) -> bool:
    return holds(text, words)
