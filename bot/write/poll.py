"""Whether a talk is no more than a question to all: what they use, what they would buy, what they wish."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind
from bot.write.places import from_press

if TYPE_CHECKING:
    from bot.domain.brief import Brief

_ASKS_AROUND = re.compile(
    r"^\W*(?:what(?:['\u2019]s|\s+(?:is|are))\s+(?:the|your|you|everyone|people)\b|which\b"
    r"|what\s[^?]*\b(?:do|are|would|should|have)\s+(?:you|i|we|people|everyone)\b"
    r"|how\s+(?:do|are|can|should|would)\s+(?:you|i|we|people)\b|(?:should|shall|can)\s+(?:i|we)\b"
    r"|(?:when|where)\s+(?:should|can|will|do)\s+(?:i|we|you)\b"
    r"|(?:the\s+)?(?:best|cheapest|fastest|favou?rite)\b[^.!]*(?:\?|$)|any(?:one|body)?\s+(?:recommend|advice|tips|good|use)"
    r"|recommend|suggest|looking\s+for|need\s+(?:help|advice)|help\b|poll\b|if\s+you\s+(?:could|had)\b"
    r"|(?:share|post|drop|show)\s+(?:me\s+|us\s+)?your\b|who\s+(?:else\b|here\b|is\s+using)|i\s+wish\b|wish\s?list\b)",
    re.IGNORECASE,
)
# What happened shows in any title of the talk.
_HAPPENED = re.compile(
    r"\b(?:released?|releases|launch\w*|announc\w+|introduc\w+|open[- ]sourced?|dropp(?:ed|ing)|new|now|today"
    r"|just|finally|is\s+(?:out|here|live|down|gone)|updated?|updates|leak\w*|acquir\w+"
    r"|bann?\w*|sue[sd]?|shut\w*|remov\w+|chang\w+|broken?|broke|after|since)\b",
    re.IGNORECASE,
)
_NOTICED = frozenset({SignalKind.NEWCOMER, SignalKind.SURGE})
# A thread with so small a part of the answers is not what the talk is about.
_A_PART = 0.25


def asks_around(brief: Brief) -> bool:
    """Tell whether `brief` holds a question to all and no event, which nobody would miss as news.

    It is talk of one place, without a report, a paper or a link in what opened it; every thread that drew a
    part of it asks for choices, and none of their titles says that anything happened.
    """
    if len(brief.voices) != 1 or brief.signal.kind not in _NOTICED or brief.told:
        return False
    if any(from_press(item.record) for item in brief.records):
        return False
    answers = Counter(item.record.thread for item in brief.records if item.record.parent)
    most = max(answers.values(), default=0)
    opened = [item.record for item in brief.records if item.record.opens_thread and item.record.title]
    large = [one for one in opened if answers[one.thread] and answers[one.thread] >= _A_PART * most]
    return bool(large) and all(
        _ASKS_AROUND.search(one.title or "") and not _HAPPENED.search(one.title or "") and not one.links
        for one in large
    )
