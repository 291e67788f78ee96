"""The prompts: files a person can read, versioned by their content."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.domain.models import Stage
from bot.write.language import words

if TYPE_CHECKING:
    from collections.abc import Mapping

_ECHO = 8
# What a model is told for each stage, in this order.
PARTS: Mapping[Stage, tuple[str, ...]] = {
    Stage.PLAN: ("evidence", "plan"),
    Stage.NARRATIVE: ("evidence", "style", "narrative"),
    Stage.PACKAGING: ("evidence", "style", "packaging"),
    Stage.READING: ("evidence", "reading"),
}


@cache
def load(name: str) -> str:
    """Return the prompt called `name`."""
    return files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8").strip()


def system(stage: Stage) -> str:
    """Return all that a model is told for `stage` before it sees any material."""
    return "\n\n".join(load(name) for name in PARTS[stage])


@cache
def _runs() -> frozenset[tuple[str, ...]]:
    told = (words(load(name)) for name in {name for parts in PARTS.values() for name in parts})
    return frozenset(tuple(said[n : n + _ECHO]) for said in told for n in range(len(said) - _ECHO + 1))


def echoed(text: str) -> bool:
    """Tell whether `text` repeats a prompt at length: somebody had the model recite it."""
    said = words(text)
    return any(tuple(said[n : n + _ECHO]) in _runs() for n in range(len(said) - _ECHO + 1))


def version() -> str:
    """Return a short name for the present wording of all prompts; it changes when a word does."""
    return sha256("\0".join(system(stage) for stage in PARTS).encode()).hexdigest()[:12]
