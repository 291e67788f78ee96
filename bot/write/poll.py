"""Whether a talk is no more than a question to all: what they use, what they would buy, what they wish."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from bot.domain.signal import SignalKind
from bot.write.asking import asks_of_all
from bot.write.places import from_press

if TYPE_CHECKING:
    from bot.domain.brief import Brief

# What happened shows in any title of the talk.
_HAPPENED = re.compile(
    r"\b(?:released?|releases|launch\w*|announc\w+|introduc\w+|open[- ]sourced?|dropp(?:ed|ing)|today|finally"
    r"|is\s+(?:out|here|live|down|gone|back)|updated?|updates|leak\w*|acquir\w+|ban|bans|banned|sue[sd]?"
    r"|lawsuits?|shut\w*|remov\w+|deletes?|deleted|deleting|chang\w+|broken?|broke|outages?|hack(?:ed|s)?"
    r"|raid(?:ed|s)?|logs|logged|stole|stolen|fired|died|delay(?:ed|s)|after|since)\b",
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
        asks_of_all(one.title or "") and not _HAPPENED.search(one.title or "") and not one.links
        for one in large
    )
