"""`groundswell init`: asks, tests, writes, and can be run again."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING

import dotenv
import pytest
from rich.console import Console

from bot.domain.errors import InputError
from bot.operate import init

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_httpserver import HTTPServer

KEY = "sk-fictional-key-for-tests"
_MODELS = {"data": [], "has_more": False, "first_id": None, "last_id": None}


def _run(file: Path, *answers: str) -> tuple[int, str]:
    shown = io.StringIO()
    lines = io.StringIO("".join(f"{answer}\n" for answer in answers))
    code = init.run(file=file, console=Console(file=shown, width=200), answers=lines)
    return code, shown.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the path of a .env that is not there yet."""
    return tmp_path / ".env"


@pytest.fixture
def api(file: Path, httpserver: HTTPServer) -> HTTPServer:
    """Give a Messages API on loopback that the .env already names."""
    file.write_text(f"GROUNDSWELL_ANTHROPIC_BASE_URL='{httpserver.url_for('/')}'\n", encoding="utf-8")
    return httpserver


def test_answers_are_written_for_the_owner_only(file: Path) -> None:
    """What is answered stands in .env, readable by its owner only, whatever the umask."""
    before = os.umask(0)
    try:
        code, shown = _run(
            file, "Tidewatch", "The Example Society", "desk@example.org", "https://tide.example", "", ""
        )
    finally:
        os.umask(before)
    assert code == 0
    assert dotenv.dotenv_values(file) == {
        "GROUNDSWELL_BOT_NAME": "Tidewatch",
        "GROUNDSWELL_OPERATOR": "The Example Society",
        "GROUNDSWELL_CONTACT": "desk@example.org",
        "GROUNDSWELL_SITE_URL": "https://tide.example",
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "groundswell doctor" in shown


def test_enter_keeps_what_is_there(file: Path) -> None:
    """Run again with nothing but Enter, the file stays as it was, comments and other lines included."""
    content = "# mine\nGROUNDSWELL_BOT_NAME='Tidewatch'\nGROUNDSWELL_MODE=review\n"
    file.write_text(content, encoding="utf-8")
    code, shown = _run(file, *[""] * 6)
    assert (code, file.read_text(encoding="utf-8")) == (0, content)
    assert "[Tidewatch]" in shown
    code, _ = _run(file, "Ebbwatch", *[""] * 5)
    assert file.read_text(encoding="utf-8") == content.replace("Tidewatch", "Ebbwatch")


@pytest.mark.parametrize("name", ['it\'s "quoted" # $HOME \\n', "ሰላም 🦆", "a=b"])
def test_any_printable_answer_survives(file: Path, name: str) -> None:
    """Quotes, hashes, dollars and other scripts come back from the file as they were typed."""
    _run(file, name, *[""] * 5)
    assert dotenv.dotenv_values(file, interpolate=False)["GROUNDSWELL_BOT_NAME"] == name


def test_a_wrong_answer_is_asked_again(file: Path) -> None:
    """An answer the settings would refuse is told what is wrong with it and asked again."""
    code, shown = _run(file, "x" * 61, "Tidewatch", "", "", "not a url", "https://tide.example", "", "")
    assert code == 0
    assert "at most 60 characters" in shown
    assert dotenv.dotenv_values(file) == {
        "GROUNDSWELL_BOT_NAME": "Tidewatch",
        "GROUNDSWELL_SITE_URL": "https://tide.example",
    }


def test_a_key_that_works_is_kept_and_never_shown(file: Path, api: HTTPServer) -> None:
    """A key the API accepts is written; neither it nor an older key is ever printed."""
    api.expect_request("/v1/models").respond_with_json(_MODELS)
    code, shown = _run(file, "", "", "", "", KEY, "")
    assert code == 0
    assert dotenv.dotenv_values(file)["GROUNDSWELL_ANTHROPIC_API_KEY"] == KEY
    code, again = _run(file, *[""] * 6)
    assert code == 0
    assert "Claude API key [set]" in again
    assert KEY not in shown + again


def test_a_refused_key_is_not_written(file: Path, api: HTTPServer) -> None:
    """A key the API refuses is asked for again, and Enter goes on without one."""
    api.expect_request("/v1/models").respond_with_json({"error": {}}, status=401)
    code, shown = _run(file, "", "", "", "", KEY, "", "")
    assert code == 0
    assert "refuses the key" in shown
    assert KEY not in shown
    assert KEY not in file.read_text(encoding="utf-8")


def test_a_key_that_cannot_be_tested_is_kept(file: Path) -> None:
    """When the API cannot be reached the key is written, and that it was not tested is said."""
    file.write_text("GROUNDSWELL_ANTHROPIC_BASE_URL='http://127.0.0.1:1'\n", encoding="utf-8")
    code, shown = _run(file, "", "", "", "", KEY, "")
    assert code == 0
    assert "not tested" in shown
    assert dotenv.dotenv_values(file)["GROUNDSWELL_ANTHROPIC_API_KEY"] == KEY


def test_a_talk_broken_off_writes_nothing(file: Path) -> None:
    """When the answers end early, nothing is written and the exit code says so."""
    code, shown = _run(file, "Tidewatch")
    assert code == 1
    assert "nothing was written" in shown
    assert not file.exists()


def test_a_file_that_cannot_be_written_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    """Containers make a folder where they were to mount a file that is not there."""
    (tmp_path / ".env").mkdir()
    with pytest.raises(InputError, match="cannot be written: it is a folder"):
        _run(tmp_path / ".env")


def test_a_faulty_line_that_was_there_is_told(file: Path) -> None:
    """A setting that is wrong in the file already is named at the end."""
    file.write_text("GROUNDSWELL_PORT=many\n", encoding="utf-8")
    code, shown = _run(file, *[""] * 6)
    assert code == 1
    assert "GROUNDSWELL_PORT" in shown
