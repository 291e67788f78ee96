"""Plants bugs in the bot, one at a time, and counts those that the tests catch."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_ROOT = Path(__file__).parents[1]
_MOST_MISSED = 1
_LONGEST_SECONDS = 90


@dataclass(frozen=True)
class Bug:
    """One change of one file, and the test that has to fail for it."""

    name: str
    file: str
    right: str
    wrong: str
    test: str


def run(bugs: Sequence[Bug], names: Collection[str] = ()) -> int:
    """Plant each bug (or those of these names), run its test, put the file back; 0 if enough were caught."""
    chosen = [bug for bug in bugs if not names or bug.name in names]
    missed = [bug.name for bug in chosen if not _caught(bug)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} caught; missed: {', '.join(missed) or 'none'}")  # noqa: T201 - what it is for
    return int(len(missed) > _MOST_MISSED)


def _caught(bug: Bug) -> bool:
    file = _ROOT / bug.file
    sound = file.read_text(encoding="utf-8")
    if bug.right not in sound:
        msg = f"{bug.name}: {bug.file} no longer has {bug.right!r}"
        raise SystemExit(msg)
    try:
        file.write_text(sound.replace(bug.right, bug.wrong), encoding="utf-8")
        call = [sys.executable, "-m", "pytest", "-x", "-q", "--timeout", str(_LONGEST_SECONDS), bug.test]
        failed = subprocess.run(call, cwd=_ROOT, capture_output=True, check=False).returncode == 1
    finally:
        file.write_text(sound, encoding="utf-8")
    print(f"{'caught' if failed else 'MISSED'}: {bug.name}", flush=True)  # noqa: T201 - progress
    return failed
