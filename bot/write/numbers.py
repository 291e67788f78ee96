"""How a computed number is written, and the reverse: which figures of a text are accounted for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.text import without_quotations
from bot.write.clauses import content
from bot.write.counting import counts
from bot.write.language import sentence_spans
from bot.write.units import UNIT_BEHIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MULTIPLES = {
    "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubling": 2.0, "thrice": 3.0, "triple": 3.0,
    "tripled": 3.0, "quadruple": 4.0, "quadrupled": 4.0, "tenfold": 10.0, "dozen": 12.0, "dozens": 24.0,
    "hundred": 100.0, "hundreds": 200.0, "hundredfold": 100.0, "thousand": 1e3, "thousands": 2e3,
    "million": 1e6, "millions": 2e6, "billion": 1e9, "billions": 2e9, "trillion": 1e12, "trillions": 2e12,
}  # fmt: skip
# How many times as much: "two" bears no "twice", but "2x" does.
_TIMES_AS_MUCH = frozenset({
    "twice", "double", "doubled", "doubling", "thrice", "triple", "tripled", "quadruple", "quadrupled",
    "tenfold", "hundredfold",
})  # fmt: skip
# "Three times the price", not "asked three times".
_TIMES_BEHIND = re.compile(r"\stimes\s(?:as|the|its|their|more|less|what|that|over|\w+er)\b", re.IGNORECASE)
_VALUES = (
    {word: float(value) for value, word in enumerate(_UNITS) if value > 1}
    | {word: float((index + 2) * 10) for index, word in enumerate(_TENS)}
    | _MULTIPLES
)
_FIGURE = re.compile(r"(?<!\w)(?<!\d\.)(\w*?)(\d+(?:[.,:]\d+)*)([^\W\d_]*)", re.UNICODE)
# What stands around a numeral and makes another number of it.
_MONEY = r"USD|EUR|GBP|(?:US )?dollars?|bucks?|euros?|pounds?"
_BEFORE = re.compile(r"(?:([$€£¥])\s?|\b(USD|EUR|GBP)\s)$")
_BEHIND = re.compile(
    r"(?:[\s-]?(?P<scale>%|(?:per ?cent|pct|hundred|thousand|million|billion|trillion)\b))?"
    rf"(?:\s?(?P<sign>[$€£¥])(?!\d)|[\s-](?P<money>{_MONEY})\b)?",
    re.IGNORECASE,
)
_SCALED = re.compile(
    r"(?:[2-9]|[\d.,]\d)[\s-]?(?:hundred|thousand|million|billion|trillion)\b", re.IGNORECASE
)
_LONGEST_BEFORE = len(" USD ")
# A pound is a weight as well: it is money where the sign says so.
_CURRENCY = {"usd": "$", "dollar": "$", "buck": "$", "eur": "€", "euro": "€", "gbp": "£", "pound": "pound"}
_SIGNS_BEAR = {"£": {"£", "pound"}}
_SCALE_LETTERS = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion"}
# Keys of numbers that count people, and what people and posts are called.
_OF_PEOPLE = re.compile(r"(?:new-)?authors\b|sides:|people-|heard-|against|joy|farm\b")
_PEOPLE = "people|persons|authors|commenters|users|members|speakers|posters|accounts"
# "Three million users" are not three.
_SCALES = "|".join(_MULTIPLES)
_POSTS = "posts|comments|messages|replies|remarks"
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_FOR_THE_TIME = re.compile(rf"\b({'|'.join(_ORDINALS)}) time\b", re.IGNORECASE)
NUMBER_WORD = re.compile(r"\b(?:" + "|".join(sorted(_VALUES, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_BOTH = re.compile(r"\bboth\b(?P<of>(?:\W+\w+){1,4})", re.IGNORECASE)
# "Twenty requests an hour" is a rate.
_FIGURE_BEFORE = re.compile(rf"(?:\d|{NUMBER_WORD.pattern})\s(?:\w+\s)?$", re.IGNORECASE)
_SPELLED_BELOW = 10
_EXACT_TIMES_BELOW = 10
_HOUR, _DAY = 60, 24
_TIMES = ("at:",)
_SHARES = ("share:", "asking:", "asking-", "firsthand:", "firsthand-", "against:", "against-", "joy-")
_SPANS = ("lag:",)


@dataclass(frozen=True, slots=True)
class Figure:
    """A numeral or number word of a text: its value where it has one, with what is written around it.

    `unit` is the currency around it and the scale behind, "" for each that it has not.
    With `times` behind it ("three times") it may say how many times as much.
    """

    written: str
    value: str
    unit: tuple[str, str] = ("", "")
    times: bool = False

    @property
    def whole(self) -> str:
        """The figure with its unit."""
        return f"{self.unit[0]}{self.value}{self.unit[1]}"

    @property
    def readings(self) -> frozenset[str]:
        """What a text that holds this figure bears: "$6 million" bears "6", and "6" bears no "$6"."""
        sign, scale = self.unit
        signs = {"", *_SIGNS_BEAR.get(sign, {sign})}
        plain = frozenset(f"{before}{self.value}{behind}" for before in signs for behind in {"", scale})
        return plain | {f"{self.value}x"} if self.times else plain


def spelled(number: int) -> str:
    """Return `number` in words (0 to 99), or in digits with separators beyond."""
    if not 0 <= number < 100:  # noqa: PLR2004 - beyond, words are harder to read than digits
        return f"{number:,}"
    if number < len(_UNITS):
        return _UNITS[number]
    tens, unit = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")


def count(number: float) -> str:
    """Return a count as newspapers write it: words below ten, else digits."""
    whole = round(number)
    return spelled(whole) if 0 <= whole < _SPELLED_BELOW else f"{whole:,}"


def moment(value: float) -> datetime:
    """Return the UTC time that an `at:` number (seconds since 1970) stands for."""
    return datetime.fromtimestamp(value, tz=UTC)


def clock(value: float) -> str:
    """Return the time of day of an `at:` number, as in "08:52 UTC"."""
    return f"{moment(value):%H:%M} UTC"


def weekday(value: float) -> str:
    """Return the day of the week of an `at:` number."""
    return f"{moment(value):%A}"


def date(value: float) -> str:
    """Return the day of an `at:` number, as in "Thursday, 5 March"."""
    when = moment(value)
    return f"{when:%A}, {when.day} {when:%B}"


def duration(minutes: float) -> str:
    """Return a span of time in the unit a reader would choose."""
    if minutes < 1.5 * _HOUR:
        return _units(round(minutes), "minute")
    hours = round(minutes / _HOUR)
    if hours % _DAY == 0 or hours > 3 * _DAY:
        return _units(round(hours / _DAY), "day")
    return _units(hours, "hour")


def _units(number: int, unit: str) -> str:
    if number == 1:
        return f"an {unit}" if unit == "hour" else f"a {unit}"
    return f"{count(number)} {unit}s"


def written(key: str, value: float) -> str:
    """Return how the computed number `value` under `key` is written in running text."""
    if key.startswith(_TIMES):
        return clock(value)
    if key.startswith(_SHARES):
        return f"{round(value)}%"
    if key.startswith(_SPANS):
        return duration(value)
    if key == "hours":
        return _units(round(value), "hour")
    if key == "ratio":
        return f"{_multiple(value)} times"
    return count(value)


def _multiple(value: float) -> str:
    if value >= _EXACT_TIMES_BELOW:
        return f"{round(value):,}"
    exact = round(value, 1)
    return spelled(int(exact)) if exact == int(exact) else f"{exact}"


def forms(key: str, value: float) -> frozenset[str]:
    """Return every way in which a text may write the computed number `value` under `key`."""
    if key.startswith(_TIMES):
        when = moment(value)
        day = f"{when.day} {when:%B}"
        return frozenset({
            clock(value), f"{when:%H:%M}", weekday(value), day, f"{when:%B} {when.day}", f"{day} {when.year}",
            f"{when:%B} {when.day}, {when.year}", date(value),
        })  # fmt: skip
    if key.startswith(_SHARES):
        return frozenset(f"{round(value)}{unit}" for unit in ("%", " %", " per cent", " percent"))
    if key.startswith(_SPANS) or key == "hours":
        minutes = value if key != "hours" else value * _HOUR
        hours = round(minutes / _HOUR)
        spans = {
            duration(minutes),
            written(key, value),
            _units(hours, "hour"),
            f"{hours} hours",
            f"{spelled(hours)} hours",
            f"{round(minutes)} minutes",
        }
        return frozenset(spans | ({_units(hours // _DAY, "day")} if hours % _DAY == 0 else set()))
    if key == "ratio":
        whole = round(value)
        ways = (_multiple(value), f"{round(value, 1)}", f"{whole:,}", count(whole))
        return frozenset(f"{way} times" for way in ways)
    whole = round(value)
    exact = {f"{value:,.1f}"} if value != whole else set()
    exact |= {"none"} if value == 0 else set()
    exact |= {"fewer than one"} if key == "expected" and whole < 1 else set()
    return frozenset({count(value), f"{whole:,}", str(whole), spelled(whole)} | exact)


def states(text: str, key: str, value: float) -> bool:
    """Tell whether `text` states the computed number `value` under `key`, and of what it counts.

    Nothing inside quotation marks states it.
    """
    plain = without_quotations(text)
    return any(
        _bare(plain, match) and counts(key, plain, match.end())
        for form in forms(key, value)
        for match in _standing(form).finditer(plain)
    )


@lru_cache(maxsize=1024)
def _standing(form: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.,:-]){re.escape(form)}(?![\w%]|[.,:]\d)", re.IGNORECASE)


def without_people(text: str, count: int) -> str:
    """Return `text` without the count of people or posts where it says as many as there are cited."""
    return re.sub(_counting(spelled(count)), " ", text) if count > 1 else text


def miscounted(text: str, declared: Mapping[str, float]) -> tuple[str, ...]:
    """Return the `declared` figures that `text` states of people where posts were counted, or the reverse."""
    plain = without_quotations(text)
    ways: dict[str, set[str]] = {}
    counts: dict[str, set[bool]] = {}
    for key, value in declared.items():
        if key.startswith((*_TIMES, *_SHARES, *_SPANS)) or key in {"hours", "ratio"}:
            # "In five hours 74 people" and "on Thursday 74 people" count nobody by the hours or the day.
            continue
        ways.setdefault(written(key, value), set()).update(forms(key, value))
        counts.setdefault(written(key, value), set()).add(bool(_OF_PEOPLE.match(key)))
    said = {
        figure: {bool(match[1]) for way in ways[figure] for match in re.finditer(_counting(way), plain)}
        for figure in ways
    }
    return tuple(figure for figure in ways if said[figure] - counts[figure])


def _counting(form: str) -> str:
    return rf"(?i:{_standing(form).pattern})(?:\s(?!(?i:{_SCALES})\b)\w+)?\s(?:({_PEOPLE})|(?:{_POSTS}))\b"


# A post is looked through for each claim that cites it.
@lru_cache(maxsize=1024)
def figures(text: str) -> tuple[Figure, ...]:
    """Return the numerals and number words of at least two in `text`, in order of kind.

    A unit or letter glued to a numeral belongs to it: "34B" is not "34".
    """
    numerals = [_numeral(text, match) for match in _FIGURE.finditer(text) if match.group() not in {"0", "1"}]
    # What scales a numeral is in its unit.
    scales = {match.end() for match in _SCALED.finditer(text)}
    spelled_out = [
        _number_word(text, match) for match in NUMBER_WORD.finditer(text) if match.end() not in scales
    ]
    return (*numerals, *spelled_out)


def _numeral(text: str, match: re.Match[str]) -> Figure:
    before, number, behind = match[1], _plain(match[2]), match[3]
    sign, scale = _unit(text, match)
    if sign and not scale and not before and behind.lower() in _SCALE_LETTERS:
        behind, scale = "", _SCALE_LETTERS[behind.lower()]
    return Figure(match.group(), f"{before}{number}{behind}".lower(), (sign, scale), _is_times(text, match))


def _number_word(text: str, match: re.Match[str]) -> Figure:
    word = match.group().lower()
    if word in _TIMES_AS_MUCH:
        return Figure(match.group(), f"{_VALUES[word]:.0f}x")
    # A scale has no unit of its own.
    unit = ("", "") if word in _MULTIPLES else _unit(text, match)
    return Figure(match.group(), _plain(f"{_VALUES[word]:.0f}"), unit, _is_times(text, match))


def _is_times(text: str, match: re.Match[str]) -> bool:
    return _TIMES_BEHIND.match(text, match.end()) is not None


def _unit(text: str, match: re.Match[str]) -> tuple[str, str]:
    """Return the currency around a number and the scale behind it."""
    before = _BEFORE.search(text[max(0, match.start() - _LONGEST_BEFORE) : match.start()])
    behind = _BEHIND.match(text, match.end())
    scale = (behind["scale"] or "").lower() if behind else ""
    money = (behind["sign"] or behind["money"] or "").lower() if behind else ""
    name = ((before[1] or before[2]).lower() if before else money).removeprefix("us ").removesuffix("s")
    return _CURRENCY.get(name, name), "%" if scale.startswith(("per", "pct")) else scale


def _bare(text: str, match: re.Match[str]) -> bool:
    """Tell whether a computed number stands in `text` with no unit but its own."""
    measured = UNIT_BEHIND.match(text, match.end()) or _is_times(text, match)
    each = match.group()[:2].lower() in {"a ", "an"} and _FIGURE_BEFORE.search(text[: match.start()])
    return not measured and not each and _unit(text, match) == ("", "")


def _plain(numeral: str) -> str:
    return re.sub(r",(?=\d{3}\b)", "", numeral)


def without_declared(text: str, declared: Mapping[str, float]) -> str:
    """Return `text` without what it quotes and without the `declared` numbers as they are written."""
    plain = without_quotations(text)
    ways = {(form, key) for key, value in declared.items() for form in forms(key, value)}
    for form, key in sorted(ways, key=lambda way: (-len(way[0]), way)):
        for match in reversed([*_standing(form).finditer(plain)]):
            if _bare(plain, match) and counts(key, plain, match.end()):
                plain = f"{plain[: match.start()]} {plain[match.end() :]}"
    return plain


def unexplained(text: str, declared: Mapping[str, float], sources: Iterable[str]) -> tuple[str, ...]:
    """Return the figures of `text`, outside quotation marks, that nothing accounts for.

    A figure is accounted for if it is one of the `declared` numbers as written, or stands in a source.
    """
    plain = without_declared(text, declared)
    about = content(plain)
    known: set[str] = set()
    for source in sources:
        known.update(way for figure in figures(source) for way in figure.readings if not way.endswith("x"))
        # Whoever did a thing for the third time did it three times.
        known.update(f"{_ORDINALS.index(match[1].lower()) + 2}" for match in _FOR_THE_TIME.finditer(source))
        for start, stop in sentence_spans(source):
            known.update(_of_the_matter(source[start:stop], about))
    return tuple(
        figure.written
        for figure in figures(plain)
        if figure.whole not in known and not (figure.times and f"{figure.value}x" in known)
    )


def _of_the_matter(sentence: str, about: frozenset[str]) -> Iterator[str]:
    """Yield the multiples of a sentence that speaks of anything `about`, and a 2 where "both" does."""
    if about & content(sentence):
        yield from (way for figure in figures(sentence) for way in figure.readings if way.endswith("x"))
    if any(about & content(match["of"]) for match in _BOTH.finditer(sentence)):
        yield "2"
