"""Whose words a post holds: what its author took over from elsewhere is not theirs."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.write.language import prose, words
from bot.write.wordlists import wordlist

# A line that says that others speak from here on, and a table or a line of code.
_TAKEN_FROM = re.compile(
    r"^\W*(?:(?:from|quoting|per|via|according to) (?:the|their|its|this|that) (?:\S+ ){0,4}?"
    r"(?:article|paper|blog|post|page|announcement|model card|readme|release|abstract|website"
    r"|docs|documentation)\b"
    r"[^.\n]{0,40}:"
    r"|(?:here(?:['\u2019]s| is) (?:the|its|their|a) (?:\S+ ){0,3}?)?(?:abstract|full text"
    r"|article text|article|excerpt"
    r"|press release|system prompt|transcript|summary by \S+|quote)\W*(?::|$)"
    r"|(?:chatgpt|claude|gemini|grok|deepseek|gpt-?\w*|an? (?:llm|ai))(?:['\u2019]s)? (?:says"
    r"|said|answer\w*|summary|reply|response"
    r"|wrote)\b[^.\n]*:)\W*",
    re.IGNORECASE | re.MULTILINE,
)
_PRESS = re.compile(
    r"\b(?:did not|didn['\u2019]t|declined to|has not|hasn['\u2019]t) (?:immediately )?(?:respond"
    r"|reply|comment|responded|replied)\b"
    r"|\brequests? for comment\b|\breached out to \w+ (?:to|for)\b|\bsources (?:familiar|close"
    r"|tell|describe)\b"
    r"|\bpeople familiar with\b",
    re.IGNORECASE,
)
FIRST_PERSON = wordlist("first-person")
# Makers praise what they sell; two such words in a sentence are no poster's.
_PRAISE = re.compile(
    r"\b(?:state-of-the-art|exceptional(?:ly)?|cutting-edge|seamless(?:ly)?|meticulously"
    r"|unparalleled|empower\w*"
    r"|revolutioni[sz]\w+|unprecedented|groundbreaking|world-class|next-generation|effortless(?:ly)?)\b",
    re.IGNORECASE,
)
_ENOUGH_PRAISE = 2
_ENOUGH_FOR_PRESS = 60
_LONGEST_OWN_MARKS = 3


def own(text: str, start: int, stop: int) -> bool:
    """Tell whether the words of a post from `start` to `stop` seem to be its author's own."""
    line = text[text.rfind("\n", 0, start) + 1 : _line_end(text, stop)]
    tabled = "\t" in line or line.lstrip().startswith(("#", "|", "$", ">>>"))
    label = _label(text)
    praised = len(_PRAISE.findall(text[start:stop])) >= _ENOUGH_PRAISE
    return not (tabled or praised or stop > label or _is_press(text) or _all_quoted(text)) and (
        text[start:stop] in prose(text)
    )


def speaks_of_self(text: str) -> bool:
    """Tell whether whoever wrote `text` says "I" or "we" in it: other posts hold what somebody took over."""
    return bool(FIRST_PERSON & set(words(text)))


def _line_end(text: str, stop: int) -> int:
    end = text.find("\n", stop)
    return end if end >= 0 else len(text)


@lru_cache(maxsize=4096)
def _label(text: str) -> int:
    found = _TAKEN_FROM.search(text)
    return found.start() if found else len(text)


@lru_cache(maxsize=4096)
def _is_press(text: str) -> bool:
    """Tell whether a long post is written as reporters write."""
    return bool(_PRESS.search(text)) and len(text.split()) >= _ENOUGH_FOR_PRESS


def _all_quoted(text: str) -> bool:
    bare = text.strip()
    marks = bare[:1] + bare[-1:] in {'""', "\u201c\u201d"}
    return marks and len(bare.split()) > _LONGEST_OWN_MARKS
