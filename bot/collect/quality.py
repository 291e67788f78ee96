"""The quality checklist of every source: one TOML file beside each, and the page made of them.

`python -m bot.collect.quality > docs/sources.md` writes the page.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What is asked of every source, in the order of the page.
CHECKS = {
    "conditional_get": "asks only whether something changed, where the server can tell",
    "rate_limits": "obeys the limits that the server states",
    "deletions": "honours what is taken back",
    "gaps": "tells what could not be heard",
    "robots": "honours robots.txt",
    "terms": "its terms were read",
    "wire": "was read against recorded answers of the real network",
    "bounded": "has bounds of time and size on everything that comes",
    "fuzzed": "survives whatever comes in their place",
}
# After this time the terms of a source are to be read again.
_READ_AGAIN = timedelta(days=365)
_STATES = ("done", "todo", "exempt")
_MARKS = {"done": "yes", "todo": "**not yet**", "exempt": "n/a"}
_HERE = Path(__file__).parent
_HEAD = """\
# The sources

What each source is, and how it keeps the rules. This page is made from the checklists in `bot/collect`
(`python -m bot.collect.quality > docs/sources.md`); a test compares them.

Every source is asked under the bot's own name with the operator's contact, through one client that checks
each address when it is dialled, bounds time and size, and obeys Retry-After. A failing one is left alone for
longer and longer, up to six hours, and the others go on.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """The page with the terms of a source, and the day on which a maintainer last read it (None: never)."""

    page: str
    reviewed: date | None

    def __str__(self) -> str:
        when = f"read on {self.reviewed.isoformat()}" if self.reviewed else "never read"
        return f"{when}: <{self.page}>"

    def overdue(self, today: date) -> bool:
        """Tell whether they are to be read again: a year after the last time."""
        return self.reviewed is None or today - self.reviewed > _READ_AGAIN


@dataclass(frozen=True, slots=True)
class Checklist:
    """One source's: what it is, and each check with its state and what there is to say about it.

    `terms` is None for a source that has none of its own.
    """

    name: str
    title: str
    how: str
    checks: Mapping[str, tuple[str, str]]
    terms: Terms | None


def load(name: str) -> Checklist:
    """Read the checklist of a source.

    Raises InputError if a check is missing, unknown, or has no reason where it needs one, or if the table
    `terms` does not fit the check of that name.
    """
    raw = tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
    if raw["checks"].keys() != CHECKS.keys():
        msg = f"{name}.toml: the checks must be {', '.join(CHECKS)}"
        raise InputError(msg)
    checks: dict[str, tuple[str, str]] = {}
    for check, told in raw["checks"].items():
        state, _, reason = told.partition(": ")
        if state not in _STATES or (state != "done" and not reason):
            msg = f"{name}.toml: {check} must be done, or todo or exempt with a reason"
            raise InputError(msg)
        checks[check] = (state, reason)
    return Checklist(name, raw["title"], raw["how"], checks, _terms(name, raw, checks["terms"][0]))


def _terms(name: str, raw: Mapping[str, Any], state: str) -> Terms | None:
    told = raw.get("terms", {})
    unread = state == "done" and not isinstance(told.get("reviewed"), date)
    if unread or (state == "exempt") is ("page" in told):
        msg = f"{name}.toml: [terms] must name the page and, if they were read, when; none if exempt"
        raise InputError(msg)
    return Terms(told["page"], told.get("reviewed")) if told else None


def names() -> list[str]:
    """Return the names of the sources that have a checklist."""
    return sorted(
        path.stem for path in _HERE.glob("*.toml") if "[checks]" in path.read_text(encoding="utf-8")
    )


def render(found: Iterable[Checklist]) -> str:
    """Return the page."""
    lines = [_HEAD]
    for one in sorted(found, key=lambda item: item.title):
        lines += [
            f"## {one.title}",
            "",
            f"{one.how[:1].upper()}{one.how[1:]}.",
            "",
            "| It ... | | |",
            "|---|---|---|",
        ]
        lines += [
            f"| {what} | {_MARKS[one.checks[check][0]]} | {one.checks[check][1]} |"
            for check, what in CHECKS.items()
        ]
        lines += ["", f"Its terms were {one.terms}", ""] if one.terms else [""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render(map(load, names())))
