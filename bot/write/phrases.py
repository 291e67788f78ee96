"""The connective sentences of the extractive writer, and which of them a story gets.

They stand in `phrases.toml`. Which one is taken depends on what recent stories have worn out, on what the
latest have used, and on the storyline: the same brief gives the same story, two stories do not open alike,
and none repeats itself.
"""

from __future__ import annotations

import hashlib
import string
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.domain.text import without_quotations
from bot.write.saturation import is_worn, lately_used

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.domain.brief import Worn

BANK: Mapping[str, tuple[str, ...]] = {
    turn: tuple(sentences)
    for turn, sentences in tomllib.loads(
        files(__package__).joinpath("phrases.toml").read_text(encoding="utf-8")
    ).items()
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A filled sentence and the names of the fields that went into it."""

    text: str
    fields: frozenset[str]


class Phrasebook:
    """Chooses sentences for one story; each is used once before any is used again, worn ones last.

    Of the others the one that the `latest` stories, newest first, have not used for longest is taken.
    """

    TOLD = ("_used",)

    def __init__(self, seed: str, worn: Worn, latest: Sequence[str] = ()) -> None:
        self._seed = seed
        self._worn = worn
        self._latest = tuple(without_quotations(told) for told in latest)
        self._used: Counter[str] = Counter()

    def pick(self, turn: str, fields: Mapping[str, str]) -> Sentence:
        """Return a sentence for `turn`; `fields` are those that can be had.

        Raises LookupError if no sentence of the turn gets by with them.
        """
        options = [option for option in BANK[turn] if _fields(option) <= fields.keys()]
        if not options:
            msg = f"no sentence for {turn!r} gets by with {sorted(fields)}"
            raise LookupError(msg)
        least = min(self._used[option] for option in options)
        fresh = [option for option in options if self._used[option] == least]
        chosen = min(
            fresh,
            key=lambda option: (
                is_worn(option, self._worn),
                lately_used(option, self._latest),
                self._lot(turn, option),
            ),
        )
        self._used[chosen] += 1
        return Sentence(first_upper(chosen.format_map(fields)), _fields(chosen))

    def lot(self, turn: str, options: int) -> int:
        """Return a number below `options` that depends on the story and `turn` alone."""
        return int.from_bytes(self._lot(turn, "")[:4], "big") % options

    def _lot(self, turn: str, option: str) -> bytes:
        return hashlib.sha256(f"{self._seed}\n{turn}\n{option}".encode()).digest()


def _fields(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def first_upper(sentence: str) -> str:
    """Return `sentence` with a capital at its head, where that does not misspell a name."""
    keeps = sentence.startswith("r/") or "." in sentence.split(" ", maxsplit=1)[0].rstrip(".")
    return sentence if keeps else sentence[:1].upper() + sentence[1:]
