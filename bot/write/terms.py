"""The words that mark a storyline, and the words that set its communities apart."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.detect.tokens import names as names_in
from bot.domain.text import without_references
from bot.write.language import nouns, spoken, words
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.domain.record import Record

CALENDAR = wordlist("calendar")
_NOT_NAMES = CALENDAR | wordlist("not-names")
UNITS = wordlist("units")
GENERIC = wordlist("generic")
_MODEL_NAME = re.compile(r"(?<![\w.@/-])[A-Z][A-Za-z]+-?\d[\w.]*(?:-[\w.]*\w)*")
_CHUNK_END = re.compile(r"[.,;:!?()\[\]\n\"“”*|>]+")
_LONGEST_PHRASE = 3
_PRIOR_WEIGHT = 0.5
_LEAST_Z = 1.0
_COVERED = 0.7


def phrases(records: Sequence[Record], *, limit: int = 12) -> tuple[str, ...]:
    """Return the storyline's distinctive phrases (1-3 words, lower case), best first.

    A phrase counts once per author, and more when it stands in a title; a phrase that a longer one
    nearly always covers is left out.
    """
    noun = nouns(record.words for record in records)
    spread = _author_counts(records, noun)
    for record in records:
        if record.title:
            spread.update(_phrases(record.title, noun))
    least = 2 if len(records) < 30 else 3  # noqa: PLR2004 - small talks repeat less
    frequent = {phrase: n for phrase, n in spread.items() if n >= least}
    ranked = sorted(frequent, key=lambda p: (-frequent[p] * (1 + 0.5 * p.count(" ")), p))
    chosen: list[str] = []
    for phrase in ranked:
        covered = any(
            phrase in longer and frequent[longer] >= _COVERED * frequent[phrase]
            for longer in frequent
            if longer != phrase
        )
        if not covered and phrase not in GENERIC and not any(alike(phrase, other) for other in chosen):
            chosen.append(phrase)
            if len(chosen) == limit:
                break
    return tuple(chosen)


def distinctive(
    by_place: Mapping[str, Sequence[Record]], avoid: Iterable[str] = (), *, limit: int = 5
) -> dict[str, tuple[str, ...]]:
    """Return for every community the nouns that it uses more than the others do, best first.

    Log-odds with an informative prior (Monroe, Colaresi and Quinn, 2008), over authors, so that one person's
    pet word does not count twice.
    """
    noun = nouns(record.words for records in by_place.values() for record in records)
    counts = {place: _author_counts(records, noun) for place, records in by_place.items()}
    total: Counter[str] = sum(counts.values(), Counter())
    avoided = {word for name in avoid for word in words(name)}
    return {
        place: tuple(_best(own, total, avoided, least=2 if len(by_place[place]) < 12 else 3)[:limit])  # noqa: PLR2004 - as above
        for place, own in counts.items()
    }


def _best(own: Counter[str], total: Counter[str], avoided: set[str], *, least: int) -> list[str]:
    n_own, n_total = sum(own.values()), sum(total.values())
    n_other = n_total - n_own
    scored: list[tuple[float, str]] = []
    for term, count in own.items():
        if count < least or term in GENERIC or (set(term.split()) & avoided):
            continue
        prior = _PRIOR_WEIGHT * total[term]
        prior_all = _PRIOR_WEIGHT * n_total
        here = count + prior
        there = total[term] - count + prior
        odds = _log_odds(here, n_own + prior_all) - _log_odds(there, n_other + prior_all)
        z = odds / math.sqrt(1 / here + 1 / there)
        if z >= _LEAST_Z:
            scored.append((-z, term))
    chosen: list[str] = []
    for _, term in sorted(scored):
        if not any(alike(term, other) for other in chosen):
            chosen.append(term)
    return chosen


def _log_odds(count: float, total: float) -> float:
    # Half a word is added to what is left: in a handful of posts a term can be all there is.
    return math.log(count / (total - count + 0.5))


def alike(term: str, other: str) -> bool:
    """Tell whether two phrases share a word, apart from its plural."""
    return any(_stem(a) == _stem(b) for a in term.split() for b in other.split())


def _stem(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.rstrip("s")


def _author_counts(records: Iterable[Record], noun: frozenset[str]) -> Counter[str]:
    by_author: defaultdict[str, set[str]] = defaultdict(set)
    for record in records:
        by_author[record.author_key].update(_phrases(record.words, noun))
    return Counter(phrase for said in by_author.values() for phrase in said)


def _phrases(text: str, noun: frozenset[str]) -> set[str]:
    found: set[str] = set()
    for chunk in _CHUNK_END.split(without_references(text)):
        tokens = spoken(chunk)
        for size in range(1, _LONGEST_PHRASE + 1):
            for start in range(len(tokens) - size + 1):
                run = tokens[start : start + size]
                if run[-1] in noun and all(_carries(word) for word in run):
                    found.add(" ".join(run))
    return found


def _carries(word: str) -> bool:
    return len(word) > 2 and word not in STOPWORDS and word not in CALENDAR and not word[0].isdigit()  # noqa: PLR2004 - "AI" and alike


def names(records: Sequence[Record], *, limit: int = 15) -> tuple[str, ...]:
    """Return the proper names in `records`, those that most authors use first."""
    by_author: defaultdict[str, set[str]] = defaultdict(set)
    lower: Counter[str] = Counter()
    for record in records:
        lower.update(set(re.findall(r"\b[a-z][a-z'\u2019-]+\b", record.words)))
        by_author[record.author_key].update(proper_names(record.words))
    spread = Counter(name for said in by_author.values() for name in said)
    least = 2 if len(records) > 5 else 1  # noqa: PLR2004 - in a handful, one mention is a mention
    ranked = [
        name
        for name, n in sorted(spread.items(), key=lambda item: (-item[1], item[0]))
        if n >= least and lower[name.lower()] <= n
    ]
    return tuple(ranked[:limit])


def proper_names(text: str) -> set[str]:
    """Return the proper names in `text`: capitalised runs that do not merely open a sentence."""
    plain = without_references(text)
    found = (
        re.sub(r"['\u2019]s?$", "", name).rstrip(".-")
        for name in (*names_in(plain), *_MODEL_NAME.findall(plain))
    )
    return {name for name in found if not set(name.lower().split()) <= _NOT_NAMES and not name.isdigit()}
