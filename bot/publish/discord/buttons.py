"""The ids of the buttons under a story, which outlive the process that made them."""

from __future__ import annotations

import re

# The number is of this form: a later form can tell its buttons from these.
SOURCES = re.compile(r"gs1:sources:(?P<version>\d{1,5}):(?P<story>[a-z0-9-]{1,80})")


def sources(story_id: str, version: int) -> str:
    """Return the id of the button that shows the sources of a story version."""
    return f"gs1:sources:{version}:{story_id}"


# These stand under a held story, at the desk.
DESK = re.compile(
    r"gs1:desk:(?P<verb>approve|edit|kill|everything):(?P<version>\d{1,5}):(?P<story>[a-z0-9-]{1,70})"
)


def desk(verb: str, story_id: str, version: int) -> str:
    """Return the id of a button, or of the form it opens, that decides about a held story version."""
    return f"gs1:desk:{verb}:{version}:{story_id}"
