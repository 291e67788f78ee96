"""The Bluesky stream against loopback Jetstream hosts."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.collect.bluesky import Bluesky, Endpoint
from bot.collect.frames import Timing
from bot.collect.intake import from_unix
from bot.collect.jetstream import Protocol
from bot.detect.sieve import sieve
from bot.domain.errors import SourceError
from tests.collect.test_jetstream import DID, POST, SEEN_US, v1, v2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from websockets.http11 import Request, Response

    from bot.collect.port import Haul, Sieve

FAST = Timing(batch=500, flush=0.05, silence=0.2, connect=1, ping=5)


@dataclass
class Host:
    """A Jetstream host: what it sends, and how it was asked."""

    frames: Sequence[bytes] = ()
    stay: bool = False
    floor: int = 0
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    base: str = ""

    async def serve(self, socket: ServerConnection) -> None:
        """Send everything, then close or stay silent."""
        try:
            for frame in self.frames:
                await socket.send(frame.decode())
            if self.stay:
                await socket.wait_closed()
        except ConnectionClosed:
            return

    def check(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuse a cursor beyond the look-back."""
        query = parse_qs(urlsplit(request.path).query)
        self.asked.append(query)
        self.agents.append(request.headers.get("User-Agent", ""))
        if self.floor and int(query.get("cursor", [str(self.floor)])[0]) < self.floor:
            return socket.respond(400, json.dumps({"error": "CursorTooOld", "message": "look-back is 36 h"}))
        return None


@asynccontextmanager
async def _open(host: Host) -> AsyncIterator[str]:
    async with serve(
        host.serve,
        "127.0.0.1",
        0,
        process_request=host.check,
        compression=None,
        select_subprotocol=lambda _socket, offered: offered[0] if offered else None,
    ) as server:
        host.base = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield host.base


def _source(*hosts: str, timing: Timing = FAST) -> Bluesky:
    return Bluesky(hosts, agent="Groundswell/test", timing=timing)


async def _hauls(source: Bluesky, cursor: Mapping[str, Any] | None = None, count: int = 99) -> list[Haul]:
    """Take up to `count` batches; the end of the stream is swallowed."""
    found: list[Haul] = []
    async with aclosing(source.stream("jetstream", cursor or {})) as stream:
        try:
            async for haul in stream:
                found.append(haul)
                if len(found) == count:
                    break
        except SourceError:
            pass
    return found


def _post(number: int) -> bytes:
    commit = {
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": f"3n{number}",
        "record": POST,
    }
    return v1(commit=commit, time_us=SEEN_US + number)


async def test_batches_are_cut_by_size_and_cover_their_cursor() -> None:
    """Each batch holds its number of frames, and its cursor is the last event in it."""
    async with _open(Host([_post(n) for n in range(25)])) as base:
        hauls = await _hauls(_source(base, timing=Timing(batch=10, silence=0.2)))
    assert [len(haul.records) for haul in hauls] == [10, 10, 5]
    assert [haul.cursor["time_us"] - SEEN_US for haul in hauls] == [9, 19, 24]
    assert hauls[-1].cursor == {"host": base, "version": 1, "time_us": SEEN_US + 24, "seq": None}


async def test_an_unfilled_batch_is_handed_over_in_time() -> None:
    """A batch does not wait for more than the flush time, while the connection stays."""
    async with _open(Host([_post(1)], stay=True)) as base:
        (haul,) = await asyncio.wait_for(_hauls(_source(base), count=1), 2)
    assert len(haul.records) == 1


