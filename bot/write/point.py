"""What the author of a post comes to: its result rather than its run-up."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.write.anchor import stems, unmet
from bot.write.language import content_words, sentence_spans, words
from bot.write.merit import DANGLING, RUN_UP, answers, is_fragment, is_stump, points_back
from bot.write.quotes import candidates
from bot.write.worth import finding, says_little

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.brief import BriefRecord
    from bot.write.quotes import Quote

_LONGEST, _SHORTEST = 48, 5
_FIRST_FEW = 3
# Posts announce their result: what stands behind such a word is that.
_ANNOUNCED = re.compile(
    r"(?:^|[\n.!?]\s*)\W*(?:(?P<result>tl;?\s?dr|results?|conclusions?|summary|bottom line"
    r"|verdict|findings?|takeaways?"
    r"|in short)|update|edit(?: \d)?)\b[^\n.!?]{0,30}(?:[:\u2013-][^\n\w]*|\n)[\s*+\u2022-]*$",
    re.IGNORECASE,
)
# The same, at the head of its own sentence.
_LABEL = re.compile(
    r"^\W*(?:tl;?\s?dr|results?|conclusions?|summary|bottom line|verdict|findings?"
    r"|in short)\s*[:\u2013-]\s*(?=\w)",
    re.IGNORECASE,
)
# With a capital, a figure or a name like xAI.
_BEGINS = re.compile(r"[A-Z\d]|[a-z]+[A-Z]")
_LOOKS_BACK = 80
_OF_A_RESULT, _ANNOUNCED_SAYS, _TAKEN_UP, _MOST_TAKEN_UP = 1.5, 1.2, 0.25, 4
# Posts come to the point soon or at their end.
_SOON, _THE_END, _BETWEEN, _LONG_ENOUGH = 600, 0.7, 0.5, 25
_AN_ASIDE, _LED_UP, _RUN_UP = 0.4, 0.15, 1.5
_WORTH, _A_RESULT, _RESTATED, _ON_THE_MATTER = 0.15, 0.3, 0.6, 0.45
_ITS_SUBJECT = frozenset({"it", "its", "it's"})
# What its author sets aside, and what came before the matter.
_SET_ASIDE = re.compile(
    r"\b(?:far from|not|no|isn['\u2019]t|never) (?:a |my |an? \w+ )?priority\b"
    r"|\b(?:don['\u2019]t|do not|could(?:n['\u2019]t| not)) (?:really |much )?care (?:about|for|less)\b"
    r"|\b(?:doesn['\u2019]t|does not) (?:really )?matter (?:much )?to me\b|\b(?:aside|off[- ]topic)[.!]*$"
    r"|^(?:Last (?:week|month|year)|A (?:week|month|year) ago|Previously),? I\b"
    r"|^The first thing I (?:\w+ )?(?:was|is)\b|^I (?:previously|already) (?:posted|wrote)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LINKING = re.compile(r"^(?:and|so|but)\b,?\s", re.IGNORECASE)


def opening_words(item: BriefRecord, salience: Callable[[str], float]) -> str | None:
    """Return what happened in the first sentence of an opening post that says so, else what it found."""
    said = _first_fact(item, salience)
    found = None if said else point(item, salience)
    return found if found and finding(found) else said


def _first_fact(item: BriefRecord, salience: Callable[[str], float]) -> str | None:
    title, text = item.record.title or "", item.record.text
    begin = [start for start, _ in sentence_spans(text)][:_FIRST_FEW]
    told, named, asks = stems(title), _parts(title), title.rstrip().endswith("?")
    spans = candidates(item, salience, fewest=_SHORTEST, most=_LONGEST)
    facts = (
        quote
        for quote in sorted(spans, key=lambda quote: (text.find(quote.text), quote.length))
        if text.find(quote.text) in begin
        and _can_be_shown(quote.text, told)
        and answers(quote.text)
        and not (quote.asks or quote.careless or says_little(quote.text) or is_fragment(quote.text))
        # Whoever asks says first what for.
        and (asks or not RUN_UP.search(quote.text))
        and (asks or named & _parts(quote.text))
    )
    return next((quote.text for quote in facts), None)


def _parts(text: str) -> frozenset[str]:
    """Return the telling words of `text`, also those within a name such as "org/Model-7B"."""
    return content_words(re.sub(r"[-/_]", " ", text))


def point(item: BriefRecord, salience: Callable[[str], float]) -> str | None:
    """Return what an opening post comes to, in its own words; None if nothing in it says so.

    That is a result or what takes up the title, understood by whoever has read the title.
    """
    title = item.record.title or ""
    told, named = stems(title), content_words(title)
    spans = (_unlabelled(quote) for quote in candidates(item, salience, fewest=_SHORTEST, most=_LONGEST))
    found = [
        (_score(quote, item, told, named, salience(quote.text)), quote)
        for quote in spans
        if _can_be_shown(quote.text, told) and _is_understood(quote.text)
    ]
    best, quote = max(found, key=lambda pair: pair[0], default=(0.0, None))
    return quote.text if quote and best >= _WORTH else None


def _unlabelled(quote: Quote) -> Quote:
    """Return `quote` without the word that announces it as the result."""
    return replace(quote, text=_LABEL.sub("", quote.text, count=1))


def _score(
    quote: Quote, item: BriefRecord, told: frozenset[str], named: frozenset[str], about: float
) -> float:
    text, whole = quote.text, item.record.text
    at = whole.find(text)
    result = finding(text)
    label = _ANNOUNCED.search(whole[max(0, at - _LOOKS_BACK) : at])
    announced = label is not None and (label["result"] is not None or result > 0)
    shared = len(named & content_words(text))
    off_title = named and not shared and about < _ON_THE_MATTER
    if off_title and not announced and result < _A_RESULT:
        return -1.0
    score = (
        _OF_A_RESULT * result
        + _TAKEN_UP * min(_MOST_TAKEN_UP, shared)
        + 0.01 * min(_LONG_ENOUGH, quote.length)
    )
    early_or_last = at < _SOON or at > _THE_END * len(whole)
    score += _ANNOUNCED_SAYS if announced else -_BETWEEN * (not early_or_last) - 0.7 * is_fragment(text)
    score -= (
        0.4 * len(unmet(text, told, titled=True))
        + 0.6 * quote.careless
        + _AN_ASIDE * (text.count("(") + 2 * is_stump(text) + (_LINKING.match(text) is not None))
    )
    # What leads up to a finding is left out.
    led_up = sum(not finding(text[start:stop]) for start, stop in sentence_spans(text))
    score -= _LED_UP * led_up if result else 0.0
    if (item.record.title or "").rstrip().endswith("?"):
        # Whoever asks comes to what they want; the question itself has been told.
        return score - (quote.asks and shared >= _RESTATED * len(named))
    return score - _RUN_UP * (RUN_UP.search(text) is not None) - says_little(text) - 0.8 * quote.asks


def _can_be_shown(text: str, told: frozenset[str]) -> bool:
    """Tell whether a sentence of a post can stand under its title, whose words were `told`."""
    return bool(_BEGINS.match(text)) and not (_points_out(text, told) or _SET_ASIDE.search(text))


def _points_out(text: str, told: frozenset[str]) -> bool:
    """Tell whether a sentence points at something with "this" or "that" which its title has not named."""
    return any(lost.pointer != "the" for lost in unmet(text, told, titled=True))


def _is_understood(text: str) -> bool:
    """Tell whether a sentence of a post is understood under its title; "and" before it does no harm."""
    bare = _LINKING.sub("", text, count=1)
    return not points_back(bare) and words(bare)[0] not in DANGLING - _ITS_SUBJECT
