"""Jetstream frames, v1 and v2."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.collect.intake import Gone, GoneAuthor
from bot.collect.jetstream import Event, Protocol, parse, read
from bot.domain.errors import InputError
from bot.domain.record import Record, RecordKind
from tests.collect.loopback import JUNK, broken

DID = "did:plc:lanternkeeper"
SEEN_US = 1_772_452_800_000_000
POST: dict[str, Any] = {
    "$type": "app.bsky.feed.post",
    "createdAt": "2026-03-02T11:59:59.120Z",
    "text": "Lantern 2 is open, see lantern.example/2...",
    "langs": ["en-GB"],
    "facets": [
        {
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://lantern.example/2"}],
            "index": {"byteStart": 23, "byteEnd": 43},
        },
        {"features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "lantern"}], "index": {}},
    ],
    "embed": {
        "$type": "app.bsky.embed.external",
        "external": {"uri": "https://harbour.example/lantern", "title": "The licence", "description": ""},
    },
}
REPLY = {
    "root": {"uri": "at://did:plc:root/app.bsky.feed.post/3root", "cid": "bafyroot"},
    "parent": {"uri": f"at://{DID}/app.bsky.feed.post/3parent", "cid": "bafyparent"},
}


def v1(record: object = None, operation: str = "create", **changes: object) -> bytes:
    """A v1 frame as the host sends it."""
    commit = {"rev": "3r", "operation": operation, "collection": "app.bsky.feed.post", "rkey": "3post"}
    if record is not None:
        commit |= {"record": record, "cid": "bafy"}  # type: ignore[dict-item]  # JSON values are of many types
    return json.dumps(
        {"did": DID, "time_us": SEEN_US, "kind": "commit", "commit": commit, **changes}
    ).encode()


def v2(record: object = None, operation: str = "create", **changes: object) -> bytes:
    """A v2 frame as the host sends it."""
    payload = {
        "$type": "network.bsky.jetstream.subscribeEvents#commit",
        "did": DID,
        "seq": 4711,
        "time": "2026-03-02T12:00:00.000000Z",
        "rev": "3r",
        "operation": operation,
        "collection": "app.bsky.feed.post",
        "rkey": "3post",
        **({} if record is None else {"record": record, "cid": "bafy"}),
        **changes,
    }
    return json.dumps({"$type": "message", "payload": payload}).encode()


def _record(frame: bytes, protocol: Protocol = Protocol.V1) -> Record:
    heard = read(parse(frame, protocol))
    assert isinstance(heard, Record)
    return heard


@pytest.mark.parametrize(("frame", "protocol"), [(v1(POST), Protocol.V1), (v2(POST), Protocol.V2)])
def test_a_post_becomes_the_same_record_in_both_protocols(frame: bytes, protocol: Protocol) -> None:
    """Id, address, author, words, language, date and links are the same, whoever sent the frame."""
    record = _record(frame, protocol)
    assert (record.id, record.kind) == (f"bluesky:{DID}/3post", RecordKind.POST)
    assert record.url == f"https://bsky.app/profile/{DID}/post/3post"
    assert (record.author.id, record.community, record.lang) == (DID, "bluesky", "en")
    assert record.text == POST["text"]
    assert record.created_at == datetime(2026, 3, 2, 11, 59, 59, 120_000, tzinfo=UTC)
    assert record.links == ("https://lantern.example/2", "https://harbour.example/lantern")
    assert record.opens_thread


def test_position_is_the_same_in_both_protocols() -> None:
    """Both give the host's time in microseconds; v2 adds its number and prefers when it saw the event."""
    one, two = parse(v1(POST), Protocol.V1), parse(v2(POST), Protocol.V2)
    assert (one.time_us, one.seq) == (SEEN_US, None)
    assert (two.time_us, two.seq) == (SEEN_US, 4711)
    later = parse(v2(POST, witnessedAt="2026-03-02T12:00:00.000007Z"), Protocol.V2)
    assert later.time_us == SEEN_US + 7


