"""`groundswell init` as a script feeds it."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import dotenv

from tests.commands.cli import groundswell

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "sk-fictional-key-for-tests"


def test_answers_on_stdin_are_written_and_kept(tmp_path: Path) -> None:
    """What is fed is written for the owner only; a second run keeps it; the key is never shown."""
    env = tmp_path / ".env"
    env.write_text("GROUNDSWELL_ANTHROPIC_BASE_URL=http://127.0.0.1:1\nOTHER=1\n", encoding="utf-8")
    answers = f"Tidewatch\nThe Example Society\ndesk@example.org\nhttps://tide.example\n{_KEY}\n\n"
    first = groundswell("init", cwd=tmp_path, answers=answers)
    assert (first.returncode, first.stderr) == (0, "")
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    written = dotenv.dotenv_values(env)
    assert written["GROUNDSWELL_BOT_NAME"] == "Tidewatch"
    assert (written["GROUNDSWELL_ANTHROPIC_API_KEY"], written["OTHER"]) == (_KEY, "1")
    second = groundswell("init", cwd=tmp_path, answers="\n" * 6)
    assert (second.returncode, dotenv.dotenv_values(env)) == (0, written)
    shown = first.stdout + second.stdout + first.stderr + second.stderr
    assert "Claude API key [set]" in second.stdout
    assert _KEY not in shown
    assert stat.S_IMODE(env.stat().st_mode) == 0o600


def test_answers_that_end_early_write_nothing(tmp_path: Path) -> None:
    """When stdin ends before the last answer, nothing is written and the code is 1."""
    done = groundswell("init", cwd=tmp_path, answers="Tidewatch\n")
    assert (done.returncode, done.stderr) == (1, "")
    assert not (tmp_path / ".env").exists()
