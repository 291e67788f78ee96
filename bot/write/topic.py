"""What a storyline is called in a headline and in running text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.language import holds, nouns, surface_words, words
from bot.write.terms import GENERIC, UNITS
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bot.domain.brief import Brief
    from bot.domain.record import Record

_NAMES_TRIED = 8
_TITLE_BONUS = 0.25
_LEAST_SHARE, _LEAST_SCORE = 0.06, 0.25
_SECOND_TO_FIRST = 0.55
_LOWER_NAME_SHARE = 0.4
_FULLER_SHARE = 0.3
_LONGEST = 45
_LEAST_USES = 3
_NOT_AFTER_NAME = wordlist("not-after-name")
_INFLECTED = ("ed", "ing", "s", "ly", "er", "est")


@dataclass(frozen=True, slots=True)
class Topic:
    """A noun phrase as records write it; `definite` says whether running text needs "the" before it."""

    phrase: str
    definite: bool

    @property
    def running(self) -> str:
        """The phrase inside a sentence."""
        return f"the {self.phrase}" if self.definite else self.phrase

    @property
    def plural(self) -> bool:
        """Whether its verb is in the plural."""
        return " and " in self.phrase

    @property
    def opening(self) -> str:
        """The phrase at the head of a headline, without an article."""
        return self.phrase[:1].upper() + self.phrase[1:]


def topic_of(brief: Brief) -> Topic | None:
    """Return what the storyline of `brief` is called, in words that its records use.

    None if its records have no name for it in common.
    """
    records = [item.record for item in brief.records]
    names = _shared_names(records, brief.names[:_NAMES_TRIED])
    if not names:
        return None
    compounds = _compounds(records, names, nouns(record.words for record in records))
    if compounds:
        best = max(compounds, key=lambda phrase: (compounds[phrase], len(phrase), phrase))
        if len(best) <= _LONGEST:
            return Topic(best, definite=True)
    return Topic(" and ".join(names[:2]), definite=False)


def _shared_names(records: Sequence[Record], names: Sequence[str]) -> list[str]:
    """Return the one or two names that the talk turns on, in full where records use the full name."""
    scores: dict[str, float] = {}
    titles = " ".join(record.title for record in records if record.title)
    for name in dict.fromkeys((*names, *_lower_names(records))):
        share = _share(records, name)
        titled = holds(titles, name)
        if share >= _LEAST_SHARE and name not in UNITS and share + _TITLE_BONUS * titled >= _LEAST_SCORE:
            scores[name] = share + _TITLE_BONUS * titled
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    if not ranked:
        return []
    first = _in_full(records, ranked[0], names)
    others = [n for n in ranked[1:] if not set(n.lower().split()) & set(first.lower().split())]
    near = [name for name in others if scores[name] >= _SECOND_TO_FIRST * scores[ranked[0]]]
    pair = [name for name in (first, *near[:1]) if not name.islower()]
    return pair or [first]


def _in_full(records: Sequence[Record], name: str, names: Sequence[str]) -> str:
    fuller = [
        other for other in names if other.startswith(f"{name} ") and other.count(" ") <= name.count(" ") + 1
    ]
    wide = [other for other in fuller if _share(records, other) >= _FULLER_SHARE * _share(records, name)]
    return max(wide, key=lambda other: _share(records, other), default=name)


def _lower_names(records: Sequence[Record]) -> list[str]:
    """Return names that are written in lower case: title words that are no ordinary words."""
    titled = Counter(
        word for r in records if r.title for word in dict.fromkeys(surface_words(r.title)) if word.islower()
    )
    ordinary = nouns(record.words for record in records) | STOPWORDS
    return [
        word
        for word, n in titled.most_common()
        if len(word) > 5 and word not in ordinary and not word.endswith(_INFLECTED)  # noqa: PLR2004 - no particle
        and _share(records, word) >= _LOWER_NAME_SHARE / n
    ]  # fmt: skip


def _compounds(records: Sequence[Record], names: Sequence[str], noun: frozenset[str]) -> dict[str, float]:
    spread: defaultdict[str, set[str]] = defaultdict(set)
    titled: Counter[str] = Counter()
    for record in records:
        for phrase in dict.fromkeys(_phrases(record.words, names, noun)):
            spread[phrase].add(record.author_key)
        if record.title:
            titled.update(dict.fromkeys(_phrases(record.title, names, noun), 1))
    common = Counter(word for r in records for word in set(words(r.words)))
    return {
        phrase: (len(who) + 2 * titled[phrase]) * (1 + 0.15 * phrase.count(" "))
        for phrase, who in spread.items()
        if len(who) + 2 * titled[phrase] >= _LEAST_USES and common[phrase.rsplit(" ", 1)[-1]] >= _LEAST_USES
    }


def _phrases(text: str, names: Iterable[str], noun: frozenset[str]) -> Iterator[str]:
    """Yield the names of `names` with the nouns that follow them ("Juniper Code pricing")."""
    for name in names:
        # Heron, Heron 2 and Heron 3 are one family: what is said of one of them names the matter.
        if name.split()[0] not in text:
            continue
        family = rf"(?<!\w){re.escape(name.split()[0])}(?: [A-Z\d][\w.]*)*((?: [a-z][a-z-]+){{1,2}})(?![\w-])"
        for match in re.finditer(family, text):
            tail = match[1].split()
            for size in range(1, len(tail) + 1):
                run = tail[:size]
                if all(word in noun and word not in _NOT_AFTER_NAME and word not in GENERIC for word in run):
                    yield " ".join([name, *run])


def _share(records: Sequence[Record], name: str) -> float:
    said = {record.author_key for record in records if holds(record.words, name)}
    return len(said) / max(1, len({record.author_key for record in records}))
