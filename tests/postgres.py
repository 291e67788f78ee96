"""A throwaway PostgreSQL server on the loopback interface."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

# PostgreSQL refuses to run as root, so root drops to a user that owns nothing.
_NOBODY = 65_534
_OTHERS_MAY_PASS = 0o001
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


@contextmanager
def server() -> Iterator[str]:
    """Run a server and yield its URL without a database, ending in "/"; stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="groundswell-pg-", ignore_cleanup_errors=True) as home:
        place, port = Path(home), _free_port()
        programs = _reachable(parts.postgres_bin(), place)
        if os.geteuid() == 0:
            os.chown(place, _NOBODY, _NOBODY)
        data, settings = str(place / "data"), _SETTINGS | {"port": str(port), "unix_socket_directories": home}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        locale: list[str | Path] = ["--encoding=UTF8", "--locale=C"]
        control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-s"]
        _run(place, [programs / "initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync", *locale])
        with _in_the_end(place, [*control, "-m", "immediate", "stop"]):
            _run(place, [*control, "-w", "-l", str(place / "log"), "-o", options, "start"])
            yield f"postgresql+psycopg://tester@127.0.0.1:{port}/"


@contextmanager
def _in_the_end(place: Path, command: list[str | Path]) -> Iterator[None]:
    """Run `command` and remove `place` at the end, also when this process is killed: then a pipe closes."""
    script = 'cat; "$@" 2>/dev/null; rm -rf "$0"'
    watching: list[str | Path] = ["/bin/sh", "-c", script, place, *command]
    with subprocess.Popen(watching, stdin=subprocess.PIPE, start_new_session=True, **_somebody(place)):
        # Leaving closes the pipe and waits.
        yield


def _somebody(place: Path) -> dict[str, Any]:
    """Return how a program of the server is run."""
    root = os.geteuid() == 0
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if root else {}
    return {"cwd": place, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **user}


def _run(place: Path, command: list[str | Path]) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **_somebody(place)
    )
    if done.returncode:
        log = place / "log"
        msg = f"{command[0]} failed: {done.stderr}{log.read_text() if log.exists() else ''}"
        raise RuntimeError(msg)


def _reachable(programs: Path, place: Path) -> Path:
    """Return the programs, copied into the open if they lie in a home that other users may not enter."""
    closed = any(not parent.stat().st_mode & _OTHERS_MAY_PASS for parent in programs.parents)
    if os.geteuid() != 0 or not closed:
        return programs
    shutil.copytree(programs.parent, place / "programs", symlinks=True)
    return place / "programs" / programs.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
