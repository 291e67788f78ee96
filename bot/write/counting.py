"""What a computed number counts, and whether a text that states it counts the same."""

from __future__ import annotations

import re

from bot.detect.tokens import STOPWORDS
from bot.write.language import surface_words
from bot.write.wordlists import wordlist

_POSTS, _PEOPLE, _USUAL = wordlist("counted-posts"), wordlist("counted-people"), wordlist("counted-usual")
_TALK = _POSTS | _PEOPLE | {"talk", "conversation", "discussion", "share", "side", "sides", "feeling"}
# By the beginning of its key; of none of these it counts posts. Times and spans of time bear their unit.
_COUNTED = tuple(
    (re.compile(rf"(?:{keys})\b"), frozenset(nouns))
    for keys, nouns in (
        ("at|lag|hours", ()),
        ("authors|new-authors|sides|people|heard|farm", _PEOPLE),
        ("against|joy|share|asking|firsthand", _TALK),
        ("ratio", _TALK | _USUAL),
        ("articles", ("article", "articles", "report", "reports", "paper", "papers")),
        ("threads", ("thread", "threads")),
        ("communities", ("communities", "places", "forums", "sites", "groups", "camps", "sides")),
        ("copies", _POSTS | {"copies", "repeats"}),
        ("length", ("word", "words")),
        ("votes", ("vote", "votes", "upvotes", "points", "likes")),
    )
)
_SKIPPED = wordlist("before-a-noun")
_STOPS = (STOPWORDS | {"elsewhere", "neither"}) - _SKIPPED - _TALK - _USUAL
_ENDS = re.compile(r"[.,;:!?()\u2013\u2014\d]")
_VERBS = wordlist("verbs") | wordlist("reporting")
_NEAR = 4


def counts(key: str, text: str, stop: int) -> bool:
    """Tell whether the figure of `text` that ends at `stop` may be the computed number under `key`.

    The noun behind it is one for what the number counts; where none follows ("against four elsewhere") such a
    noun stands anywhere in `text`.
    """
    nouns = next((nouns for keys, nouns in _COUNTED if keys.match(key)), _POSTS)
    told = _behind(text[stop:]) or {word.lower() for word in surface_words(text)}
    return not nouns or bool(told & nouns)


def _behind(text: str) -> set[str]:
    """Return the words of the noun that follows a figure, with those before it; none if a verb follows."""
    found: list[str] = []
    for word in surface_words(_ENDS.split(text, maxsplit=1)[0]):
        small = word.lower()
        if small in _STOPS or len(found) == _NEAR:
            break
        if small not in _SKIPPED:
            found.append(small)
    leads = found[0] if found else ""
    acts = leads in _VERBS - _TALK or leads.endswith(("ed", "ly"))
    return set() if acts else set(found)