def test_a_reply_names_its_thread() -> None:
    """Root and parent are native ids; what is no post is no parent."""
    record = _record(v1({**POST, "reply": REPLY}))
    assert (record.kind, record.root, record.parent) == (
        RecordKind.COMMENT,
        "did:plc:root/3root",
        f"{DID}/3parent",
    )
    odd = {"root": {"uri": "at://did:plc:x/app.bsky.feed.generator/y"}, "parent": {"uri": "nonsense"}}
    record = _record(v1({**POST, "reply": odd}))
    assert (record.root, record.parent) == (None, None)


def test_a_link_beside_a_quotation_is_found() -> None:
    """A card inside a quoting post is read as a link, and unknown embeds are no trouble."""
    media = {"$type": "app.bsky.embed.recordWithMedia", "media": POST["embed"], "record": {"record": {}}}
    assert _record(v1({**POST, "facets": None, "embed": media})).links == ("https://harbour.example/lantern",)
    assert (
        _record(v1({**POST, "facets": [], "embed": {"$type": "app.example.hologram", "x": [1]}})).links == ()
    )


@pytest.mark.parametrize(("make", "protocol"), [(v1, Protocol.V1), (v2, Protocol.V2)])
def test_deletions_and_edits(make: Any, protocol: Protocol) -> None:
    """A delete takes the post out, an edit brings it again, an edit that leaves no words takes it out."""
    gone = Gone(f"bluesky:{DID}/3post")
    assert read(parse(make(operation="delete"), protocol)) == gone
    edited = read(parse(make({**POST, "text": "edited"}, "update"), protocol))
    assert isinstance(edited, Record)
    assert edited.text == "edited"
    assert read(parse(make({**POST, "text": " "}, "update"), protocol)) == gone
    assert read(parse(make({**POST, "text": ""}), protocol)) is None


def test_other_collections_are_nothing() -> None:
    """Likes and the like are of no concern."""
    assert read(parse(v2(POST, collection="app.bsky.feed.like"), Protocol.V2)) is None


@pytest.mark.parametrize(
    ("account", "gone"),
    [
        ({"active": False, "status": "deleted"}, True),
        ({"active": False, "status": "takendown"}, True),
        ({"active": False, "status": "suspended"}, True),
        ({"active": False, "status": "deactivated"}, True),
        ({"active": False, "status": "throttled"}, False),
        ({"active": False}, False),
        ({"active": True}, False),
        ({"active": True, "status": "deleted"}, False),
    ],
)
def test_closed_accounts(account: dict[str, Any], gone: object) -> None:
    """Every post goes with an account that its owner or the platform closed, and with no other."""
    expected = GoneAuthor(f"bluesky:{DID}") if gone else None
    plain = json.dumps({"did": DID, "time_us": SEEN_US, "kind": "account", "account": account}).encode()
    assert read(parse(plain, Protocol.V1)) == expected
    assert read(parse(v2(account=account, collection="", operation=""), Protocol.V2)) == expected


@pytest.mark.parametrize(
    "created_at", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-04T00:00:00Z", "x"]
)
def test_false_dates_are_refused(created_at: str) -> None:
    """A post may not claim a date before 2000 or more than a day ahead of the host's clock."""
    with pytest.raises(InputError, match="created_at"):
        read(parse(v1({**POST, "createdAt": created_at}), Protocol.V1))


def test_a_clock_ahead_counts_as_now() -> None:
    """A post dated some hours ahead counts as said when the host saw it."""
    assert _record(v1({**POST, "createdAt": "2026-03-02T20:00:00Z"})).created_at.hour == 12


@pytest.mark.parametrize("protocol", Protocol)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_frame_causes_another_error(protocol: Protocol, data: st.DataObject) -> None:
    """Whatever a frame or a record in it holds, the outcome is an event and what it says, or InputError."""
    make = v1 if protocol is Protocol.V1 else v2
    record = data.draw(broken({**POST, "reply": REPLY}))
    try:
        inside = msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        inside = data.draw(JUNK)
    outside = data.draw(broken(json.loads(make(POST))))
    for frame in (make(inside), outside, record):
        try:
            event = parse(frame, protocol)
            assert isinstance(event, Event)
            read(event)
        except InputError:
            continue
