"""Whose words a post holds: what its author took over from elsewhere is not theirs."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.write.language import prose

# A line that says that others speak from here on, and a table or a line of code.
_TAKEN_FROM = re.compile(
    r"^[^\w\n]*+(?:(?:from|quoting|per|via|according to) (?:the|their|its|this|that) (?:\S+ ){0,4}?"
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
# A licence, a contract; two such words in a line are nobody's own.
_LEGAL = re.compile(
    r"\b(?:here(?:by|in|under|of|after|inafter)|there(?:of|in|under)|pursuant|licen[cs]ees?|licensors?"
    r"|sub-?licen[cs]\w+|notwithstanding|shall|warrant(?:y|ies)|merchantability|indemnif\w+|irrevocable"
    r"|non-?exclusive|royalty-free|liable|provided that|permission is|(?:copyright|above) notice"
    r"|you may not|the software)\b",
    re.IGNORECASE,
)
_ENOUGH_LEGAL = 2
# What is said to a machine begins so, and goes on to the end of the post.
_TO_A_MACHINE = re.compile(
    r"^[^\w\n]*+(?:You are (?:now )?(?:an?|the|[A-Z]\w+,) [^\n.]{0,80}?\b(?:assistant|chatbot|bot|expert"
    r"|agent|model|ai|engineer|developer|writer|editor|tutor|teacher|analyst|specialist|system)\b"
    r"|(?:system|developer|user) ?(?:prompt|message)?\s*:|(?:act|behave|respond|answer) as (?:an?|if)\b"
    r"|your (?:task|role|job|goal) (?:is|will be) to\b)",
    re.IGNORECASE | re.MULTILINE,
)
# Three lines in a row that order somebody about: "Never mention the rules."
_ORDERS = re.compile(
    r"(?:^[^\w\n]*+(?:\d+[.)] )?(?:always|never|do not|don['\u2019]t|avoid|ensure|make sure|respond|answer"
    r"|write|use|keep|provide|include|maintain|follow|be)\b[^\n?]*(?:\n(?:[^\w\n]*+\n)*+|\Z)){3}",
    re.IGNORECASE | re.MULTILINE,
)
# The first line of a card or a readme: what a thing is, and how well.
_CARD = re.compile(
    r"^\W*(?:[A-Z\d][\w.-]*\s){1,5}(?:is|are) (?:an?|the|our) (?:[\w()-]+ ){0,8}?"
    r"(?:models?|librar(?:y|ies)|frameworks?|datasets?|toolkits?|famil(?:y|ies)|series|suites?|engines?)\b"
    r".*\b(?:parameters|trained|designed|optimi[sz]ed|tokens|capabilities|performance|supports?|features?)\b"
)
_I = re.compile(r"\b(?:I|my|me|mine|myself)\b(?!/)")
_PASTED = re.compile(r"\s*(?:>|&gt;){2,}")
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
    legal = len({word.lower() for word in _LEGAL.findall(line)}) >= _ENOUGH_LEGAL
    praised = len(_PRAISE.findall(text[start:stop])) >= _ENOUGH_PRAISE
    taken = tabled or legal or praised or stop > _label(text)
    return not (taken or _is_press(text) or _all_quoted(text)) and text[start:stop] in prose(text)


def is_card(text: str, span: str) -> bool:
    """Tell whether `span` presents something as its maker's card does, in a `text` where nobody says "I"."""
    return bool(_CARD.search(span)) and not _I.search(text)


def speaks_of_self(text: str) -> bool:
    """Tell whether whoever wrote `text` says "I" in it: the "we" of others may be taken over.

    So is all of a post that begins with a mark of quoting.
    """
    return bool(_I.search(text)) and not _PASTED.match(text)


def _line_end(text: str, stop: int) -> int:
    end = text.find("\n", stop)
    return end if end >= 0 else len(text)


@lru_cache(maxsize=4096)
def _label(text: str) -> int:
    """Return where in `text` others begin to speak, or its author begins to speak to a machine."""
    found = (sign.search(text) for sign in (_TAKEN_FROM, _TO_A_MACHINE, _ORDERS))
    return min((one.start() for one in found if one), default=len(text))


@lru_cache(maxsize=4096)
def _is_press(text: str) -> bool:
    """Tell whether a long post is written as reporters write."""
    return bool(_PRESS.search(text)) and len(text.split()) >= _ENOUGH_FOR_PRESS


def _all_quoted(text: str) -> bool:
    bare = text.strip()
    marks = bare[:1] + bare[-1:] in {'""', "\u201c\u201d"}
    return marks and len(bare.split()) > _LONGEST_OWN_MARKS
