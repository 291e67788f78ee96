"""Do the cited records speak of what a claim says at all? Of a name they hold, anything could be said."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.text import quotations, without_quotations
from bot.write.clauses import content, stem, told, uncommon_names
from bot.write.language import holds
from bot.write.lexicon import common
from bot.write.wordlists import wordlist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.record import Record
    from bot.write.clauses import Sentence

# Of WiCE's supported claims none has so few of its words in its evidence, of AttributionBench's 3 in 100.
_LEAST_HELD = 0.2
_FEWEST_WORDS = 2
_CAPITAL = re.compile(r"\b[A-Z][\w'\u2019-]*")
_FIGURE = re.compile(r"\d{2,}")
_OPENS = re.compile(r"(?:^|[.!?:\u201c\u201d]\s*)$")
_BECAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|thanks to|owing to|as a result of|in response to|in retaliation for"
    r"|in order to|so as to|(?:triggered|caused|prompted|driven|motivated) by)\s(?P<cause>[^,.;:]+)"
    r"|\b(?P<effect>(?:which|and|it|that|this) (?:led to|caused|triggered|prompted|sparked) [^,.;:]+)"
    r"|\bto (?P<aim>(?:please|appease|avoid|protect|satisfy|punish|impress|silence|hide|save|boost|reassure)"
    r"\s[^,.;:]+)",
    re.IGNORECASE,
)


def unborne(text: str, cited: Sequence[Record]) -> str:
    """Return what of `text` the `cited` records do not speak of: nearly all of it, or a cause, else ""."""
    sentences = told(cited)
    said = frozenset[str]().union(*(_said(sentence.text) for sentence in sentences))
    plain = without_quotations(text)
    about = _content(plain)
    # Without a name that they hold it is a reading of the whole ("speakers weigh what it means for them").
    names = {name for name in uncommon_names(plain) if any(holds(r.words, name, fold=True) for r in cited)}
    few = len(about) >= max(_FEWEST_WORDS, len(names)) and len(about & said) <= _LEAST_HELD * len(about)
    if names and few and (len(about) > _FEWEST_WORDS or not quotations(text)):
        return "what it says"
    for match in _BECAUSE.finditer(plain):
        why = match["cause"] or match["effect"] or match["aim"]
        cause = _content(f"Then {why}")
        if cause and not cause & said and not _of_the_same(why, sentences):
            return "a cause or an aim"
    return ""


def _of_the_same(why: str, sentences: Sequence[Sentence]) -> bool:
    """Tell whether a sentence sets side by side the names that are told as a cause: two of them at least."""
    names = {name.lower() for name in uncommon_names(why)}
    return len(names) >= _FEWEST_WORDS and any(
        all(holds(one.text.lower(), name) for name in names) for one in sentences
    )


def _content(text: str) -> frozenset[str]:
    """Return what `text` says without names, which other checks look up, and without who speaks."""

    def kept(match: re.Match[str]) -> str:
        return match.group() if _OPENS.search(text[: match.start()]) and common(match.group()) else " "

    return _said(_CAPITAL.sub(kept, text)) - _SETTING


@lru_cache(maxsize=4096)
def _said(text: str) -> frozenset[str]:
    """Return the stems and figures of `text`; of "visa-exempt" each part."""
    return content(text.replace("-", " ")) | frozenset(_FIGURE.findall(text))


_SETTING = frozenset(map(stem, wordlist("setting") | wordlist("groups") | wordlist("roles")))
