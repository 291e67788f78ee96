"""`groundswell run`: it comes up, goes on without its sources, and stops when it is told to."""

from __future__ import annotations

import html
import json
import shutil
import signal
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import rough
from tests.commands.cli import each, groundswell
from tests.commands.service import serving
from tests.pipeline import week

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.commands.conftest import Played
    from tests.commands.service import Service

_LONGEST_STOP = 10
_STUBBORN = Path(__file__).with_name("stubborn.py")


@pytest.fixture(scope="module")
def service(demo: Played, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a service that runs on the demo's store."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(demo.folder, folder / "data")
    with serving(folder) as running:
        yield running


def test_ready_means_that_pages_are_there(service: Service, stories: list[dict[str, Any]]) -> None:
    """As soon as the supervisor hears READY=1 the health page and the stories answer, without any source."""
    assert json.loads(service.page("/healthz"))
    for story in stories:
        assert story["headline"] in html.unescape(service.page(f"/stories/{story['id']}"))


def test_reading_goes_on_beside_the_service(
    service: Service, demo: Played, stories: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Every reading command works while the service holds the store, with the same answers."""
    story = stories[0]["id"]
    calls = [("story", "list"), ("story", "show", story), ("ask", story, "source?"), ("wire",)]
    data = service.folder / "data"
    done = each([[*call, "--data-dir", data, "--json"] for call in calls], cwd=tmp_path)
    for call, one in zip(calls, done, strict=True):
        assert (one.returncode, one.stderr) == (0, ""), call
        assert json.loads(one.stdout) == demo.json(*call), call


@pytest.mark.parametrize("call", [("run",), ("replay", week.WEEK), ("collect", "--once")])
def test_a_second_bot_is_refused(service: Service, call: tuple[object, ...]) -> None:
    """Whatever else would write to the same store ends with 1 and a sentence, and the service goes on."""
    done = groundswell(*call, "--data-dir", "data", cwd=service.folder, settings={"port": "0"})
    assert (done.returncode, done.stdout.strip()) == (1, "")
    assert done.stderr == (
        "groundswell: another bot is running on data: stop it, or choose another --data-dir\n"
    )
    assert service.page("/healthz")


def test_it_stops_when_told_and_says_so(tmp_path: Path) -> None:
    """At SIGTERM it says STOPPING=1 and ends with 0 in time; each log line is one event with its outcome."""
    with serving(tmp_path) as running:
        running.await_failures("bluesky", "hackernews", "discourse", "rss", "arxiv")
        assert running.page("/healthz")
        assert running.stop() < _LONGEST_STOP
        assert (running.hear(), running.process.returncode) == ("STOPPING=1", 0)
        events = running.events()
    assert all({"event", "action", "status", "level", "timestamp"} <= event.keys() for event in events)
    assert [event["status"] for event in events if event["action"] == "serve"] == ["ok", "ok"]
    assert not any("exception" in event for event in events)


def test_a_slow_answer_does_not_hold_it_up(tmp_path: Path) -> None:
    """While a page takes for ever, and another reader says nothing, it stops in time all the same."""
    program = [sys.executable, _STUBBORN, tmp_path / "data", "page", 600]
    with (
        serving(tmp_path, program=program) as running,
        socket.create_connection(running.address),
        socket.create_connection(running.address) as reader,
    ):
        reader.sendall(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert running.hear() == "STATUS=asked"
        assert running.stop() < _LONGEST_STOP
        assert running.process.returncode == 0


@pytest.mark.parametrize(("takes", "outcome"), [(4, "ok"), (600, "cut short")])
def test_a_move_under_way_may_end(tmp_path: Path, takes: int, outcome: str) -> None:
    """A move that ends soon is waited for and its work is kept; an endless one is cut off, in time."""
    program = [sys.executable, _STUBBORN, tmp_path / "data", "source", takes]
    with serving(tmp_path, program=program) as running:
        assert running.hear() == "STATUS=asked"
        assert running.stop() < _LONGEST_STOP
        events = running.events()
    assert [event["status"] for event in events if event["action"] == "serve"] == ["ok", outcome]
    with closing(sqlite3.connect(tmp_path / "data" / "groundswell.db")) as store:
        kept = [json.loads(row[0]) for row in store.execute("SELECT cursor FROM sources")]
    assert kept == ([{"answered": True}] if outcome == "ok" else [])


def test_a_killed_service_comes_back(tmp_path: Path) -> None:
    """After SIGKILL the next start finds a sound store and no lock in its way."""
    for _ in range(2):
        with serving(tmp_path) as running:
            running.page("/healthz")
            running.stop(signal.SIGKILL)
    with closing(sqlite3.connect(tmp_path / "data" / "groundswell.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert groundswell("story", "list", "--data-dir", "data", cwd=tmp_path).returncode == 0


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    """If the site cannot listen, the service ends with 1 and names the settings; it is never ready."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = groundswell("run", "--data-dir", "data", cwd=tmp_path, settings={"port": str(port)})
    assert done.returncode == 1
    assert f"groundswell: the site cannot listen on 127.0.0.1:{port}: " in done.stderr
    assert "GROUNDSWELL_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_words_are_words_on_the_page(messy: tuple[Played, rough.Recording], tmp_path: Path) -> None:
    """On the pages of a story told from hostile posts nothing of them is markup, and nothing is invisible."""
    played, _ = messy
    shutil.copytree(played.folder, tmp_path / "data")
    (story,) = (item for item in played.json("story", "list") if item["beat"] == "open-source")
    with serving(tmp_path, settings={"beats_file": str(week.BEATS)}) as running:
        pages = [running.page(path) for path in ("/", f"/stories/{story['id']}", "/wire", "/feed.atom")]
    assert html.escape(rough.HOSTILE_HANDLE) in pages[1]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not set(page) & set(rough.INVISIBLE)
