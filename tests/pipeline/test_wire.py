"""Recordings of the wire: what a source sent is kept, and heard again by the real adapters."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot import playback
from bot.collect import registry, tape
from bot.collect.http import open_fetcher
from bot.collect.port import PolledSource, StreamedSource
from bot.collect.tape import Answer, Header, Sent, Tape, Visit
from bot.collect.taping import taped
from bot.collect.wire_host import loopback
from bot.domain.clock import ReplayClock
from bot.domain.errors import ConfigError, InputError
from bot.pipeline import wire
from bot.store import schema
from bot.store.engine import open_store, sqlite_url
from tests.collect.loopback import NOW, Reply, Request, open_site, reply
from tests.collect.test_bluesky import Host, _open
from tests.collect.test_discourse import OPENER
from tests.collect.test_hackernews import COMMENT
from tests.collect.test_jetstream import POST, v1
from tests.collect.test_reddit import POST as SUBMISSION

if TYPE_CHECKING:
    from pathlib import Path

    from bot.pipeline.newsroom import Newsroom
    from bot.store.engine import Store

_SECRETS = {
    "github_token": "gh-fictional",
    "reddit_client_id": "id-fictional",
    "reddit_client_secret": "secret-fictional",
    "reddit_username": "fictional",
    "reddit_access_approved": True,
    "github_repositories": "lantern/lantern",
}


@pytest.fixture
def clock() -> ReplayClock:
    """Give a clock at the time the loopback pages speak of."""
    return ReplayClock(NOW)


async def _record(
    newsroom: Newsroom, path: Path, source: str, ports: tuple[int, int], length: timedelta
) -> None:
    """Record a source whose every host is at these ports (pages, streams)."""
    newsroom.settings = newsroom.settings.model_copy(
        update={
            name: SecretStr(str(v)) if "token" in name or "client" in name else v
            for name, v in _SECRETS.items()
        }
        | {"github_repositories": ("lantern/lantern",)}
    )
    assert isinstance(newsroom.clock, ReplayClock)
    header = Header(source, newsroom.clock.now(), wire.secrets_of(newsroom.settings))
    with Tape(path, header) as running:
        network = taped(loopback(*ports), running, newsroom.clock)
        async with open_fetcher(newsroom.settings, network=network) as fetcher:
            every = registry.build(newsroom.settings, newsroom.book.beats, fetcher, None, network)
            newsroom.polled = [found for found in every if isinstance(found, PolledSource)]
            newsroom.streamed = [found for found in every if isinstance(found, StreamedSource)]
            await wire.record(newsroom, running, source, timedelta(minutes=1), length)


async def _play(path: Path, folder: Path) -> playback.Summary:
    from bot import settings  # noqa: PLC0415 - the module, whose name the fixtures use

    async def step(*_: object) -> None:
        return None

    configured = settings.load(data_dir=folder)
    return await playback.play_wire(configured, path, total=lambda _: None, step=step)


async def _stored(store: Store) -> list[Any]:
    table = schema.records.c
    async with store.read() as connection:
        rows = await connection.execute(
            sa.select(table.id, table.heard_at, table.title, table.text, table.url, table.erased_at).order_by(
                table.id
            )
        )
        return list(rows.all())


async def _stored_in(folder: Path) -> list[Any]:
    store = await open_store(sqlite_url(folder))
    try:
        return await _stored(store)
    finally:
        await store.close()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _pages(request: Request) -> Reply:
    """Answer as a forum that is gzipped, has a moment of failure, and then nothing new."""
    host = request.headers["host"]
    if host == "hn.algolia.com":
        after = int(request.query["numericFilters"].partition(">")[2].partition(",")[0])
        hit = {**COMMENT, "objectID": str(after), "created_at_i": after + 1}
        return reply({"hits": [hit]})
    if "/api/v1/access_token" in request.path:
        return reply(
            {"access_token": "granted-fictional", "expires_in": 3600}, set_cookie="s=cookie-fictional"
        )
    if host == "oauth.reddit.com":
        return reply({"kind": "Listing", "data": {"children": [{"kind": "t3", "data": SUBMISSION}]}})
    if "if-none-match" in request.headers:
        return reply(status=304)
    body = gzip.compress(json.dumps({"latest_posts": [OPENER]}).encode())
    return reply(body, content_encoding="gzip", content_type="application/json", etag='"one"')


@pytest.mark.parametrize("source", ["hackernews", "discourse", "reddit"])
async def test_what_was_recorded_is_heard_again(newsroom: Newsroom, tmp_path: Path, source: str) -> None:
    """The same records, with the same times, come out of the file as came from the servers."""
    path = tmp_path / "wire.jsonl.gz"
    async with open_site() as site:
        site.answer = _pages
        await _record(newsroom, path, source, (_port(site.url), 1), timedelta(minutes=12))
        visits = len(site.requests)
    assert visits >= 3
    (tmp_path / "again").mkdir()
    summary = await _play(path, tmp_path / "again")
    heard = await _stored(newsroom.store)
    assert await _stored_in(tmp_path / "again") == heard
    assert (summary.records, summary.bad) == (len(heard), 0)
    assert heard


async def test_a_stream_is_heard_again(newsroom: Newsroom, tmp_path: Path) -> None:
    """Frames are kept as they came, one that cannot be read among them, and read again."""
    path = tmp_path / "wire.jsonl"
    post = {**POST, "text": "A new LLM, says OpenAI, and another post about it."}
    frames = [v1(post), b'{"broken LLM', v1(post, rkey="x")]
    async with _open(Host(frames)) as base:
        await _record(newsroom, path, "bluesky", (1, _port(base)), timedelta(minutes=1))
    _, entries = tape.read(path)
    assert [frame for entry in entries if isinstance(entry, Sent) for frame in entry.frames] == frames
    (tmp_path / "again").mkdir()
    summary = await _play(path, tmp_path / "again")
    assert [row.id for row in await _stored_in(tmp_path / "again")] == [
        row.id for row in await _stored(newsroom.store)
    ]
    assert (summary.records, summary.bad) == (1, 1)


async def test_no_secret_is_kept(newsroom: Newsroom, tmp_path: Path) -> None:
    """Neither what the bot proves itself with nor what it was granted stands in the file."""
    for source in ("reddit", "github"):
        async with open_site() as site:
            site.answer = _pages
            await _record(newsroom, tmp_path / source, source, (_port(site.url), 1), timedelta(minutes=1))
            assert any("authorization" in request.headers for request in site.requests)
        text = (tmp_path / source).read_text(encoding="utf-8")
        header, entries = tape.read(tmp_path / source)
        bodies = b"".join(entry.body for entry in entries if isinstance(entry, Answer))
        assert "github_token" in header.secrets
        assert "fictional" not in text.replace(SUBMISSION["author"], "")
        assert b"granted-fictional" not in bodies


async def test_what_failed_fails_again(newsroom: Newsroom, tmp_path: Path) -> None:
    """A body that was cut, a refusal and a silent server are failures in the replay as well."""
    path = tmp_path / "wire.jsonl"
    answers = iter([reply(b"{", content_length="50"), reply(status=429, retry_after="60"), Reply(b"")])
    async with open_site() as site:
        site.answer = lambda _: next(answers)
        await _record(newsroom, path, "discourse", (_port(site.url), 1), timedelta(minutes=3))
    _, entries = tape.read(path)
    visits = sum(isinstance(entry, Visit) for entry in entries)
    assert visits == 3
    (tmp_path / "again").mkdir()
    assert (await _play(path, tmp_path / "again")).records == 0


async def test_a_store_that_heard_it_is_left_alone(tmp_path: Path) -> None:
    """A recording goes only into a store that has heard nothing; else it asks for other things."""
    path = tmp_path / "wire.jsonl"
    with Tape(path, Header("hackernews", NOW)) as running:
        running.visit(NOW, "all")
    await _play(path, tmp_path / "again")
    with pytest.raises(InputError, match="--data-dir"):
        await _play(path, tmp_path / "again")


async def test_only_what_is_on_the_wire_is_recorded(newsroom: Newsroom, tmp_path: Path) -> None:
    """A source that is off or unknown is refused and leaves no file; an existing one is not written over."""
    path = tmp_path / "wire.jsonl"
    with pytest.raises(InputError, match="off"):
        await _record(newsroom, path, "mastodon", (1, 1), timedelta(minutes=1))
    with pytest.raises(ConfigError, match="hackernews"):
        await _record(newsroom, path, "village", (1, 1), timedelta(minutes=1))
    assert not path.exists()
    path.write_bytes(b"of another day")
    with pytest.raises(InputError, match="exists"):
        await _record(newsroom, path, "hackernews", (1, 1), timedelta(minutes=1))
    assert path.read_bytes() == b"of another day"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "1: is no line"),
        (b'{"type":"wire","source":"x","began_at":"2026-03-02T12:00:00Z","format":9}\n', "format 9"),
        (b'{"type":"wire","source":"x","began_at":"2026-03-02T12:00:00Z"}\n{"type":"visit"}\n', "2: is no"),
        (b"\x1f\x8b\x08cut", "cannot be read"),
    ],
)
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, content: bytes, fault: str) -> None:
    """The message says which line, or that the file breaks off."""
    path = tmp_path / "wire.jsonl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=fault):
        list(tape.read(path)[1])
