"""What a quote loses of its meaning out of its context."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.text import without_quotations
from bot.write.evidence import whole_words
from bot.write.language import sentence_spans, words
from bot.write.wordlists import word_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# So few words are a term, not a statement.
_TERM, _SHORT_QUOTE = 3, 4
_NEGATION = re.compile(
    r"\b(?:not|never|no|nobody|nothing|without|unless|hardly|if|n't|doubt\w*|den(?:y|ies|ied)"
    r"|pretend\w*|imagine"
    r"|supposedly|allegedly|wrong|false|untrue|myth|nonsense|lie"
    r"|refus(?:e[sd]?|ing)|reject\w*|disput(?:e[sd]?|ing)|disagree\w*|disbeliev\w+|contrary to|far from"
    r"|as (?:if|though))\b|n['\u2019]t\b",
    re.IGNORECASE,
)
# Right before a quote, however short that is.
_DENIAL = re.compile(
    r"(?:\b(?:not|never|cannot|hardly|nor)|n['\u2019]t)(?:\s(?:even|really|ever|quite|yet|actually|a|an|the))?\s+$",
    re.IGNORECASE,
)
_IRONY = re.compile(
    r"(?:^|\s)/s(?:arc(?:asm)?)?(?=$|[\s.,!)])|\b[Ss]arcas(?:m|tic)\b|\(not\)|\b[Jj]ust kidding\b"
    r"|[\U0001f643\U0001f644]"
)
LAUGHS = re.compile(
    r"\b(?:lol|lmao|rofl|(?:ha){2,}h?|genius|(?:just )?kidding|joking|jk|yeah,? right|as if)\b"
    "|[\U0001f600-\U0001f606\U0001f609\U0001f61c\U0001f61d\U0001f643\U0001f644\U0001f923]|(?:^|\\s)/s\\b",
    re.IGNORECASE,
)
# What follows takes it back, or makes it hold only sometimes.
_TAKEN_BACK = re.compile(r"[\s,;:\u2013\u2014-]*" + word_pattern("takes-back").pattern, re.IGNORECASE)
_ENDS = re.compile(r"[.!?\u2026][\"')\]]*$")
_REPORTED = re.compile(
    r"\b(?:he|she|they|who|people|everyone|someone|somebody|it|[A-Z][\w-]+|guy|boss|manager|ceo|team"
    r"|post|article|(?:[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir)\s\w+)"
    r"(?:'s)?\s+(?:(?:just|also|always|still|basically|keeps?|kept|is|was|are|were|has|have|had|been|on|\w+ly)\s)*"
    r"(?:said?|says|saying|claim(?:s|ed|ing)?|argu(?:e[sd]?|ing)|wrote|writes|writing|insist(?:s|ed|ing)?"
    r"|swears?|swore|repeat(?:s|ed|ing)?|(?:told|tells?|telling)\s(?:me|us|them|him|her|you|people|every(?:one|body)"
    r"|any(?:one|body)|(?:the|my|our|his|her|their)\s\w+)|was like|is like)\b"
    r"(?:\s+(?:that|how|why))?\s*[:,]?\s*[\"'\u2018\u201c]?$"
)
_ASKS = word_pattern("asking-words")
_QUESTION = re.compile(r"[^,;:.!?\u2013\u2014]*\?")
_OPENS_QUESTION = re.compile(
    r"\W*(?:and |but |so |or )?(?:who|what|why|how|when|where|which|is|are|was|were|do|does|did|has|have|can"
    r"|could|would|should|will|isn['\u2019]t|aren['\u2019]t|don['\u2019]t|doesn['\u2019]t)\b",
    re.IGNORECASE,
)


def cut(claim: str, quote: str, saying: Sequence[str]) -> str:
    """Return what the texts `saying` a `quote` of `claim` lose of it, "" if one of them loses nothing."""
    if saying and not any(whole_words(text, quote) for text in saying):
        return "cuts a word"
    lost = [loses(text, quote) for text in saying]
    if saying and "" not in lost:
        return f"leaves out {lost[0]}"
    before = claim.partition(f"\N{LEFT DOUBLE QUOTATION MARK}{quote}")[0]
    if saying and not denies(before) and all(denied(text, quote) for text in saying):
        return "leaves out the not before it"
    if saying and not _ASKS.search(without_quotations(claim)) and all(_asked(text, quote) for text in saying):
        return "leaves out that it is asked"
    return ""


def _asked(text: str, quote: str) -> bool:
    """Tell whether a `quote` of more than a term stands in `text` only in questions whose mark it lacks."""
    places = list(_places(text, quote))
    long = len(words(quote)) > _SHORT_QUOTE and not _ENDS.search(quote)
    return long and bool(places) and all(_in_question(text, at, at + len(quote)) for at in places)


def _in_question(text: str, at: int, stop: int) -> bool:
    start, end = next((span for span in sentence_spans(text) if span[0] <= at < span[1]), (at, stop))
    if not text[stop:end].rstrip("\"')] ").endswith("?"):
        return False
    # "I like it, do you?" asks nothing of the first half.
    led = at > start and _OPENS_QUESTION.match(text[start:at])
    return bool(led or _QUESTION.match(text[stop:end]))


@lru_cache(maxsize=8192)
def loses(text: str, quote: str) -> str:
    """Say what of its meaning in `text` a `quote` loses out of its context, "" if nothing is seen to be lost.

    Of several places where it stands, the best counts.
    """
    places = list(_places(text, quote))
    found = [_lost(text, quote, at) for at in places]
    return "" if not found or "" in found else found[0]


def denies(before: str) -> bool:
    """Tell whether `before` ends in the word that denies what follows it."""
    return bool(_DENIAL.search(before))


def denied(text: str, quote: str) -> bool:
    """Tell whether a `quote` of more than a word stands in `text` only right behind a "not"."""
    places = list(_places(text, quote))
    return len(words(quote)) > 1 and bool(places) and all(denies(text[:at]) for at in places)


def _places(text: str, quote: str) -> Iterator[int]:
    at = text.find(quote) if quote else -1
    while at >= 0:
        yield at
        at = text.find(quote, at + len(quote))


def _lost(text: str, quote: str, at: int) -> str:
    stop = at + len(quote)
    if len(words(quote)) <= _TERM:
        return ""
    if ironic(text) and not _IRONY.search(quote):
        return "the mark of irony"
    line = text.rfind("\n", 0, at) + 1
    if text[line:at].lstrip().startswith((">", "&gt;")) or _is_inside_marks(text, at, stop):
        return "that the record itself quotes somebody"
    before = next((text[start:at] for start, end in sentence_spans(text) if start <= at < end), "")
    end = next((end for start, end in sentence_spans(text) if start >= stop), len(text))
    if not LAUGHS.search(quote) and (LAUGHS.search(before) or LAUGHS.search(text[stop:end])):
        return "that it is laughed at"
    if _REPORTED.search(before):
        return "that the record reports what somebody else says"
    behind = "" if _ENDS.search(quote) else text[stop:]
    turned = _TAKEN_BACK.match(behind) or (len(words(quote)) > _SHORT_QUOTE and _NEGATION.search(before))
    return "what turns it round" if turned else ""


@lru_cache(maxsize=4096)
def ironic(text: str) -> bool:
    """Tell whether `text` bears a mark that it is not meant as it reads."""
    return bool(_IRONY.search(text))


def _is_inside_marks(text: str, start: int, stop: int) -> bool:
    """Tell whether a span lies between double quotation marks of its own line, without them."""
    line = text.rfind("\n", 0, start) + 1
    if text.rfind("\N{LEFT DOUBLE QUOTATION MARK}", line, start) > text.rfind(
        "\N{RIGHT DOUBLE QUOTATION MARK}", line, start
    ):
        return True
    end = text.find("\n", stop)
    closes = '"' in text[stop : end if end >= 0 else len(text)]
    return closes and text.count('"', line, start) % 2 == 1 and '"' not in text[start:stop]
