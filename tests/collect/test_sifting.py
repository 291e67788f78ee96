"""Frames sifted a thousand at once come to what a look at each of them says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.collect.jetstream import Protocol, glance
from bot.collect.sifting import MARKS, sift
from bot.detect.sieve import sieve
from tests.collect.test_jetstream import DID, POST, SEEN_US, v1, v2

_LANTERN = re.compile("(?<![A-Za-z0-9])Lantern(?![A-Za-z0-9])")
_SIEVE = sieve([(b"lantern",)], (), MARKS)
_WORDS = [
    "Lantern",
    "cat",
    "delete",
    "update",
    "account",
    "root",
    "record",
    '"',
    "\\",
    "{",
    "}",
    "\n",
    "é",
    ",",
]
_TEXTS = st.lists(st.sampled_from(_WORDS), max_size=6).map("".join)
_ACCOUNTS = [{"active": True}, {"active": False, "status": "deleted"}]


def _admits(text: str, lang: str | None) -> bool:
    return bool(_LANTERN.search(text)) and lang in {None, "en"}


def _readable(frame: bytes) -> bool:
    try:
        json.loads(frame)
    except ValueError:
        return False
    return True


@st.composite
def _frames(draw: st.DrawFn, protocol: Protocol) -> bytes:
    """Draw a post, an edit, a deletion, an account or rubbish, in whatever way JSON may be written."""
    make: Any = v1 if protocol is Protocol.V1 else v2
    kind = draw(st.sampled_from(["create", "create", "update", "delete", "account", "cut"]))
    record: dict[str, Any] = {"$type": POST["$type"], "text": draw(_TEXTS)}
    if draw(st.booleans()):
        root = {"cid": "bafyroot", "uri": f"at://did:plc:{draw(st.sampled_from('ab'))}/app.bsky.feed.post/3r"}
        record["reply"] = {"parent": {**root, "$type": "com.atproto.repo.strongRef"}, "root": root}
    if draw(st.booleans()):
        record["langs"] = [draw(st.sampled_from(["en", "de"]))]
    if kind == "account":
        account = {"account": draw(st.sampled_from(_ACCOUNTS))}
        payload = {"did": DID, "time_us": SEEN_US, "seq": 1, "time": "2026-03-02T12:00:00Z", **account}
        frame = json.dumps(payload if protocol is Protocol.V1 else {"payload": payload}).encode()
    else:
        frame = make(None if kind == "delete" else record, "create" if kind == "cut" else kind)
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")]))
    written = json.dumps(json.loads(frame), ensure_ascii=draw(st.booleans()), separators=separators).encode()
    return written[: len(written) // 2] if kind == "cut" else written


@pytest.mark.parametrize("protocol", list(Protocol))
@given(data=st.data())
def test_sifting_says_what_a_look_would(protocol: Protocol, data: st.DataObject) -> None:
    """Of each frame it knows whether it matters, and which conversation a reply is in, as `glance` does.

    Only a frame that cannot be read may be let go unlooked at, if nothing in it is on topic.
    """
    frames = data.draw(st.lists(_frames(protocol), max_size=12))
    looked = {number: thread for number, frame in enumerate(frames)
              if (thread := glance(frame, protocol, _admits)) is not None}  # fmt: skip
    sifted = sift(frames, protocol, _admits, _SIEVE)
    readable = {number for number, frame in enumerate(frames) if _readable(frame)}
    assert {n: t for n, t in sifted.items() if n in readable} == {
        n: t for n, t in looked.items() if n in readable
    }
    assert sift(frames, protocol, _admits, None) == looked


def test_what_a_post_holds_is_not_what_happened_to_it() -> None:
    """A post that holds the keys of a deletion, an edit, an account or a reply is judged by its own."""
    root, other = ({"uri": f"at://did:plc:{name}/app.bsky.feed.post/3r"} for name in ("root", "other"))
    odd = {"operation": "delete", "account": {"status": "deleted"}}
    frames = [
        v2({"text": "My cat", "odd": odd}),
        v2({"text": "Lantern", "odd": odd}),
        v2({"text": "My cat", "reply": {"root": root, "parent": root}, "zodd": {"root": other}}),
    ]
    compact = [json.dumps(json.loads(frame), separators=(",", ":")).encode() for frame in frames]
    assert sift(compact, Protocol.V2, _admits, _SIEVE) == {1: "", 2: "bluesky:did:plc:root/3r"}