async def test_the_stream_asks_only_for_posts() -> None:
    """v1 and v2 hosts are asked in their own words, under the project's name."""
    one, two = Host([v1(POST)]), Host([v2(POST)])
    async with _open(one) as base_one, _open(two) as base_two:
        await _hauls(_source(base_one), count=1)
        (haul,) = await _hauls(_source(f"{base_two}/xrpc/network.bsky.jetstream.subscribeEvents"), count=1)
    size = {"maxMessageSizeBytes": ["1000000"]}
    assert one.asked == [{"wantedCollections": ["app.bsky.feed.post"], **size}]
    assert two.asked == [{"collections": ["app.bsky.feed.post"], "kinds": ["commit", "account"], **size}]
    assert haul.cursor == {"host": base_two, "version": 2, "time_us": SEEN_US, "seq": 4711}
    assert one.agents == ["Groundswell/test"]


@pytest.mark.parametrize(
    ("cursor", "asked_v1", "asked_v2"),
    [
        ({"version": 1, "time_us": SEEN_US, "seq": None}, SEEN_US - 5_000_000, SEEN_US - 5_000_000),
        ({"version": 2, "time_us": SEEN_US, "seq": 4711}, SEEN_US - 5_000_000, 4711),
        (
            {"host": "wss://other.example", "version": 2, "time_us": SEEN_US, "seq": 4711},
            SEEN_US - 5_000_000,
            SEEN_US - 5_000_000,
        ),
    ],
)
def test_a_restart_goes_on_a_little_earlier(cursor: dict[str, Any], asked_v1: int, asked_v2: int) -> None:
    """Time cursors are rewound by five seconds; a sequence number is used only on the host that gave it."""
    for protocol, expected in ((Protocol.V1, asked_v1), (Protocol.V2, asked_v2)):
        endpoint = Endpoint("wss://host.example", protocol)
        query = parse_qs(urlsplit(endpoint.url({"host": endpoint.base, **cursor})).query)
        assert query["cursor"] == [str(expected)]


@pytest.mark.parametrize(
    ("setting", "base", "protocol"),
    [
        ("jetstream1.us-east.bsky.network", "wss://jetstream1.us-east.bsky.network", Protocol.V1),
        ("jetstream.us-east.bsky.network", "wss://jetstream.us-east.bsky.network", Protocol.V2),
        ("wss://jetstream.example/subscribe", "wss://jetstream.example", Protocol.V1),
        ("ws://127.0.0.1:6008", "ws://127.0.0.1:6008", Protocol.V1),
        ("ws://h:1/xrpc/network.bsky.jetstream.subscribeEvents", "ws://h:1", Protocol.V2),
    ],
)
def test_a_setting_names_host_and_protocol(setting: str, base: str, protocol: Protocol) -> None:
    """Public hosts are known by their names, others by the path."""
    assert Endpoint.of(setting) == Endpoint(base, protocol)


async def test_deletions_and_closed_accounts_arrive() -> None:
    """A batch carries deleted posts and closed accounts, and keeps nothing of them."""
    account = {
        "did": DID,
        "time_us": SEEN_US,
        "kind": "account",
        "account": {"active": False, "status": "deleted"},
    }
    gone = v1(operation="delete", did="did:plc:other")
    async with _open(Host([v1(POST), gone, json.dumps(account).encode()])) as base:
        (haul,) = await _hauls(_source(base))
    assert not haul.records
    assert haul.gone == ("bluesky:did:plc:other/3post",)
    assert haul.gone_authors == (f"bluesky:{DID}",)


async def test_bad_frames_do_not_stop_the_stream() -> None:
    """Frames and records that cannot be read are counted, and the rest arrives."""
    frames = [
        b"{",
        b"[1]",
        v1({**POST, "createdAt": "1970-01-01T00:00:00Z"}),
        v1({**POST, "text": 5}),
        v1(POST),
    ]
    async with _open(Host(frames)) as base:
        (haul,) = await _hauls(_source(base))
    assert (haul.bad, len(haul.records)) == (4, 1)


