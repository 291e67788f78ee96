"""The command line of an audit of the stories in a store: its counts, and what does not hold."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.data import MissingDataError
from benchmarks.measure import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SHOWN = 20


class Audit(Protocol):
    """What an audit found; as a string its counts."""

    missed: list[str]


def run(name: str, about: str, audit: Callable[[Path], Audit], arguments: Sequence[str] | None = None) -> int:
    """Print the counts; return 1 if something does not hold, 3 if there is no store."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description=about.partition("\n")[0])
    parser.add_argument("data_dir", type=Path, help="a data directory, such as data/demo")
    options = parser.parse_args(arguments)
    try:
        found = audit(options.data_dir)
    except MissingDataError as error:
        say(str(error))
        return 3
    print(found)
    for miss in found.missed[:_SHOWN]:
        say(miss)
    return 1 if found.missed else 0
