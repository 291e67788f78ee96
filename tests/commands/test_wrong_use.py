"""Wrong use and wrong settings: a sentence and the right exit code, never a traceback."""

from __future__ import annotations

import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.commands.cli import COMMAND, each, environment, groundswell

if TYPE_CHECKING:
    from tests.commands.conftest import Played

_DOCS = Path(__file__).parents[2] / "docs" / "configuration.md"
_WRONG = [
    ["frobnicate"], ["replay"], ["story", "show"], ["ask", "a-story"], ["collect"], ["collect", "--no-once"],
    ["wire", "--nope"],
    ["ask", "a-story", "why?", "--post", "z"], ["cost", "--days", "-1"], ["cost", "--days", "999999999"],
]  # fmt: skip


def test_wrong_use_is_two(tmp_path: Path) -> None:
    """A command, argument or option that there is not ends with 2 and says what is wrong, on stderr."""
    for call, done in zip(_WRONG, each(_WRONG, cwd=tmp_path), strict=True):
        assert (done.returncode, done.stdout) == (2, ""), call
        assert "Error" in done.stderr
        assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_source_is_wrong_use(tmp_path: Path) -> None:
    """A source there is not, or one that streams and cannot be asked, ends with 2 before anything is made."""
    unknown = "groundswell: there is no source typo: choose one of "
    streams = "groundswell: bluesky is a stream, which only `groundswell run` hears"
    calls = [["collect", "--once", "typo"], ["collect", "--once", "bluesky"], ["record", "typo", "file"]]
    for done, told in zip(each(calls, cwd=tmp_path), (unknown, streams, unknown), strict=True):
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(told)
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_cannot_be_reached_fails(tmp_path: Path) -> None:
    """`collect --once` tells what became of the source, once, and ends with 1 if it failed."""
    done = groundswell("collect", "--once", "hackernews", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0] == "hackernews all"
    assert "failed: hn.algolia.com/api/v1/search_by_date could not be reached: hn.algolia.com" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "many"),
        ("mode", "fast"),
        ("site_url", "nowhere"),
        ("beats_file", "/no/such/file"),
        ("stories_per_day", "0"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    """A wrong value ends with 2, naming the setting, what is wrong and a place on the page that exists."""
    done = groundswell("beats", cwd=tmp_path, settings={name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"GROUNDSWELL_{name.upper()}" in done.stderr
    assert f"docs/configuration.md#{name}" in done.stderr
    assert f"\n### {name}\n" in _DOCS.read_text(encoding="utf-8")


def test_only_our_own_names_are_checked(tmp_path: Path) -> None:
    """Other programs' lines in .env are ignored; a name of ours that does not exist is refused."""
    env = tmp_path / ".env"
    env.write_text(
        "PORT=none\nOTHER_SECRET='x'\nexport THIRD=1\nGROUNDSWELL_BOT_NAME=Tidewatch\n", encoding="utf-8"
    )
    assert groundswell("beats", cwd=tmp_path).returncode == 0
    env.write_text("GROUNDSWELL_PROT=8080\n", encoding="utf-8")
    done = groundswell("beats", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "GROUNDSWELL_PROT: there is no such setting" in done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"GROUNDSWELL_BOT_NAME=\xff\xfe\n", ".env cannot be read: 'utf-8' codec"),
        (b'# mine\nGROUNDSWELL_PORT="80\n', ".env, line 2: write NAME=value, and close"),
        (b"GROUNDSWELL_PORT\n", ".env, line 1: write NAME=value"),
        (None, ".env cannot be read: Is a directory"),
    ],
)
def test_an_env_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, told: str) -> None:
    """A .env that cannot be read, or a line of it, ends with 2 and the place; no setting is passed over."""
    (tmp_path / ".env").mkdir() if content is None else (tmp_path / ".env").write_bytes(content)
    done = groundswell("beats", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"groundswell: {told}")
    assert done.stderr.count("\n") == 1


def test_a_store_that_cannot_be_opened_fails(tmp_path: Path) -> None:
    """A data directory that is a file, or a store that is none, ends with 1 and a sentence that names it."""
    (tmp_path / "file").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "groundswell.db").write_bytes(b"this is not a database, whatever its name says")
    for folder in ("file", "broken"):
        done = groundswell("story", "list", "--data-dir", folder, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, ""), folder
        assert done.stderr.startswith("groundswell: the")
        assert folder in done.stderr


def test_where_no_store_is_nothing_is_claimed(tmp_path: Path) -> None:
    """In a folder without a store nobody is told of a halt, or that nothing is held, and none is made."""
    calls = [
        ["halt"], ["resume"], ["beats", "mute", "law"], ["forget", "somebody"], ["story", "show", "it"],
        ["story", "list"], ["wire", "--json"], ["sources"], ["cost"], ["desk", "list"],
        ["ask", "it", "source?"],
    ]  # fmt: skip
    for call, done in zip(
        calls, each([[*call, "--data-dir", "typo"] for call in calls], cwd=tmp_path), strict=True
    ):
        assert (done.returncode, done.stdout) == (1, ""), call
        assert done.stderr.startswith("groundswell: there is no store in typo: "), call
    assert list(tmp_path.iterdir()) == []


def test_beats_are_shown_before_there_is_a_store(tmp_path: Path) -> None:
    """They are those of a file; a store is not made for it."""
    done = groundswell("beats", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "law" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_reader_who_has_seen_enough_is_no_error(demo: Played) -> None:
    """When the output is cut off, as by `head`, the command ends without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [COMMAND, "beats", "--json"], cwd=demo.folder, env=environment(demo.folder), stdout=writing,
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_closed_streams_and_a_full_disk_are_no_tracebacks(tmp_path: Path) -> None:
    """A command does without a stream that is closed, and says when there is no room for what it prints."""
    for call, code, told in (
        ("beats --json >&-", 0, ""),
        ("beats 2>&-", 0, ""),
        ("init <&-", 1, ""),
        ("beats --json >/dev/full", 1, "groundswell: No space left on device\n"),
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{COMMAND} {call}"], cwd=tmp_path, env=environment(tmp_path),
            capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (code, told), call
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_without_the_letters_is_served_too(demo: Played) -> None:
    """Where curly quotes cannot be shown the text comes without them, and JSON stays whole."""
    env = environment(demo.folder) | {"PYTHONIOENCODING": "ascii"}
    call: list[str | Path] = [COMMAND, "story", "list", "--data-dir", demo.folder]
    text = subprocess.run(call, env=env, cwd=demo.folder, capture_output=True, check=False)
    whole = subprocess.run([*call, "--json"], env=env, cwd=demo.folder, capture_output=True, check=False)
    assert (text.returncode, text.stderr, whole.returncode, whole.stderr) == (0, b"", 0, b"")
    assert text.stdout.isascii()
    assert "\N{LEFT DOUBLE QUOTATION MARK}" in whole.stdout.decode("utf-8")


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """`groundswell --version` says which version is installed."""
    assert groundswell("--version", cwd=tmp_path).stdout.strip() == version("groundswell")
