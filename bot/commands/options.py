"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

DataDir = Annotated[
    Path | None, Parameter(name="--data-dir", help="Where the store lies (default: as the settings say).")
]
DryRun = Annotated[
    bool, Parameter(name="--dry-run", negative=(), help="Show what would change; change nothing.")
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print one JSON document on stdout.")]
Wire = Annotated[
    bool,
    Parameter(name="--wire", negative=(), help="The file is a recording of the wire (`groundswell record`)."),
]
