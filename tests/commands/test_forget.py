"""The command that forgets: shown first, done once, in text and as data."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tests.commands.cli import groundswell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Played


def test_a_person_is_shown_then_forgotten(demo: Played, tmp_path: Path) -> None:
    """A dry run lists posts and quotes and changes nothing; then all of it is gone from the story."""
    folder = tmp_path / "data"
    shutil.copytree(demo.folder, folder)
    card = demo.json("story", "list")[0]
    story = demo.json("story", "show", card["id"])
    claims = [claim for paragraph in story["paragraphs"] for claim in paragraph["claims"]]
    url = next(cited["url"] for claim in claims for cited in claim["citations"])

    def run(*more: str) -> str:
        done = groundswell("forget", url, *more, "--data-dir", folder, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    shown = json.loads(run("--dry-run", "--json"))
    assert (shown["removed"], [link for _, link in shown["records"]]) == (False, [url])
    quote = shown["quotes"][0]["quote"]
    assert "Nothing is changed yet." in run("--dry-run")
    assert "Removed, and kept out" in run()
    after = groundswell("story", "show", card["id"], "--json", "--data-dir", folder, cwd=tmp_path)
    assert quote not in after.stdout
    assert json.dumps(url) not in after.stdout
    nobody = groundswell("forget", url, "--data-dir", folder, cwd=tmp_path)
    assert nobody.returncode == 1
    assert "nothing is held of" in nobody.stderr
