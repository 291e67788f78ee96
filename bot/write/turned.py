"""Claims that turn round what a cited record says: who beats whom, whether it is so, which way it went.

A claim is refused only where a record says the contrary of it in the same words, and none says the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.clauses import CAPITAL_RUN, OPPOSITES, content, sentences, stem, told, uncommon_names
from bot.write.language import holds, words
from bot.write.measured import mismeasured, of_anothers_figure
from bot.write.places import place_of
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from bot.domain.record import Record
    from bot.write.clauses import Clause, Denied, Sentence

_FIGURE_RUN = re.compile(r"\d[\d.,]*\d|\d")
_BEATS = re.compile(
    r"\b(?:beats?|beaten|outperform(?:s|ed)?|surpass(?:es|ed)?|outdo(?:es)?|outdid|tops|topped|overtook|overtakes?)\b"
)
_TRAILS = re.compile(r"\b(?:loses? to|lost to|trail(?:s|ed)?|lag(?:s|ged)? behind)\b")
_DENIES = re.compile(r"\b(?:not|never)\b|n['\u2019]t\b")
_PASSIVE = re.compile(
    r"\b(?:is|was|are|were|be|been|being|got|gets)\s(?:\w+\s)?\w+(?:ed|en|n|t)?\sby\b", re.IGNORECASE
)
# "From 900 dollars to".
_TO = re.compile(r"\s(?:\w+\s)?to\s[$€£]?")
_RATHER_THAN = frozenset({"to", "over", "above", "instead of", "rather than", "and not", "not"})
_PREFERS = re.compile(
    r"\b(?:prefer|favou?r|pick|choose|choosing|chose|rank|rate|trust|recommend|take)\w*\s(?:\w+\s)?$"
)
_BOTH_WAYS = frozenset(
    {
        "and",
        "or",
        "nor",
        "vs",
        "versus",
        "with",
        "like",
        "than",
        "from",
        "between",
        "against",
        "both",
        "alongside",
    }
)
_MOST_BETWEEN, _MOST_BEFORE_THAN = 5, 5
_SIDES = {word: (side, sign) for side, sign, word in (entry.split(":") for entry in wordlist("measured-by"))}
_FEWEST_SHARED = 2
# A little word and its contrary, before the same thing.
_OF_THINGS = (
    ("before", "after"),
    ("with", "without"),
    ("above", "below"),
    ("inside", "outside"),
    ("off", "onto"),
)
_OF_FIGURES = (
    ("by", "to"), ("over", "under"), ("above", "below"), ("more than", "less than"), ("at least", "at most"),
    ("more than", "under"), ("over", "less than"), ("at least", "up to"), ("more than", "up to"),
    ("over", "up to"),
)  # fmt: skip
_CONTRARIES = frozenset(way for pair in (*_OF_THINGS, *_OF_FIGURES) for way in (pair, pair[::-1]))


def _any_of(pairs: Iterable[tuple[str, str]]) -> str:
    return "|".join(sorted({word for pair in pairs for word in pair}))


_LITTLE = re.compile(
    rf"\b(?P<before>{_any_of(_OF_THINGS)})(?= (?:(?:the|a|an|its|his|her|their|our|my) )?"
    r"(?P<thing>[a-z]{3,})\b(?: (?P<more>[a-z]{3,})\b)?)"
    rf"|\b(?P<than>{_any_of(_OF_FIGURES)})(?= (?P<figure>\d[\w.,]*)(?: (?P<unit>[a-z]{{3,}})\b)?)"
)
_NO_THING = (
    STOPWORDS | wordlist("verbs") | wordlist("prepositions") | frozenset({"from", "before", "after", "but"})
)
# Who tells what they did themselves.
_OWN = re.compile(
    r"\b(?:I|we|We)(?:['\u2019](?:ve|d|m|re))?\s(?:\w+ly\s|just\s|have\s|had\s)?(?P<does>[a-z]+)"
)
_DOER = re.compile(r"^(?P<who>[A-Z][\w-]*(?:\s[A-Z][\w-]*)*)\s(?:\w+ly\s|has\s|had\s)?(?P<does>[a-z]+)")
_AUXILIARIES = frozenset({"can", "was", "had", "has", "have", "will", "did", "does", "am", "are", "is"})
_THAN = re.compile(r"\bthan\s((?:\w+\s?){1,3})")
_CONTRASTS = re.compile(r"\b(?:but|while|though|although|yet|whereas|only)\b", re.IGNORECASE)
_SUPPOSES = re.compile(r"\b(?:if|unless|might|would|could)\b", re.IGNORECASE)
_MOST_SHARED, _HALF = 0.8, 0.5
_Relation = tuple[str, str, str]


def turned(text: str, cited: Sequence[Record]) -> str:
    """Return what of `text` turns round what the `cited` records say, "" if nothing is seen to."""
    said = told(cited)
    ways: dict[str, Callable[[Sentence], bool]] = {
        "of what or of whom it is said": lambda one: _of_another(one, cited) or _done_by_another(one, said),
        "whose figure it is": lambda one: of_anothers_figure(one, cited),
        "what is denied": lambda one: _denial_turned(one, said),
        "which way it went": lambda one: _is_opposite(one, said),
    }
    for problem, is_so in ways.items():
        if any(map(is_so, sentences(text))):
            return problem
    if _relations_turned(text, cited):
        return "who does or is what to whom"
    if mismeasured(text, cited):
        return "in what a figure is measured"
    return "before what, with what, by or to what figure" if _contrary(text, said) else ""


# Who, to whom.


def _relations_turned(text: str, cited: Iterable[Record]) -> bool:
    names = frozenset(_terms(text))
    if len(names) < 2:  # noqa: PLR2004 - it takes two
        return False
    said = {found for sentence in told(cited) for found in _relations(sentence.text, names)}
    return any(
        (other, how, one) in said and (one, how, other) not in said
        for sentence in sentences(text)
        for one, how, other in _relations(sentence.text, names)
    )


def _terms(text: str) -> Iterator[str]:
    """Yield what stands in `text` with a capital or as a figure, in lower case."""
    for match in CAPITAL_RUN.finditer(text):
        yield match.group().lower().removesuffix("'s").removesuffix("\u2019s")
    yield from _FIGURE_RUN.findall(text)


@lru_cache(maxsize=4096)
def _relations(text: str, names: frozenset[str]) -> tuple[_Relation, ...]:
    """Return (one, relation, other) for each two `names` that `text` sets against each other."""
    lowered = text.lower()
    ways = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    found: list[_Relation] = []
    for first, second in pairwise(re.finditer(rf"(?<!\w)(?:{ways})(?!\w)", lowered)):
        one, other = first.group(), second.group()
        between = lowered[first.end() : second.start()]
        if one == other:
            continue
        if not (one[0].isdigit() or other[0].isdigit()):
            found += _compared(one, between, other)
            found += _done(one, between, other)
        before = lowered[max(0, first.start() - len("from $")) : first.start()]
        if before.rstrip("$€£").endswith("from ") and _TO.fullmatch(between):
            found.append((one, "from and to", other))
        if between.strip() in _RATHER_THAN and _PREFERS.search(lowered[: first.start()]):
            found.append((one, "preferred", other))
    return tuple(found)


def _compared(one: str, between: str, other: str) -> Iterator[_Relation]:
    if _DENIES.search(between):
        return
    beats, trails = bool(_BEATS.search(between)), bool(_TRAILS.search(between))
    if beats or trails:
        ahead = beats is not bool(_PASSIVE.search(between))
        yield (one, "good", other) if ahead else (other, "good", one)
        return
    tokens = words(between)
    if "than" not in tokens:
        return
    before = tokens[max(0, tokens.index("than") - _MOST_BEFORE_THAN) : tokens.index("than")]
    for at, word in enumerate(before):
        if word in _SIDES:
            how, sign = _SIDES[word]
            ahead = (sign == "+") is ("less" not in before[:at])
            yield (one, how, other) if ahead else (other, how, one)
            return


def _done(one: str, between: str, other: str) -> Iterator[_Relation]:
    # "A denies it and offers B": what A did to B stands behind the "and".
    between = re.split(r"\b(?:and|but)\b", between)[-1]
    tokens = words(between)
    if len(tokens) > _MOST_BETWEEN or re.search(r"[.;:!?,]", between) or _DENIES.search(between):
        return
    if _BOTH_WAYS & set(tokens):
        return
    passive = tokens[-1:] == ("by",)
    for verb in content(between):
        yield (other, verb, one) if passive else (one, verb, other)


# Of what, by whom.


def _of_another(claim: Sentence, cited: Sequence[Record]) -> bool:
    """Tell whether what `claim` says of a name is said of another one, by a record that has not the first."""
    named = uncommon_names(claim.text)
    about = claim.stems - {stem(word) for name in named for word in words(name)}
    if len(named) != 1 or len(about) < _FEWEST_SHARED:
        return False
    name = named.pop()
    if any(holds(place_of(record).name, name) for record in cited) or _in_the_plural(name, cited):
        # "A Hacker News commenter turned to" is where it was said; "Fishbone Diagrams" are one as well.
        return False
    found = [
        (holds(record.words, name, fold=True), bool(uncommon_names(sentence.text) - {name}))
        for record in cited
        for sentence in told([record])
        if len(about & sentence.stems) >= _MOST_SHARED * len(about)
    ]
    return bool(found) and all(other and not same for same, other in found)


def _in_the_plural(name: str, cited: Sequence[Record]) -> bool:
    """Tell whether records hold a name of several words in another number."""
    return " " in name and any(holds(record.words, name.removesuffix("s"), fold=True) for record in cited)


def _done_by_another(claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether `claim` lets a name do what somebody tells of themselves."""
    doer = _DOER.match(claim.text)
    if doer is None or not uncommon_names(doer["who"]):
        return False
    verb = stem(doer["does"])
    if doer["does"] in _AUXILIARIES or verb not in claim.stems:
        return False
    return any(
        stem(own["does"]) == verb and len((claim.stems & sentence.stems) - {verb}) > _FEWEST_SHARED
        for sentence in said
        for own in _OWN.finditer(sentence.text)
    )


