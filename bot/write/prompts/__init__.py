"""The prompts: files a person can read, versioned by their content."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

_NAMES = ("narrative", "packaging")


@cache
def load(name: str) -> str:
    """Return the prompt called `name`."""
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def version() -> str:
    """Return a short name for the present wording of all prompts; it changes when a word does."""
    return sha256("\0".join(load(name) for name in _NAMES).encode()).hexdigest()[:12]
