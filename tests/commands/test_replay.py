"""`groundswell replay`: whatever is in the files, what is good is kept and what is bad is told."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bot.domain.text import clean
from tests.commands import rough
from tests.commands.cli import each, groundswell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Played

_CONTRACT = {"records", "kept", "bad", "storylines", "signals", "published", "held", "killed", "seconds"}


def test_the_summary_is_one_document(messy: tuple[Played, rough.Recording]) -> None:
    """With --json stdout is one JSON document with all numbers of the contract, and nothing else is said."""
    played, _ = messy
    summary = json.loads(played.done.stdout)
    assert (played.done.returncode, played.done.stderr) == (0, "")
    assert summary.keys() >= _CONTRACT
    assert all(isinstance(summary[name], int) for name in _CONTRACT - {"seconds"})
    assert summary["published"] == len(summary["stories"])
    assert 0 < summary["kept"] < summary["records"]


def test_every_good_line_is_kept(messy: tuple[Played, rough.Recording]) -> None:
    """All good lines of all files are counted and stored, those around the bad ones included."""
    played, made = messy
    assert json.loads(played.done.stdout)["records"] == made.good
    with closing(sqlite3.connect(played.folder / "groundswell.db")) as store:
        assert store.execute("SELECT count(*) FROM records").fetchone()[0] == made.good


def test_every_bad_line_is_told(messy: tuple[Played, rough.Recording]) -> None:
    """Each bad line is counted once and told with its file and number, in words a terminal can show."""
    played, made = messy
    summary = json.loads(played.done.stdout)
    assert summary["bad"] == len(made.bad)
    assert [reason.split(": ")[0] for reason in summary["bad_lines"]] == list(made.bad)
    assert all(reason.isprintable() for reason in summary["bad_lines"])


def test_nothing_invisible_gets_in(messy: tuple[Played, rough.Recording]) -> None:
    """No text anywhere in the store holds a NUL, a bidi control or a zero-width character."""
    played, _ = messy
    with closing(sqlite3.connect(played.folder / "groundswell.db")) as store:
        tables = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        texts = [
            value
            for table in tables
            for row in store.execute(f"SELECT * FROM {table}")
            for value in row
            if isinstance(value, str)
        ]
    assert len(texts) > 10_000
    assert [text for text in texts if set(text) & set(rough.INVISIBLE)] == []


def test_hostile_words_stay_words(messy: tuple[Played, rough.Recording]) -> None:
    """Markup and instructions in posts and names change no command: they are shown as they were written."""
    played, _ = messy
    told = played.json("story", "list")
    (story,) = (item for item in told if item["beat"] == "open-source")
    answer = played.ask("ask", story["id"], "sources?")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert rough.HOSTILE_HANDLE in re.sub(r"\n +", "", answer.stdout)
    for call in (("story", "show", story["id"]), ("story", "list"), ("wire",)):
        done = played.ask(*call)
        assert (done.returncode, done.stderr) == (0, ""), call
        assert clean(done.stdout) == done.stdout.strip(), call


def test_a_file_that_cannot_be_opened_fails(tmp_path: Path) -> None:
    """A missing file or a directory ends the command with 1 and a sentence, with and without --json."""
    calls = [
        ["replay", path, "--data-dir", tmp_path / "data", *json_]
        for path in (tmp_path, tmp_path / "missing.jsonl")
        for json_ in ([], ["--json"])
    ]
    for call, done in zip(calls, each(calls, cwd=tmp_path), strict=True):
        assert (done.returncode, done.stdout.strip()) == (1, ""), call
        assert re.fullmatch(r"groundswell: \S+ cannot be read: [A-Z].*\n", done.stderr), done.stderr


def test_nothing_at_all_is_a_summary_too(tmp_path: Path) -> None:
    """An empty file is replayed like any other."""
    (tmp_path / "empty.jsonl").touch()
    done = groundswell("replay", "empty.jsonl", "--data-dir", "data", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["records"]) == (0, 0)
