"""How many examples a property is tried on: few in the suite, as many as EXAMPLES says in a long run."""

from __future__ import annotations

import os


def examples(few: int) -> int:
    """Return EXAMPLES from the environment, else `few`."""
    return int(os.environ.get("EXAMPLES", few))