async def test_hosts_take_turns() -> None:
    """A host that cannot be reached is passed over at once; one that ends the stream comes last next time."""
    first, second = Host([_post(1)]), Host([_post(2)])
    async with _open(first) as one, _open(second) as two:
        source = _source("ws://127.0.0.1:1", one, two)
        got = [await _hauls(source), await _hauls(source)]
    assert [hauls[0].cursor["host"] for hauls in got] == [one, two]


async def test_the_host_of_the_cursor_comes_first() -> None:
    """After a restart the stream goes on where it was."""
    first, second = Host([_post(1)]), Host([_post(2)])
    async with _open(first) as one, _open(second) as two:
        (haul,) = await _hauls(_source(one, two), {"host": two, "version": 1, "time_us": SEEN_US})
    assert haul.cursor["host"] == two
    assert first.asked == []


async def test_no_host_is_a_source_error() -> None:
    """When no host can be had, that and why is said, after each was tried."""
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:2 could not be reached .Connect call failed"):
        await anext(_source("ws://127.0.0.1:1", "ws://127.0.0.1:2").stream("jetstream", {}))
    with pytest.raises(SourceError, match="no Jetstream host is configured"):
        await anext(_source().stream("jetstream", {}))


async def test_a_silent_host_is_given_up() -> None:
    """A connection on which nothing comes is ended instead of waited for."""
    async with _open(Host(stay=True)) as base:
        with pytest.raises(SourceError, match=r"sent nothing for 0\.2 seconds"):
            await asyncio.wait_for(anext(_source(base).stream("jetstream", {})), 3)


async def test_a_lost_stream_hands_over_what_it_had() -> None:
    """What arrived before the connection was lost is handed over first, then the loss is raised."""
    async with _open(Host([_post(1)])) as base:
        stream = _source(base).stream("jetstream", {})
        haul = await anext(stream)
        assert len(haul.records) == 1
        with pytest.raises(SourceError, match="ended the stream"):
            await anext(stream)


_HOUR_US = 3_600_000_000


async def test_a_cursor_that_is_too_old_is_a_gap() -> None:
    """When the look-back is exceeded the stream goes on live, and the first batch tells the gap."""
    hour_later = from_unix((SEEN_US + _HOUR_US) / 1e6)
    frames = [
        v2(POST, time=hour_later.isoformat(), seq=4711),
        v2(POST, time=hour_later.isoformat(), seq=4712),
    ]
    host = Host(frames, floor=2 * SEEN_US)
    async with _open(host) as base:
        source = _source(f"{base}/xrpc/network.bsky.jetstream.subscribeEvents", timing=Timing(batch=1))
        hauls = await _hauls(source, {"host": base, "version": 1, "time_us": SEEN_US, "seq": None})
    assert [[(gap.start, gap.end) for gap in haul.gaps] for haul in hauls] == [
        [(from_unix(SEEN_US / 1e6), hour_later)],
        [],
    ]
    assert ["cursor" in asked for asked in host.asked] == [True, False]


async def test_a_host_that_silently_looks_back_less_far_leaves_a_gap() -> None:
    """v1 hosts begin with the oldest event they have: a first event long after the cursor is a gap."""
    cursor = {"version": 1, "time_us": SEEN_US - _HOUR_US}
    async with _open(Host([_post(1), _post(2)])) as base:
        (haul,) = await _hauls(_source(base), {"host": base, **cursor})
        (near,) = await _hauls(_source(base), {"host": base, "version": 1, "time_us": SEEN_US})
    (gap,) = haul.gaps
    assert (gap.start, gap.end) == (from_unix(cursor["time_us"] / 1e6), from_unix((SEEN_US + 1) / 1e6))
    assert near.gaps == ()
    assert near.heard_until == from_unix((SEEN_US + 2) / 1e6)


