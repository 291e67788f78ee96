"""What a title asks of the others: a choice, advice, a wish."""

from __future__ import annotations

import re

_OF_ALL = re.compile(
    r"^\W*(?:please\b|what(?:['\u2019]s|\s+(?:is|are))\s+(?:the|your|you|everyone|people)\b|which\b"
    r"|what\s[^?]*\b(?:do|are|would|should|have)\s+(?:you|i|we|people|everyone)\b"
    r"|how\s+(?:do|are|can|should|would)\s+(?:you|i|we|people)\b|(?:should|can)\s+i\b"
    r"|(?:when|where)\s+(?:should|can|will|do)\s+(?:i|we|you)\b"
    r"|(?:the\s+)?(?:best|cheapest|fastest|favou?rite|most\s+\w+)\b[^.!]*(?:\?|$)"
    r"|any(?:one|body)?\s+(?:recommend\w*|advice|tips|good|use|suggestions?)\b"
    r"|(?:recommend|suggest)\b|(?:recommendation|suggestion)s?\b\s*(?:\?|$|for\b|on\b|needed|wanted)"
    r"|looking\s+for\b|need\s+(?:help|advice)\b|help\b|advice\b|poll\b|if\s+you\s+(?:could|had)\b"
    r"|(?:share|post|drop|show|tell)\s+(?:me\s+|us\s+)?yours?\b|who\s+(?:else\b|here\b|is\s+using)"
    r"|i\s+wish\b|wish\s?list\b)",
    re.IGNORECASE,
)
# Also further in.
_PLEASE = re.compile(r"\bplease\b|\b(?:post|share|drop|tell) (?:us |me )?yours?\b", re.IGNORECASE)


def asks_of_all(title: str) -> bool:
    """Tell whether `title` puts a question to all: what they use, would buy, recommend or wish."""
    return _OF_ALL.search(title) is not None


def asks_for(title: str) -> bool:
    """Tell whether `title` says what somebody wants of the others, and not what happened."""
    return title.rstrip().endswith("?") or asks_of_all(title) or _PLEASE.search(title) is not None
