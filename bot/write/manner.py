"""How a quote speaks, by the words in it: never what they may mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.write.quotes import Quote

_DISSENT = re.compile(
    r"^disagree\b|\b(?:unpopular (?:opinion|(?:in )?here)|devil'?s advocate|I(?:'ll| will) defend|I disagree"
    r"|contrarian|hot take)\b",
    re.IGNORECASE,
)


def manner(quote: Quote) -> str:
    """Return the turn that fits how `quote` speaks: what its words show, never what they may mean."""
    text = quote.text
    if quote.asks:
        return "asks"
    return "dissent" if _DISSENT.search(text) else "says"
