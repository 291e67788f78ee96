"""The systemd unit: valid, hardened, and in step with the service it runs."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from bot import schedule
from tests import parts

if TYPE_CHECKING:
    from pathlib import Path

UNIT = parts.HERE.parents[1] / "deploy" / "groundswell.service"
# systemd counts exposure from 0 to 10; the threshold is given in tenths.
_THRESHOLD = 20


def _analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = parts.systemd_analyze()
    assert program is not None, "systemd-analyze is not there: install the package systemd"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def _setting(name: str) -> str:
    found = re.search(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, name
    return found[1]


def test_the_unit_is_valid(tmp_path: Path) -> None:
    """To systemd-analyze the unit is valid, all but the program, which is not installed here."""
    copy = tmp_path / UNIT.name
    content = UNIT.read_text(encoding="utf-8")
    copy.write_text(content.replace(_setting("ExecStart"), "/bin/true"), encoding="utf-8")
    done = _analyze("verify", "--man=no", copy)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_hardened() -> None:
    """The exposure systemd-analyze computes is 2.0 of 10 or less."""
    done = _analyze("security", "--offline=true", f"--threshold={_THRESHOLD}", UNIT)
    assert done.returncode == 0, done.stdout


def test_the_unit_waits_longer_than_the_service_needs() -> None:
    """A kill comes only after the drain has ended, the watchdog only after several missed beats."""
    assert int(_setting("TimeoutStopSec")) > schedule.DRAIN_SECONDS + 2
    assert int(_setting("WatchdogSec")) > 3 * schedule.WATCHDOG_SECONDS


def test_secrets_never_stand_in_the_environment() -> None:
    """The unit sets no secret in the environment and loads no file into it."""
    content = UNIT.read_text(encoding="utf-8")
    assert "EnvironmentFile" not in content
    assert not re.search(
        r"(?i)^Environment=.*(key|secret|token|password|database_url)", content, re.MULTILINE
    )
