"""What a computed number counts, and whether a text that states it counts the same."""

from __future__ import annotations

import re

from bot.detect.tokens import STOPWORDS
from bot.write.language import sentence_spans, surface_words
from bot.write.wordlists import wordlist

_POSTS, _PEOPLE, _USUAL = wordlist("counted-posts"), wordlist("counted-people"), wordlist("counted-usual")
_TALK = _POSTS | _PEOPLE | wordlist("counted-talk")
# By the beginning of its key; of none of these it counts posts. A time of day bears its unit.
_COUNTED = tuple(
    (re.compile(rf"(?:{keys})\b"), frozenset(nouns))
    for keys, nouns in (
        ("at", ()),
        ("lag", _TALK | {"later", "behind", "began"}),
        ("hours", _TALK),
        ("authors|new-authors|sides|people|heard|farm", _PEOPLE),
        ("against|joy|share|asking|firsthand", _TALK),
        ("expected", _POSTS | _USUAL),
        ("ratio", _TALK | _USUAL),
        ("peak", _POSTS | {"peak", "busiest"}),
        ("articles", ("article", "articles", "report", "reports", "paper", "papers")),
        ("threads", ("thread", "threads", "discussion", "discussions", "conversation", "conversations")),
        ("communities", wordlist("counted-places")),
        ("copies", ("copy", "copies", "repeats", "duplicates")),
        ("length", ("word", "words")),
        ("votes", ("vote", "votes", "upvotes", "points", "likes", "score")),
    )
)
NOUNS = frozenset[str]().union(*(nouns for _, nouns in _COUNTED))
_OF_TIME = re.compile(r"(?:lag|hours)\b")
_OF_IT = re.compile(r"\sof (?:it|this|that)\b", re.IGNORECASE)
_SKIPPED = wordlist("before-a-noun")
_STOPS = (STOPWORDS | {"elsewhere", "neither"}) - _SKIPPED - _TALK - _USUAL
_ENDS = re.compile(r"[.,;:!?()\u2013\u2014]")
_VERBS = wordlist("verbs") | wordlist("reporting")
_SPEAKS = wordlist("people-do")
_NEAR = 4


def counts(key: str, text: str, stop: int) -> bool:
    """Tell whether the figure of `text` that ends at `stop` may be the computed number under `key`.

    The noun behind it is one for what the number counts; where none follows ("against four elsewhere") such a
    noun stands before it in its sentence. A span of time, and what is usual, has one anywhere there. A share
    may be one "of it", and whoever "wrote" is a person.
    """
    nouns = next((nouns for keys, nouns in _COUNTED if keys.match(key)), _POSTS)
    begun, end = next(span for span in sentence_spans(text) if stop <= span[1])
    whole = _words(text[begun:end])
    if not nouns or _OF_TIME.match(key):
        return not nouns or bool(whole & nouns)
    if key.startswith("share") and _OF_IT.match(text, stop):
        return True
    behind, verb = _behind(text[stop:end])
    if verb in _SPEAKS and nouns == _PEOPLE:
        return True
    return bool((behind or _words(text[begun:stop]) | (whole & _USUAL)) & nouns)


def _behind(text: str) -> tuple[set[str], str]:
    """Return the words of the noun that follows a figure, with those before it, or the verb that follows."""
    found: list[str] = []
    for word in surface_words(_ENDS.split(text, maxsplit=1)[0]):
        small = word.lower()
        if small in _SPEAKS and not found:
            return set(), small
        if small in _STOPS or len(found) == _NEAR:
            break
        # "Nine of the 19 posts".
        if small not in _SKIPPED and (found or not small.isdigit()):
            found.append(small)
    leads = found[0] if found else ""
    acts = leads in _VERBS - _TALK or leads.endswith(("ed", "ly"))
    return (set(), leads) if acts else (_words(" ".join(found)), "")


def _words(text: str) -> set[str]:
    """Return the words of `text`, of "near-copies" both parts."""
    return {part for word in surface_words(text.lower()) for part in word.split("-")}
