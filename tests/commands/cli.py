"""The installed command, run as its users run it: a process of its own, in a directory of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMAND = Path(sys.prefix) / "bin" / "groundswell"
_OFFLINE = Path(__file__).with_name("offline")
_PATIENCE = 90


def environment(folder: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without network and with no settings but `settings` ({"port": "0"})."""
    ours = {f"GROUNDSWELL_{name.upper()}": value for name, value in (settings or {}).items()}
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PYTHONPATH": str(_OFFLINE),
        "LC_ALL": "C.UTF-8",
    } | ours


def start(
    *arguments: object, cwd: Path, columns: int = 100, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start the command with pipes for all three streams, without a terminal it could ask at."""
    return subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment(cwd, settings) | {"COLUMNS": str(columns)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def groundswell(
    *arguments: object,
    cwd: Path,
    answers: str = "",
    columns: int = 100,
    settings: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `answers` is what it reads on stdin."""
    with start(*arguments, cwd=cwd, columns=columns, settings=settings) as process:
        try:
            out, err = process.communicate(answers, timeout=_PATIENCE)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def each(calls: Sequence[Sequence[object]], *, cwd: Path) -> list[subprocess.CompletedProcess[str]]:
    """Run several calls side by side; most of what a call takes is loading."""
    running = [start(*call, cwd=cwd) for call in calls]
    done = []
    for process in running:
        out, err = process.communicate(timeout=_PATIENCE)
        done.append(subprocess.CompletedProcess(process.args, process.returncode, out, err))
    return done
