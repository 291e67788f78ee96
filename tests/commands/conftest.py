"""What the commands are tried on: the demo's week, and a recording with every fault there is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import rough
from tests.commands.cli import groundswell
from tests.pipeline import week

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Played:
    """A data directory in which a recording has been played, and what the command said."""

    folder: Path
    done: subprocess.CompletedProcess[str]
    _known: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def ask(self, *arguments: object, columns: int = 100) -> subprocess.CompletedProcess[str]:
        """Run a command on the data directory."""
        return groundswell(*arguments, "--data-dir", self.folder, cwd=self.folder.parent, columns=columns)

    def json(self, *arguments: object) -> Any:
        """Run a reading command with --json and return its document; the same question is asked once."""
        if arguments not in self._known:
            done = self.ask(*arguments, "--json")
            assert (done.returncode, done.stderr) == (0, "")
            self._known[arguments] = json.loads(done.stdout)
        return self._known[arguments]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Give the demo's week, played by an operator whose settings are a trap for it."""
    folder = tmp_path_factory.mktemp("demo")
    done = groundswell(
        "demo",
        "--no-serve",
        "--data-dir",
        folder / "data",
        cwd=folder,
        columns=80,
        settings={
            "database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none",
            "anthropic_api_key": "sk-fictional-key-for-tests",
            "anthropic_base_url": "http://127.0.0.1:1",
            "mode": "review",
        },
    )
    return Played(folder / "data", done)


@pytest.fixture(scope="session")
def stories(demo: Played) -> list[dict[str, Any]]:
    """Give the demo's stories as `story list --json` tells them."""
    found: list[dict[str, Any]] = demo.json("story", "list")
    return found


@pytest.fixture(scope="session")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Played, rough.Recording]:
    """Give a replay of files full of faults and of hostile words, among which one matter is told."""
    folder = tmp_path_factory.mktemp("messy")
    made = rough.record(folder)
    done = groundswell(
        "replay",
        *made.paths,
        "--data-dir",
        folder / "data",
        "--json",
        cwd=folder,
        settings={"beats_file": str(week.BEATS)},
    )
    return Played(folder / "data", done), made
