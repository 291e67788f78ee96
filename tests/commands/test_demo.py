"""`groundswell demo`: the whole bot in one command."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from benchmarks import figures
from benchmarks.quotes import audit
from bot.app import LOCK
from bot.domain.text import squeeze
from bot.store.engine import take
from tests.commands.cli import groundswell, start

if TYPE_CHECKING:
    from tests.commands.conftest import Played

Stories = list[dict[str, Any]]


def _prose(shown: str) -> str:
    """Return what stands in the boxes, unwrapped."""
    return squeeze(re.sub(r"[│╭╮╰╯─]", " ", shown))


def test_every_story_is_shown_as_it_is_published(demo: Played, stories: Stories) -> None:
    """Each story appears as a thread, a Discord card and its discussion, with headline and disclaimer."""
    shown = _prose(demo.done.stdout)
    assert demo.done.returncode == 0
    assert demo.done.stderr == ""
    assert len(stories) >= 6
    assert all(shown.count(squeeze(story["headline"])) >= 2 for story in stories)
    assert shown.count(" Bluesky ") >= shown.count("Discord ") >= len(stories)
    assert shown.count("was assembled by Groundswell without a language model") == 3 * len(stories)


def test_the_readme_shows_what_the_week_gives(demo: Played, stories: Stories) -> None:
    """The thread and the answer in the README are word for word what the demo's story and its sources say."""
    page = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```text\n(.*?)^(?:  \.\.\.\n)?```", page, re.MULTILINE | re.DOTALL)
    thread, answer = (_prose(block) for block in blocks)
    (story,) = [story for story in stories if story["headline"] in thread]
    assert f"posts {thread}" in _prose(demo.ask("story", "show", story["id"]).stdout)
    assert _prose(demo.ask("ask", story["id"], "sources?", "--post", 2).stdout).startswith(answer)


def test_the_summary_tells_what_is_in_the_store(demo: Played, stories: Stories) -> None:
    """The closing numbers are those of the store."""
    numbers = dict(re.findall(r"^  (\S[a-z ]+?)  +([\d,.]+)", demo.done.stdout, re.MULTILINE))
    assert numbers["stories published"] == str(len(stories))
    assert numbers["lines that could not be read"] == "0"
    assert int(numbers["records read"].replace(",", "")) >= 1_500
    assert {
        "kept for a beat",
        "storylines",
        "signals",
        "stories held for the desk",
        "seconds",
    } <= numbers.keys()


def test_no_line_is_wider_than_the_terminal(demo: Played) -> None:
    """In 80 columns nothing runs over."""
    assert max(map(len, demo.done.stdout.splitlines())) == 80


def test_every_quote_is_verbatim(demo: Played) -> None:
    """Each published quote is an exact substring of the record that its claim cites."""
    found = audit(demo.folder)
    assert found.missed == []
    assert found.quotes > 20 * found.stories > 0


def test_every_figure_is_what_its_posts_come_to(demo: Played, stories: Stories) -> None:
    """Each number that a story states is counted again from the posts it says it counts, and is the same."""
    found = figures.audit(demo.folder)
    assert found.missed == []
    assert found.figures > 3 * len(stories) > found.of_words
    whole = demo.json("story", "show", stories[0]["id"])
    assert whole["numbers"]["records"] == len(whole["counted"])
    assert all(post["record_id"] for post in whole["counted"])


def test_an_interrupted_demo_goes_on_to_the_same_stories(tmp_path: Path, stories: Stories) -> None:
    """Ctrl-C in the middle ends with 130 and one line; the next run tells the rest, and nothing twice."""
    call = ("demo", "--no-serve", "--data-dir", tmp_path / "data")
    halt = {"failpoint": "mark.end:3:STOP"}
    with start(*call, cwd=tmp_path, settings=halt) as process:
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        first, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "groundswell: interrupted\n")
    assert "The replay in numbers" not in first
    second = groundswell(*call, cwd=tmp_path)
    assert (second.returncode, second.stderr) == (0, "")
    again = groundswell("story", "list", "--data-dir", tmp_path / "data", "--json", cwd=tmp_path)
    assert json.loads(again.stdout) == stories
    assert 0 < second.stdout.count(" Discord ") < len(stories)


def test_the_site_is_served_until_it_is_interrupted(tmp_path: Path, demo: Played, stories: Stories) -> None:
    """Without --no-serve the site stands at the address that is told, and Ctrl-C ends it with 0."""
    shutil.copytree(demo.folder, tmp_path / "data")
    with start("demo", "--data-dir", tmp_path / "data", cwd=tmp_path, settings={"port": "0"}) as process:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "http://" in line and "site is at" in line)
        (address,) = re.findall(r"http://127\.0\.0\.1:[1-9]\d+/", told)
        with urlopen(address, timeout=10) as page:
            front = page.read().decode()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
    assert stories[0]["headline"] in html.unescape(front)
    assert (process.returncode, err) == (0, "")


def test_without_a_directory_the_demo_starts_afresh(tmp_path: Path) -> None:
    """What an earlier demo left in the default directory, however broken, is in nobody's way."""
    store = tmp_path / "data" / "demo" / "groundswell.db"
    store.parent.mkdir(parents=True)
    store.write_bytes(b"this is not a database, whatever its name says")
    with start("demo", "--no-serve", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert any("Discord" in line for line in process.stdout)
        process.kill()


def test_a_fresh_demo_never_takes_a_running_one_away(tmp_path: Path) -> None:
    """Without --data-dir the demo starts afresh, except while another one holds the store."""
    (tmp_path / "data" / "demo").mkdir(parents=True)
    store = tmp_path / "data" / "demo" / "groundswell.db"
    store.touch()
    lock = take(store.with_name(LOCK))
    refused = groundswell("demo", "--no-serve", cwd=tmp_path)
    lock.release()
    assert (refused.returncode, refused.stdout.strip()) == (1, "")
    assert "another bot is running on data/demo" in refused.stderr
    assert store.exists()
