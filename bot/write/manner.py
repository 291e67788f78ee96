"""How a quote speaks, by the words in it: never what they may mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.write.language import sentence_spans
from bot.write.worth import measured

if TYPE_CHECKING:
    from bot.write.quotes import Quote

_DISSENT = re.compile(
    r"^disagree\b|\b(?:unpopular (?:opinion|(?:in )?here)|devil'?s advocate|I(?:'ll| will) defend|I disagree"
    r"|contrarian|hot take)\b",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"^(?!(?:Use|Run|Write|Check|Export|Print)[ -](?:cases?|times?|rates?|speeds?|marks?|controls?|quality)\b"
    r"|Try as\b|Tell (?:me|us)\b)"
    r"(?:Keep|Pin|Check|Export|Leave|Put|Stop|Use|Write|Switch|Print|Save|Turn|Try|Get|Go with|Look at"
    r"|Run|Tell|Don't|Do not)\s\w+"
    r"|\b(?:your best bet|I(?:['\u2019]d| would) (?:suggest|recommend|go (?:with|for)))\b"
)
_I = r"\bI(?:['\u2019]ve| have| also| just| even)*"
_I_AM = r"\bI(?:['\u2019]m| am)"
# What somebody did to find out, and what they have at hand.
_TRIED = re.compile(
    rf"{_I} (?:tested|tried(?! to)|measured|benchmarked|compared|found (?:that|out)"
    r"|ran (?:it|this|these|them|both|tests|benchmarks|[A-Z]\w*))\b"
    r"|\b(?:in|In|from|From|after|After) (?:my|some|quick) (?:(?:own|limited|quick|brief|first) )*"
    r"(?:tests?|testing|trials?|experience|runs)\b"
)
_USES = re.compile(
    rf"(?:^|[.,;:!?] |\b(?:and|but|so|because) ){_I} use\b"
    rf"|(?:{_I_AM}|\bI(?:['\u2019]ve| have) been) (?:currently )?(?:using|running)\b"
)
_COMPARES = re.compile(
    r"\b(?:better|worse|faster|slower|cheaper|stronger|weaker|bigger|smaller|larger)"
    r"(?: \w+){0,3} than (?![\d$])|\b(?:superior|inferior) to\b|\bcompared (?:to|with)\b|\bon par with\b"
    r"|\bcomparable to\b|\bversus\b"
)
_REASONS = re.compile(
    r"\bbecause\b|\bthat(?:['\u2019]s| is) why\b|\bwhich (?:is why|means)\b",
    re.IGNORECASE,
)
# Who asks themselves why gives no reason; of several sentences it may be one for the last alone.
_WONDERS = re.compile(
    r"\b(?:curious|wonder\w*|not because|if)\b|n['\u2019]t \w+ to be because\b", re.IGNORECASE
)
_DOUBTS = re.compile(
    r"\bI (?:really |very much |seriously )?"
    r"(?:doubt|stopped believing|don['\u2019]t (?:believe|trust))\b"
    rf"|{_I_AM} (?:\w+ )?(?:sceptical|skeptical|suspicious|not convinced)\b"
    r"|\b(?:hard|difficult) to believe\b(?! how\b)|\btoo good to be true\b"
    r"|\bthere(?:['\u2019]ll| will) be a catch\b",
    re.IGNORECASE,
)
_EXPECTS = re.compile(
    r"\bI predict\b|\bmy prediction is\b"
    rf"|(?:\bI (?:bet|expect|reckon)|{_I_AM} (?:calling it|betting)|\b[Mm]y (?:bet|guess|money) is)\b"
    r"(?=[^.!?]*(?:\b(?:will|won['\u2019]t|going to)|['\u2019]ll)\b)"
)
_WAYS = {
    "tried": _TRIED, "uses": _USES, "doubts": _DOUBTS, "expects": _EXPECTS, "compares": _COMPARES,
    "reasons": _REASONS,
}  # fmt: skip


def manner(quote: Quote) -> str:
    """Return the turn that fits how `quote` speaks: what its words show, never what they may mean."""
    text = quote.text
    if quote.asks:
        return "asks"
    if _DISSENT.search(text):
        return "dissent"
    return "advice" if _ADVICE.search(text) else "says"


def ways(quote: Quote) -> list[str]:
    """Return what `quote` shows its author to do, what says most first: give figures, doubt, compare."""
    found = [way for way, sign in _WAYS.items() if sign.search(quote.text)]
    if _WONDERS.search(quote.text) or len(sentence_spans(quote.text)) > 1:
        found = [way for way in found if way != "reasons"]
    own = bool({"tried", "uses"} & {*found})
    return ["measures", *found] if own and measured(quote.text) else found
