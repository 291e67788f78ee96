"""The command that forgets: shown first, done once, in text and as data."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING

from bot import app, settings
from tests.commands.cli import groundswell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Played


async def test_a_new_data_directory_is_closed_to_others(tmp_path: Path) -> None:
    """What people wrote lies where only the bot's user can read it."""
    folder = tmp_path / "data"
    async with app.store(settings.load(data_dir=folder), alone=True):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_post_is_shown_then_forgotten(demo: Played, tmp_path: Path) -> None:
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

    shown = run("--dry-run")
    assert url in shown
    assert "Nothing is changed yet." in shown
    done = json.loads(run("--json"))
    assert (done["removed"], [link for _, link in done["records"]]) == (True, [url])
    after = groundswell("story", "show", card["id"], "--json", "--data-dir", folder, cwd=tmp_path)
    assert done["quotes"][0]["quote"] not in after.stdout
    assert json.dumps(url) not in after.stdout