class _Gate:
    """Admits posts that say "Lantern" in English, and follows what it is told."""

    def __init__(self, *followed: str) -> None:
        self.followed = set(followed)
        self.asked: list[set[str]] = []

    def admits(self, text: str, lang: str | None) -> bool:
        return "Lantern" in text and lang in {None, "en"}

    def sieve(self, marks: Sequence[bytes]) -> Sieve:
        return sieve([(b"lantern",)], (), marks)

    async def follows(self, threads: Collection[str]) -> Collection[str]:
        self.asked.append(set(threads))
        return self.followed & set(threads)


def _said(
    rkey: str, text: str, root: str | None = None, *, lang: str = "en", operation: str = "create"
) -> bytes:
    said: dict[str, Any] = {**POST, "text": text, "langs": [lang], "reply": None}
    if root:
        uri = {"uri": f"at://{root.replace('/', '/app.bsky.feed.post/')}"}
        said["reply"] = {"root": uri, "parent": uri}
    commit = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey, "record": said}
    return v1(commit=commit)


@pytest.mark.parametrize("compact", [True, False])
async def test_the_gate_decides_what_is_read(compact: bool) -> None:  # noqa: FBT001 - how JSON is written
    """Posts about nothing are dropped; replies are kept in conversations that are followed, also new ones."""
    gone = {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "taken"}
    frames = [
        _said("new", "Lantern 2 is out"),
        _said("cat", "My cat is out"),
        _said("german", "Lantern 2 ist da", lang="de"),
        _said("here", "Mine too.", "did:plc:a/known"),
        _said("there", "Mine too.", "did:plc:a/strange"),
        _said("below", "Mine too.", f"{DID}/new"),
        _said("old", "edited", operation="update"),
        _said("unknown", "edited", operation="update"),
        v1(commit=gone),
    ]
    if compact:
        frames = [json.dumps(json.loads(frame), separators=(",", ":")).encode() for frame in frames]
    gate = _Gate("bluesky:did:plc:a/known", f"bluesky:{DID}/old")
    async with _open(Host(frames)) as base:
        source = Bluesky([base], agent="Groundswell/test", gate=gate, timing=FAST)
        (haul,) = await _hauls(source)
    assert [record.native_id.partition("/")[2] for record in haul.records] == ["new", "here", "below", "old"]
    assert haul.gone == (f"bluesky:{DID}/taken",)
    assert haul.heard_until == from_unix(SEEN_US / 1e6)
    (asked,) = gate.asked
    assert "bluesky:did:plc:a/strange" in asked


async def test_a_reader_that_is_slow_loses_nothing() -> None:
    """Reading pauses while batches wait, and every frame still arrives once, in order."""
    async with _open(Host([_post(n) for n in range(3_000)])) as base:
        hauls = await _hauls(_source(base, timing=Timing(batch=50, flush=0.05, silence=5)))
    arrived = [record.native_id for haul in hauls for record in haul.records]
    assert arrived == [f"{DID}/3n{n}" for n in range(3_000)]
    assert max(len(haul.records) for haul in hauls) == 50


class _Full:
    """A stream that has a full batch at once, and counts how often others had a turn while it was read."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self.frames, self.turns = list(frames), 0

    async def take(self) -> list[bytes]:
        taken, self.frames = self.frames, []
        if not taken:
            msg = "ended the stream"
            raise SourceError(msg)
        return taken

    async def others(self) -> None:
        while True:
            self.turns += bool(not self.frames)
            await asyncio.sleep(0)

    def close(self) -> None:
        pass


async def test_others_have_their_turn_while_a_batch_is_read() -> None:
    """A full batch takes a quarter of a second to read; the house answers meanwhile."""
    full = _Full([_said("cat", "My cat is out")] * 10_000)

    async def connect(url: str, headers: Mapping[str, str], timing: Timing) -> _Full:  # noqa: ARG001 - the port's
        return full

    source = Bluesky(["wss://host.example"], agent="test", gate=_Gate(), connect=connect)
    beside = asyncio.create_task(full.others())
    (haul,) = await _hauls(source)
    beside.cancel()
    assert haul.records == ()
    assert full.turns >= 10
