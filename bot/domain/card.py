"""A card: the picture of a story, shown where its address is shared."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 1200, 630
"""Pixels, the shape that networks show."""

MIME = "image/png"


@dataclass(frozen=True, slots=True)
class Card:
    """The picture of one story version as a PNG, and what it shows in words for those who do not see it."""

    png: bytes
    alt: str
