"""The doctor: every finding has a verdict, a reason and, where something is wrong, what to do."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console

from bot.collect import quality
from bot.collect.port import Haul
from bot.domain.clock import ReplayClock
from bot.domain.errors import SourceError
from bot.operate import doctor
from bot.operate.doctor import Verdict
from bot.settings import load
from bot.store import migrate
from bot.store.engine import open_store, sqlite_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from bot.operate.doctor import Finding

KEY = "sk-fictional-key-for-tests"


class Polled:
    """A source whose targets fail if their name says so."""

    name = "polled"
    interval = timedelta(minutes=1)

    def __init__(self, *targets: str, off_reason: str | None = None) -> None:
        self.targets: Sequence[str] = targets
        self.off_reason = off_reason

    async def fetch(self, target: str, cursor: Mapping[str, Any], now: datetime) -> Haul:
        """Fail as the target's name says, or bring nothing."""
        assert now.tzinfo is not None
        if "down" in target:
            msg = f"{target} refuses access"
            raise SourceError(msg)
        if "broken" in target:
            raise ZeroDivisionError
        return Haul((), cursor)


class Streamed:
    """A stream that sends one batch, or ends in an error."""

    name = "streamed"
    off_reason: str | None = None

    def __init__(self, target: str) -> None:
        self.targets: Sequence[str] = (target,)

    async def stream(self, target: str, cursor: Mapping[str, Any]) -> AsyncIterator[Haul]:
        """Fail as the target's name says, or bring nothing once."""
        if "down" in target:
            msg = "no host could be had"
            raise SourceError(msg)
        yield Haul((), cursor)


async def _findings(
    folder: Path, *sources: Any, clock: ReplayClock | None = None, **changes: Any
) -> dict[str, Finding]:
    settings = load(data_dir=folder, **changes)
    return {finding.name: finding for finding in await doctor.examine(settings, sources=sources, clock=clock)}


async def test_a_fresh_machine_is_fit(tmp_path: Path) -> None:
    """With nothing set, all is ok but writer and channel without an account, which are off and say why."""
    found = await _findings(tmp_path / "data")
    assert {name for name, finding in found.items() if finding.verdict is not Verdict.OK} == {
        "writer: claude",
        "channel: bluesky",
        "channel: discord",
        "store",
    }
    assert {found[name].verdict for name in ("writer: claude", "store")} == {Verdict.OFF}
    assert str(tmp_path / "data") in found["store"].detail


async def test_it_looks_and_makes_nothing(tmp_path: Path) -> None:
    """A folder that was named by mistake stays what it was: not there, or without a store."""
    for folder in (tmp_path / "not" / "there", tmp_path):
        await _findings(folder)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - an async test


async def test_the_store_is_told_by_its_schema(tmp_path: Path) -> None:
    """A store of this version is fit; an older one is left alone, a newer one fails, an empty one is off."""
    (tmp_path / "groundswell.db").touch()
    assert (await _findings(tmp_path))["store"].verdict is Verdict.OFF
    store = await open_store(sqlite_url(tmp_path))
    newest, before, *_ = migrate.known()
    for revision, verdict, todo in (
        (newest, Verdict.OK, ""),
        (before, Verdict.OK, "brings it up to date"),
        ("9999", Verdict.FAILING, "update Groundswell"),
    ):
        async with store.write() as connection:
            await connection.execute(
                sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision}
            )
        found = await _findings(tmp_path)
        assert (found["store"].verdict, revision in found["store"].detail) == (verdict, True)
        assert todo in found["store"].todo
        assert ("publishing" in found) == (revision == newest)
        async with store.read() as connection:
            assert await connection.run_sync(migrate.revision) == revision
    await store.close()
    (tmp_path / "groundswell.db").write_bytes(b"this is not a database, whatever its name says")
    found = await _findings(tmp_path)
    assert (found["store"].verdict, "not a database" in found["store"].detail) == (Verdict.FAILING, True)


async def test_each_source_is_ok_off_or_failing(tmp_path: Path) -> None:
    """A source that answers is ok, one without permission off with its reason, one that does not failing."""
    found = await _findings(tmp_path, Polled("all"), Streamed("jetstream"))
    assert found["source: polled"].verdict is Verdict.OK
    assert found["source: streamed"].verdict is Verdict.OK
    found = await _findings(tmp_path, Polled("down"), Streamed("down"))
    assert found["source: polled"] == doctor.Finding(
        "source: polled", Verdict.FAILING, "down: down refuses access", found["source: polled"].todo
    )
    assert found["source: streamed"].verdict is Verdict.FAILING
    assert all(found[f"source: {name}"].todo for name in ("polled", "streamed"))
    found = await _findings(tmp_path, Polled("all", off_reason="access was not approved"))
    assert (found["source: polled"].verdict, found["source: polled"].detail) == (
        "off",
        "access was not approved",
    )
    assert (await _findings(tmp_path, Polled()))["source: polled"].verdict is Verdict.OFF


