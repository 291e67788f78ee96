"""`python -m tests.parts` installs the parts. Quick when they are there; two at once wait for each other."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING

from filelock import FileLock

from tests import parts

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = parts.HERE / "package-lock.json"
_BLUESKY_LOCK = parts.HERE / "bluesky" / "package-lock.json"
_DISCORD = parts.HERE / "discord"
_DONE = parts.INSTALLED / "installed"
_SYSTEM_PACKAGE_SECONDS = 300

# One Brotli file each: the browser, the libraries a bare machine lacks, a software renderer, a font.
_UNPACK = """
const fs = require('node:fs'), zlib = require('node:zlib'), {pipeline} = require('node:stream/promises');
const [from, to, ...names] = process.argv.slice(1);
Promise.all(names.map((name) => pipeline(
  fs.createReadStream(`${from}/${name}.br`),
  zlib.createBrotliDecompress(),
  fs.createWriteStream(`${to}/${name}`),
)));
"""
_ARCHIVES = ("al2023.tar", "swiftshader.tar", "fonts.tar")
_RUN = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_PATH="$here"
exec "$here/chromium" "$@"
"""
# The archive's own file names a cloud function's directories; without a font no text has a size. A cache that
# is not named from the root lands where the browser was started.
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{here}/fonts-cache</cachedir>
</fontconfig>
"""


def main() -> int:
    """Install what is missing, say what is done, and return the exit code."""
    started = time.monotonic()
    parts.INSTALLED.mkdir(parents=True, exist_ok=True)
    with FileLock(parts.INSTALLED / "lock"):
        wanted = _fingerprint()
        if _DONE.exists() and _DONE.read_text(encoding="utf-8") == wanted:
            _say(f"parts: all there ({parts.INSTALLED})")
            return 0
        try:
            _install()
        except (OSError, subprocess.SubprocessError, parts.MissingPartError) as error:
            _say(f"parts: failed: {error}")
            return 1
        _DONE.write_text(wanted, encoding="utf-8")
    _say(f"parts: done in {time.monotonic() - started:.0f} s")
    return 0


def _fingerprint() -> str:
    files = (_LOCK, _BLUESKY_LOCK, _DISCORD / "package-lock.json", _DISCORD / "schemas.mjs")
    locks = "".join(file.read_text(encoding="utf-8") for file in files)
    inputs = locks + _RUN + _FONTS + str(parts.own_browser()) + str(parts.systemd_analyze())
    return hashlib.sha256(inputs.encode()).hexdigest()


def _install() -> None:
    own = parts.own_browser()
    _say("parts 1/6: PostgreSQL and axe-core" + ("" if own else " and Chromium") + " from npm")
    _npm(with_browser=own is None)
    _say("parts 2/6: PostgreSQL: linking its libraries")
    package = parts.postgres_bin().parents[1]
    subprocess.run([parts.node(), "scripts/hydrate-symlinks.js"], cwd=package, check=True)
    # PostgreSQL runs as an unprivileged user, who must be able to read it whatever the umask was.
    subprocess.run(["chmod", "-R", "a+rX", package], check=True)
    if own:
        _say(f"parts 3/6: Chromium: {own}")
    else:
        _say("parts 3/6: Chromium: unpacking")
        _unpack_chromium(parts.INSTALLED / "node_modules" / "@sparticuz" / "chromium" / "bin")
    _say(f"parts 4/6: systemd-analyze: {_find_systemd_analyze()}")
    parts.chromium()
    parts.axe_source()
    _install_bluesky()
    _install_discord()


def _install_bluesky() -> None:
    """Install the reference Bluesky servers, if they are not there."""
    place = parts.INSTALLED / "bluesky"
    done, wanted = place / "installed", hashlib.sha256(_BLUESKY_LOCK.read_bytes()).hexdigest()
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return
    place.mkdir(exist_ok=True)
    done.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_BLUESKY_LOCK.with_name(name), place / name)
    _say("parts 5/6: the Bluesky servers from npm")
    _run_npm(place, "ci")
    done.write_text(wanted, encoding="utf-8")


def _install_discord() -> None:
    """Install Discord's published schemas and turn them into JSON Schema."""
    place = parts.INSTALLED / "discord"
    place.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json", "schemas.mjs"):
        shutil.copy(_DISCORD / name, place / name)
    _say("parts 6/6: Discord's schemas from npm")
    _run_npm(place, "ci")
    subprocess.run([parts.node(), "schemas.mjs", "schemas.json"], cwd=place, check=True)


def _npm(*, with_browser: bool) -> None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        msg = "the pinned PostgreSQL is for x86-64 Linux: run the tests there, or in a container of that kind"
        raise parts.MissingPartError(msg)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(parts.HERE / name, parts.INSTALLED / name)
    _run_npm(parts.INSTALLED, "ci", *([] if with_browser else ["--omit=optional"]))


def _run_npm(place: Path, *what: str) -> None:
    """Run npm in `place`; it runs nobody's install script."""
    npm = parts.node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    subprocess.run([parts.node(), npm, *what, *quiet], cwd=place, check=True)


def _unpack_chromium(packed: Path) -> None:
    target = parts.INSTALLED / "chromium"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    subprocess.run([parts.node(), "-e", _UNPACK, packed, target, "chromium", *_ARCHIVES], check=True)
    for name in _ARCHIVES:
        with tarfile.open(target / name) as archive:
            # Python before 3.11.4 knows no filters; the archives are pinned by hash.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(target)
        (target / name).unlink()
    (target / "fonts.conf").write_text(_FONTS.format(here=target), encoding="utf-8")
    (target / "chromium").chmod(0o755)
    (target / "run").write_text(_RUN, encoding="utf-8")
    (target / "run").chmod(0o755)


def _find_systemd_analyze() -> str:
    if parts.systemd_analyze() is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        for step in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "systemd"]):
            # Only one test rests on it, so a machine without a package mirror goes on without.
            subprocess.run(
                [apt, *step], check=False, stdout=subprocess.DEVNULL, timeout=_SYSTEM_PACKAGE_SECONDS
            )
    return str(
        parts.systemd_analyze()
        or "missing; install the package `systemd` to check deploy/groundswell.service"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress for the person who waits


if __name__ == "__main__":
    sys.exit(main())
