"""Claims surer than the records they cite: a guess told as a fact, a plan as a deed, a question as an answer.

And a jest told straight, a forecast that nobody made, advice that nobody gave.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.write.clauses import sentences, stem, told
from bot.write.language import spoken, words
from bot.write.wordlists import word_pattern, wordlist

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.domain.record import Record
    from bot.write.clauses import Sentence

_MAY, _PLANS, _AHEAD = word_pattern("may-be"), word_pattern("is-to-be"), word_pattern("ahead")
_SOFT, _ASKING, _JEST = word_pattern("soft"), word_pattern("asking-words"), word_pattern("jest-words")
_FORECAST, _OF_WHAT_COMES = word_pattern("forecast"), word_pattern("of-what-comes")
_ADVICE, _ADVISES = word_pattern("advice"), word_pattern("advises")
# Between a "will" and its verb.
_BETWEEN = frozenset({"be", "been", "have", "get", "just", "also", "soon", "even", "not", "it", "to"})
_ORDERS = wordlist("orders") | wordlist("told-readers")
_VIEWS = word_pattern("views")
_TO_DO = re.compile(r"(?:(?<!\bgoing )(?<!\babout )\bto|\bcan) (?:\w+ly |be )?(\w+)")
_FEWEST_SHARED, _MOST_OF_IT, _HALF = 2, 0.7, 0.5
# Characters behind a "may" within which its verb stands.
_NEAR = 100
# Whoever asks why it was done takes it for done; "when will it" and "how does it do" leave it open.
_PRESUPPOSES = re.compile(
    r"\W*(?:why (?!not\b|about\b|(?:w|c|sh)ould\b|might\b|\w+n['\u2019]t\b)|how come\b"
    r"|(?:how|when|where) (?:did|was|were)\b)",
    re.IGNORECASE,
)
# On a condition, or in doubt; of "you" and "we" it is told what happens to anybody.
_SUPPOSED = re.compile(
    r"\b(?:if|unless|provided(?: that)?"
    r"|(?:not sure|unsure|unclear|no idea|don['\u2019]t know|wonder(?:ing)?) (?:if|whether))\s"
    r"(?!(?:you|we|I|they|it|he|she|one|any\w+|some\w+|nobody)\b)(?P<what>[^.,;:!?]{1,200})",
    re.IGNORECASE,
)


def surer(text: str, cited: Sequence[Record]) -> str:
    """Return how `text` is surer than the `cited` records, "" if it is not seen to be."""
    said = told(cited)
    found = (
        problem for sentence in sentences(text) for problem, is_so in _RULES.items() if is_so(sentence, said)
    )
    return next(found, "")


def _is_question(claim: Sentence, said: Sequence[Sentence]) -> bool:
    # The cause is what a "why" asks for.
    asked = (lambda one: one.asks) if "because" in claim.text else _leaves_open
    return not _ASKING.search(claim.text) and _only(claim, said, asked)


def _is_jest(claim: Sentence, said: Sequence[Sentence]) -> bool:
    return not _JEST.search(claim.text) and _only(claim, said, lambda one: one.ironic)


def _is_recanted(claim: Sentence, said: Sequence[Sentence]) -> bool:
    return not claim.denies and _only(claim, said, lambda one: one.recanted)


def _foretells(claim: Sentence, said: Sequence[Sentence]) -> bool:
    own = _FORECAST.search(claim.text) and not _VIEWS.search(claim.text)
    return bool(own) and not _borne(claim, said, _OF_WHAT_COMES)


def _advises(claim: Sentence, said: Sequence[Sentence]) -> bool:
    own = _ADVICE.search(claim.text) and not _VIEWS.search(claim.text)
    return bool(own) and not _borne(claim, said, _ADVISES)


def _leaves_open(sentence: Sentence) -> bool:
    return sentence.asks and not _PRESUPPOSES.match(sentence.text)


def _guessed(claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether `claim` states what a record says may be or is to be, and none says that it is."""
    if _SOFT.search(claim.text):
        return False
    ahead = bool(_AHEAD.search(claim.text))
    # Whoever was "chosen to play" has not played, nor whoever can.
    done = claim.stems - {stem(verb) for verb in _TO_DO.findall(claim.text)}
    for sentence in said:
        marks = [_MAY] if ahead else [_MAY, _PLANS]
        for verb, others in (found for mark in marks for found in _behind(sentence, mark)):
            rest = claim.stems - {verb}
            shared = others & rest
            enough = len(shared) >= max(min(_FEWEST_SHARED, len(rest)), _HALF * len(rest)) > 0
            if verb in done and enough and not _stated(verb, shared, said, ahead=ahead):
                return True
    return False


def _supposed(claim: Sentence, said: Sequence[Sentence]) -> bool:
    """Tell whether `claim` holds all of what a record says "if" of, and none says that it is so."""
    if _SOFT.search(claim.text):
        return False
    for sentence in said:
        for match in _SUPPOSED.finditer(sentence.text):
            what = frozenset(map(stem, spoken(match["what"]))) & sentence.stems
            borne = any(what <= one.stems and not _SOFT.search(one.text) for one in said)
            if len(what) >= _FEWEST_SHARED and what <= claim.stems and not borne:
                return True
    return False


def _behind(sentence: Sentence, mark: re.Pattern[str]) -> list[tuple[str, frozenset[str]]]:
    """Return the first word of content behind each `mark`, with all others of its sentence."""
    found = []
    for match in mark.finditer(sentence.text):
        after = spoken(sentence.text[match.end() : match.end() + _NEAR])
        verb = stem(next((word for word in after if word not in _BETWEEN and not word.endswith("ly")), ""))
        if verb in sentence.stems:
            found.append((verb, sentence.stems - {verb}))
    return found


def _stated(verb: str, shared: frozenset[str], said: Sequence[Sentence], *, ahead: bool) -> bool:
    """Tell whether another sentence says it without a "may", and without a "will" unless it lies `ahead`."""
    return any(
        verb in sentence.stems
        and shared & sentence.stems
        and not _SOFT.search(sentence.text)
        and (ahead or not _AHEAD.search(sentence.text))
        for sentence in said
    )


def _only(claim: Sentence, said: Sequence[Sentence], is_such: Callable[[Sentence], bool]) -> bool:
    """Tell whether most of `claim` stands in such a sentence and less of it in all others."""
    if len(claim.stems) < _FEWEST_SHARED:
        return False

    def share(of: list[Sentence]) -> float:
        return max((len(claim.stems & one.stems) / len(claim.stems) for one in of), default=0.0)

    such = share([one for one in said if is_such(one)])
    return such >= _MOST_OF_IT and share([one for one in said if not is_such(one)]) < such


def _borne(claim: Sentence, said: Sequence[Sentence], mark: re.Pattern[str]) -> bool:
    """Tell whether a record that speaks of any of it bears the `mark`, or gives an order."""
    about = [one for one in said if claim.stems & one.stems]
    return any(bool(mark.search(one.text) or _ORDERS & set(words(one.text)[:1])) for one in about)


_RULES: Mapping[str, Callable[[Sentence, Sequence[Sentence]], bool]] = {
    "a guess or a plan is told as a fact": lambda claim, said: (
        _guessed(claim, said) or _supposed(claim, said)
    ),
    "a question is told as a statement": _is_question,
    "a jest is told as if it were meant": _is_jest,
    "what a record says is not so is told as if it were": _is_recanted,
    "nobody cited says what will be": _foretells,
    "nobody cited says what should be": _advises,
}
