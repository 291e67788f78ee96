"""What is said of why a signal was told, passed or left waiting, and what of that is for readers."""

from __future__ import annotations

import re

RIPENING = "ripening"
DAY_IS_FULL = "the day's stories are told"
BEAT_IS_FULL = "the beat's stories of the day are told"
OVERTAKEN = "other matters were ahead of it until it was no longer news"
MOVED = "more of what it was raised for is on another storyline by now"
ONLY_GONE_ON = ", and the talk has only gone on"

_PLAIN = frozenset({RIPENING, DAY_IS_FULL, BEAT_IS_FULL, OVERTAKEN, MOVED})
_OF_A_STORY = re.compile(
    r"((?:told in|told a short while ago in|the same matter as|too few new voices since) )([a-z0-9-]+)"
    rf"({re.escape(ONLY_GONE_ON)})?(?:: both speak of .*)?",
    re.DOTALL,
)


def for_readers(reason: str) -> tuple[str, str | None, str]:
    """Return what readers get of a reason: the words before a story's id, that id, and the words behind it.

    A reason that is not known to be for them, such as an editor's or one of money, is none: ("", None, "").
    """
    if reason in _PLAIN:
        return reason, None, ""
    said = _OF_A_STORY.fullmatch(reason)
    return (said[1], said[2], said[3] or "") if said else ("", None, "")
