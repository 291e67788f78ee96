"""Twins: two storylines on one matter, though their talk was not put together."""

from __future__ import annotations

# So many times as near as two conversations on one matter have to be, whatever the two go by.
FACTOR = 1.1
# Where both go by one name, they need not lie quite so near.
NAMESAKE_FACTOR = 0.9


def bar(label: str, other: str, near: float) -> float:
    """Return how near two storylines with these labels must lie to be one matter.

    `near` is how near is near enough for two conversations (`StorylineIndex.near`).
    """
    namesakes = not names(label).isdisjoint(names(other))
    return near * (NAMESAKE_FACTOR if namesakes else FACTOR)


def names(label: str) -> frozenset[str]:
    """Return the names in a storyline's label, in lower case."""
    # A label holds common words, too; those are written small.
    return frozenset(part.lower() for part in label.split(", ") if part != part.lower())
