"""Units of measurement, each with what it measures."""

from __future__ import annotations

import re

from bot.write.wordlists import wordlist

# Those of one slash group are one unit.
UNITS = {
    word: (dimension, unit)
    for dimension, _, units in (line.partition(":") for line in wordlist("dimensions"))
    for unit in units.split("|")
    for word in unit.split("/")
}
UNIT_BEHIND = re.compile(
    rf"[\s-](?:{'|'.join(sorted((word for word in UNITS if word.isalpha()), key=len, reverse=True))})\b",
    re.IGNORECASE,
)