# Whether it is so.


def _denial_turned(claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether `claim` says what a record denies, or denies what one says."""
    if _SUPPOSES.search(claim.text):
        return False
    if any(clause.denied for clause in claim.clauses):
        return any(_is_said(denied, said) for clause in claim.clauses for denied in clause.denied)
    if claim.denies:
        return False
    return any(
        _says(claim, denied, sentence) and not _stated(denied, claim, said)
        for sentence in said
        for clause in sentence.clauses
        for denied in clause.denied
        if not sentence.asks
    )


def _says(claim: Sentence, denied: Denied, sentence: Sentence) -> bool:
    """Tell whether one clause of `claim` holds what is denied: the verb, and all or two of the others.

    Of "never on patients" the verb stands before it, in the `sentence`.
    """
    if not denied.others:
        # "More than speed" says no more of speed than "not speed" does.
        beside = {stem(word) for run in _THAN.findall(claim.text) for word in words(run)}
        return (
            denied.verb in claim.stems - beside
            and not _CONTRASTS.search(claim.text)
            and len((claim.stems & sentence.stems) - {denied.verb}) > _FEWEST_SHARED
        )
    return any(
        denied.verb in clause.stems and _enough(clause.stems & denied.others, denied.others)
        for clause in claim.clauses
    )


def _enough(shared: frozenset[str], of: frozenset[str]) -> bool:
    return bool(of) and len(shared) >= min(len(of), _FEWEST_SHARED)


def _stated(denied: Denied, claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether a record says as well what another denies, as far as `claim` speaks of it."""
    wanted = denied.others & claim.stems | {denied.verb}
    return any(wanted <= clause.plain for sentence in said for clause in sentence.clauses)


def _is_said(denied: Denied, said: Sequence[Sentence]) -> bool:
    """Tell whether a record says what a claim denies, and none denies it or anything around it."""
    if not denied.others:
        return False
    about = [s for s in said if denied.verb in s.stems and denied.others & s.stems]
    if any(_doubts(sentence, denied) or sentence.asks or sentence.ironic for sentence in about):
        return False
    return any(_plainly(clause, denied) for sentence in about for clause in sentence.clauses)


def _doubts(sentence: Sentence, denied: Denied) -> bool:
    """Tell whether a sentence denies by a word like "refuses", or any of what is `denied` by a "not"."""
    what = {denied.verb} | denied.others
    reached = ({one.verb} | one.others for clause in sentence.clauses for one in clause.denied)
    return sentence.nays or any(what & reach for reach in reached)


def _plainly(clause: Clause, denied: Denied) -> bool:
    return denied.verb in clause.stems and _enough(denied.others & clause.stems, denied.others)


# Which way.


def _is_opposite(claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether all that is said of the matter has the opposite of a word of `claim` in its place."""
    if any(clause.denied for clause in claim.clauses):
        return False
    every = frozenset[str]().union(*(sentence.stems for sentence in said))
    return any(
        claim.stems & one and not claim.stems & other and not every & one
        and any(_against(sentence, other, claim.stems - one) for sentence in said)
        for way in OPPOSITES
        for one, other in (way, way[::-1])
    )  # fmt: skip


def _against(sentence: Sentence, other: frozenset[str], rest: frozenset[str]) -> bool:
    # "Dearer than" and "cheaper than" may say the same of two names.
    compares = " than " in sentence.text
    plain = not any(clause.denied for clause in sentence.clauses) and not sentence.asks and not compares
    return plain and any(
        clause.stems & other
        and (
            len(rest & sentence.stems) >= max(_FEWEST_SHARED, _HALF * len(rest))
            or frozenset() < clause.stems - other <= rest
        )
        for clause in sentence.clauses
    )


def _contrary(text: str, said: Sequence[Sentence]) -> bool:
    """Tell whether a little word stands in `text` for its contrary, before a thing or a figure."""
    near = (one.text for one in said if len(one.stems & content(text)) >= _FEWEST_SHARED)
    told = frozenset[tuple[str, str]]().union(*map(_little, near))
    return any(
        (one, thing) not in told and thing == same and (one, other) in _CONTRARIES
        for one, thing in _little(text)
        for other, same in told
    )


@lru_cache(maxsize=4096)
def _little(text: str) -> frozenset[tuple[str, str]]:
    """Return the little words of `text`, each with the thing or the figure behind it.

    "New files" are not "new hardware", but of "the patch arrived" the second word is no part of the thing.
    """
    found = set()
    for match in _LITTLE.finditer(" ".join(words(text))):
        first, second = (
            match[name] or "" for name in (("figure", "unit") if match["than"] else ("thing", "more"))
        )
        told = second in _NO_THING or second.endswith(("ed", "ly"))
        found.add((match["before"] or match["than"], first if told else f"{first} {second}".strip()))
    return frozenset(found)