@pytest.mark.parametrize(("days", "overdue"), [(365, False), (366, True)])
async def test_terms_are_to_be_read_every_year(tmp_path: Path, days: int, overdue: bool) -> None:  # noqa: FBT001 - a table
    """Terms that nobody read for a year are told with what to do, and are no failure."""
    source, off = Polled("all"), Polled("all", off_reason="not wanted")
    source.name, off.name = "arxiv", "github"
    terms = quality.load("arxiv").terms
    assert terms is not None
    assert terms.reviewed is not None
    then = datetime.combine(terms.reviewed, datetime.min.time(), UTC) + timedelta(days=days)
    finding = (await _findings(tmp_path, source, off, clock=ReplayClock(then)))["terms of the sources"]
    assert finding.verdict is Verdict.OK
    assert (terms.page in finding.detail, bool(finding.todo)) == (overdue, overdue)
    assert "GitHub" not in finding.detail


async def test_one_feed_of_many_may_be_down(tmp_path: Path) -> None:
    """A source with several addresses is ok while one answers, and names those that do not."""
    targets = ("https://a.example", "https://down.example", "https://broken.example")
    finding = (await _findings(tmp_path, Polled(*targets)))["source: polled"]
    assert finding.verdict is Verdict.OK
    assert finding.detail.startswith("1 of 3 answered; not: https://down.example: ")
    assert "ZeroDivisionError" in finding.detail


async def test_one_target_of_each_sort_is_asked(tmp_path: Path) -> None:
    """A source of which one sort of target does not answer is failing, such as comments with a wrong key."""
    finding = (await _findings(tmp_path, Polled("a", "b", "a down", "b down")))["source: polled"]
    assert (finding.verdict, finding.detail) == (Verdict.FAILING, "a down: a down refuses access")
    finding = (await _findings(tmp_path, Polled("a", "b", "a comments", "down comments")))["source: polled"]
    assert (finding.verdict, finding.detail) == (Verdict.OK, "2 of 2 answered")


async def test_what_is_wrong_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A bad folder, beats file and clock are failing, each with something to do."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    found = await _findings(
        blocked / "data",
        clock=ReplayClock(datetime(1970, 1, 1, tzinfo=UTC)),
        beats_file=tmp_path / "none.toml",
    )
    for name in ("data directory", "beats", "clock"):
        assert found[name].verdict is Verdict.FAILING, name
        assert found[name].todo, name


@pytest.mark.parametrize(
    ("status", "verdict", "told"),
    [(200, "ok", "the key works"), (401, "failing", "refuses the key"), (503, "failing", "status 503")],
)
async def test_the_key_is_tried(
    tmp_path: Path, httpserver: HTTPServer, status: int, verdict: str, told: str
) -> None:
    """The key is tried on the API's list of models, and never shown."""
    answer = {"data": [], "has_more": False, "first_id": None, "last_id": None}
    httpserver.expect_request("/v1/models").respond_with_json(answer, status=status)
    found = await _findings(
        tmp_path, anthropic_api_key=SecretStr(KEY), anthropic_base_url=httpserver.url_for("/")
    )
    assert (found["writer: claude"].verdict, told in found["writer: claude"].detail) == (verdict, True)
    assert KEY not in repr(found)
    (request, _) = httpserver.log[0]
    assert request.headers["Authorization"] == f"Bearer {KEY}"


async def test_findings_can_be_printed_and_sent(tmp_path: Path) -> None:
    """The table shows findings, brackets and all; the JSON form is plain data; neither shows a secret."""
    url = "postgresql+psycopg://tester:hunter2-secret@127.0.0.1:1/x"
    findings = list((await _findings(tmp_path, Polled("down [1]"), database_url=SecretStr(url))).values())
    console = Console(width=200)
    with console.capture() as capture:
        console.print(doctor.render(findings))
    printed, sent = capture.get(), json.dumps(doctor.document(findings))
    assert "down [1]" in printed
    assert "down [1]" in sent
    assert {item["verdict"] for item in json.loads(sent)} == {"ok", "off", "failing"}
    assert "hunter2" not in printed + sent
