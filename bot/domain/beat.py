"""A beat: a standing area of coverage."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beat:
    """A standing area of coverage, as operators write it in the beats file.

    `terms` are words and phrases that mark the beat; `communities` are places whose every
    conversation belongs to it.
    """

    slug: str
    name: str
    description: str
    terms: tuple[str, ...]
    communities: tuple[str, ...] = ()
