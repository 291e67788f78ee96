"""What a quote is about: a name or phrase in it that other people use, too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.detect.tokens import STOPWORDS
from bot.write.language import words
from bot.write.terms import GENERIC, UNITS, alike, proper_names
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from bot.write.desk import Desk
    from bot.write.quotes import Quote

_ARTICLES = frozenset({"the", "a", "an"})
_DETERMINERS = wordlist("determiners")
_FOLLOWING = re.compile(r"\s+([a-z][a-z-]*)")
# What a quote is about stands early in it.
_EARLY = 9
_FEWEST_PEOPLE = 2


def subject(desk: Desk, quote: Quote) -> str | None:
    """Return what `quote` is about, ready for "on ...", and count its words as told; None if that is unclear.

    Only what at least two people write about, and what was not told before, tells a reader more. Where a
    quote sets several names side by side, it is about no one of them.
    """
    several = len({name.split()[0] for name in proper_names(quote.text)} - _known(desk)) > 1
    for term in () if several else _terms(desk):
        if any(alike(term.lower(), word) for word in desk.words_told):
            continue
        # "Apache" is not what "the Apache 2.0 text" is about.
        whole = rf"(?<![\w-]){re.escape(term)}(?=[\s,;.!?]|$)(?!\.\d| [A-Z\d])"
        found = re.search(whole, quote.text)
        shown = _with_article(quote.text, found) if found else None
        if shown and _people(desk, term) >= _FEWEST_PEOPLE:
            desk.words_told.update(words(term))
            return shown
    return None


def _known(desk: Desk) -> set[str]:
    return set(desk.topic.phrase.split()) if desk.topic else set()


def _terms(desk: Desk) -> list[str]:
    """Return names and phrases, the longer before those they hold; a common word says too little."""
    phrases = (*desk.brief.terms, *(term for voice in desk.voices for term in voice.terms))
    named = [name for name in desk.brief.names if name not in UNITS]
    told = [phrase for phrase in phrases if " " in phrase and phrase not in GENERIC]
    return sorted(dict.fromkeys((*told, *named)), key=lambda term: (-term.count(" "), term))


def _with_article(text: str, found: re.Match[str]) -> str | None:
    before = text[: found.start()].split()
    last = before[-1] if before else ""
    # "Pro" alone is not what "the 2.5 Pro" is.
    if last[:1].isdigit() or (last[:1].isupper() and len(before) > 1):
        return None
    if len(before) > _EARLY or set(".!?:;") & {word[-1] for word in before}:
        return None
    if last.lower() in _ARTICLES:
        following = _FOLLOWING.match(text, found.end())
        if following and following[1] not in STOPWORDS:
            # "A Chinese speaker" is about no Chinese.
            return None
        return f"{last.lower()} {found.group()}"
    bare = found.group()[:1].isupper() or found.group().endswith("s")
    return found.group() if bare and last.lower() not in _DETERMINERS else None


def _people(desk: Desk, term: str) -> int:
    folded = term.lower()
    return len({item.record.author_key for item in desk.talk if folded in item.record.words.lower()})
