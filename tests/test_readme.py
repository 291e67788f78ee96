"""What README.md and CONTRIBUTING.md tell people to type, and what they say is proven, is there."""

from __future__ import annotations

import ast
import gzip
import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bot.domain.text import quotations, squeeze
from bot.main import _app
from bot.store.engine import open_store, sqlite_url

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md")
MOST_LINES = 220
PROMISES = 10
SAFE = ("groundswell --help", "groundswell beats --json", "groundswell story list", "groundswell wire --json")

_README = (ROOT / "README.md").read_text(encoding="utf-8")


def _typed() -> list[str]:
    """Return what the pages tell people to type, without comments."""
    pages = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    blocks = re.findall(r"^```console\n(.*?)^```", pages, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return [re.sub(r"\s+#.*", "", line) for line in lines]


def _commands() -> list[str]:
    """Return the commands of the README's table and blocks, with words in the place of what is variable."""
    table = re.findall(r"^\| `(groundswell [^`]+)` \|", _README, re.MULTILINE)
    spelled = [re.sub(r"[\[\]]|\.\.\.", "", row).replace("--post N", "--post 1") for row in table]
    return [*spelled, *(line for line in _typed() if line.startswith("groundswell "))]


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions)


@pytest.mark.parametrize("command", _commands())
def test_every_command_exists_with_its_options(command: str) -> None:
    """Each command the README names is understood as it is written, with every option."""
    _app().parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


def test_the_table_names_every_command() -> None:
    """No command is missing from the README's table."""
    there = {name for name in _app() if not name.startswith("-")}
    named = {command.split()[1] for command in _commands()}
    assert named == there


@pytest.mark.parametrize("command", SAFE)
async def test_what_reads_only_runs(command: str, tmp_path: Path) -> None:
    """A reading command works on a store that has heard nothing, and its JSON is one document on stdout."""
    await (await open_store(sqlite_url(tmp_path))).close()
    program = Path(sys.executable).with_name("groundswell")
    arguments = shlex.split(command)[1:]
    data_dir = [] if "--help" in arguments else ["--data-dir", str(tmp_path)]
    done = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
        [program, *arguments, *data_dir], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, b"")
    if "--json" in arguments:
        json.loads(done.stdout)


def test_a_wrong_command_is_wrong_use() -> None:
    """A command that does not exist ends with exit code 2, as the README says."""
    program = Path(sys.executable).with_name("groundswell")
    done = subprocess.run([program, "nope"], capture_output=True, check=False, timeout=60)
    assert done.returncode == 2


def test_every_make_target_exists() -> None:
    """Each make target that the pages name is in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in PAGES)
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", text))
    assert named <= targets
    assert {"demo", "check", "test"} <= named


def test_every_promise_names_tests_that_exist() -> None:
    """Each of the ten promises names at least one test, and each named test is there."""
    section = _README.split("## Ten promises", 1)[1].split("\n## ", 1)[0]
    promises = re.split(r"^\d+\. \*\*", section, flags=re.MULTILINE)[1:]
    named = [re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", promise) for promise in promises]
    assert len(promises) == PROMISES
    assert all(named)
    lost = [
        f"{path}::{name}" for tests in named for path, name in tests if name not in _tests_in(ROOT / path)
    ]
    assert lost == []


def test_every_link_inside_the_project_leads_somewhere() -> None:
    """Each relative link in the project's pages points at a file that is there."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_the_story_it_shows_rests_on_the_week() -> None:
    """Every quotation in the README's excerpt stands verbatim in a record of the fictional week."""
    with gzip.open(ROOT / "bot" / "demo" / "week.jsonl.gz", "rt", encoding="utf-8") as lines:
        week = [json.loads(line) for line in lines]
    said = [squeeze(text) for record in week for text in (record["text"], record["title"] or "")]
    blocks = re.findall(r"^```text\n(.*?)^```", _README, re.MULTILINE | re.DOTALL)
    shown = [quote for block in blocks for quote in quotations(squeeze(block.replace("│", " ")))]
    assert len(shown) >= 5
    assert [quote for quote in shown if not any(quote in text for text in said)] == []


def test_it_stays_short() -> None:
    """The README can be read in one go."""
    assert len(_README.splitlines()) <= MOST_LINES
