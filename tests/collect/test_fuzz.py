"""Whatever comes in place of an item, every source gives a whole record, a deletion, nothing, or counts it.

The suite tries a few hundred payloads a source; `FUZZ_EXAMPLES=10000 pytest tests/collect/test_fuzz.py` more,
and FUZZ_SEED gives other ones.
"""

from __future__ import annotations

import copy
import json
import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bot.collect import (
    discourse,
    github,
    hackernews,
    jetstream,
    lemmy,
    mastodon,
    reddit,
    rss,
    youtube,
    youtube_comments,
)
from bot.collect.arxiv import read_page as read_papers
from bot.collect.feeds import read_feed
from bot.collect.http import Page
from bot.collect.intake import Batch
from bot.collect.interchange import encode, parse_line
from bot.collect.sifting import MARKS, sift
from bot.detect.sieve import sieve
from bot.domain.errors import SourceError
from tests.collect import (
    test_arxiv,
    test_discourse,
    test_github,
    test_hackernews,
    test_interchange,
    test_jetstream,
    test_lemmy,
    test_mastodon,
    test_reddit,
    test_rss,
    test_youtube,
    test_youtube_comments,
)
from tests.collect.loopback import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
SEED = os.environ.get("FUZZ_SEED", "0")
URL = "https://forum.example"


@dataclass(frozen=True, slots=True)
class Case:
    """One source: an item as the network sends it, and what reads it into a batch."""

    item: Any
    read: Callable[[Batch, bytes], object]


def _json(reader: Callable[..., Any], *rest: Any) -> Callable[[Batch, bytes], object]:
    return lambda batch, raw: batch.read(lambda item: reader(msgspec.Raw(item), *rest), raw)


def _page(raw: bytes) -> Page:
    return Page(URL, raw, "", {}, {})


def _reddit(batch: Batch, raw: bytes) -> None:
    reddit.read_children([msgspec.Raw(raw)], batch, NOW)


def _lemmy(reader: Callable[..., Any]) -> Callable[[Batch, bytes], object]:
    return lambda batch, raw: batch.read(lambda item: reader(msgspec.Raw(item), f"{URL}/c/x", NOW)[0], raw)


_SIEVE = sieve([(b"lantern",)], (), MARKS)


def _frame(protocol: jetstream.Protocol) -> Callable[[Batch, bytes], object]:
    def read(batch: Batch, raw: bytes) -> None:
        if sift([raw], protocol, lambda text, lang: bool(text) and lang != "de", _SIEVE):
            batch.read(lambda frame: jetstream.read(jetstream.parse(frame, protocol)), raw)

    return read


def _feed(batch: Batch, raw: bytes) -> None:
    batch.records.update(rss.read_page(_page(raw), URL, NOW).batch.records)


def _videos(batch: Batch, raw: bytes) -> None:
    batch.records.update(youtube.read_videos(_page(raw), NOW).batch.records)


def _thread(batch: Batch, raw: bytes) -> None:
    found: list[youtube_comments.Thread] = []
    batch.read(lambda item: found.append(youtube_comments.read_thread(msgspec.Raw(item))), raw)
    for thread in found:
        for said in thread.said:
            batch.read(lambda item: youtube_comments.read_comment(item, "abc", NOW), said)


def _discussions(batch: Batch, raw: bytes) -> None:
    for entry in read_feed(_page(raw)).entries:
        batch.read(lambda item: github.read_discussion(item, "a/b", NOW), entry)


CASES = {
    "bluesky v1": Case(json.loads(test_jetstream.v1(test_jetstream.POST)), _frame(jetstream.Protocol.V1)),
    "bluesky v2": Case(json.loads(test_jetstream.v2(test_jetstream.POST)), _frame(jetstream.Protocol.V2)),
    "hackernews": Case(test_hackernews.COMMENT, _json(hackernews.read_hit, NOW)),
    "discourse": Case(test_discourse.OPENER, _json(discourse.read_post, URL, NOW)),
    "reddit": Case({"kind": "t3", "data": test_reddit.POST}, _reddit),
    "mastodon": Case(test_mastodon.STATUS, _json(mastodon.read_status, f"{URL}/tags/x", NOW)),
    "lemmy posts": Case(test_lemmy._view(), _lemmy(lemmy.read_post)),
    "lemmy comments": Case(test_lemmy._said(), _lemmy(lemmy.read_comment)),
    "github issues": Case(test_github.ISSUE, _json(github.read_issue, "a/b", NOW)),
    "github comments": Case(test_github.COMMENT, _json(github.read_issue, "a/b", NOW)),
    "github releases": Case(test_github.RELEASE, _json(github.read_release, "a/b", NOW)),
    "youtube comments": Case(
        test_youtube_comments.thread(test_youtube_comments.said(), test_youtube_comments.answer(1, 2)),
        _thread,
    ),
    "json feeds": Case(test_rss.JSON_FEED, _feed),
    "interchange": Case(
        test_interchange.LINE, lambda batch, raw: batch.read(lambda x: parse_line(x, not_after=NOW), raw)
    ),
}
FEEDS: dict[str, tuple[bytes, Callable[[Batch, bytes], object]]] = {
    "rss": (test_rss.RSS.format(items="").encode(), _feed),
    "arxiv": (test_arxiv._feed(test_arxiv._entry()), lambda b, raw: read_papers(_page(raw), b, NOW)),
    "youtube": (
        test_youtube._feed(test_youtube.ENTRY.format(id="abc", at="2026-03-02T08:00:00Z")),
        _videos,
    ),
    "github discussions": (test_github.DISCUSSIONS, _discussions),
}


ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308,
    float("nan"), float("inf"),
    "", " ", "\x00", "\u202e\u200b", "\ud800", "e\u0301" * 20, "x" * 3_000, "\n" * 50, "0", "-7", "null",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-03-02T12:00:00", "2026-02-30T00:00:00Z",
    "http://", "http://[", "https://user:word@host.example/", "javascript:alert(1)", "//host.example/x",
    "at://", "0001-01-01T00:00:00+14:00", "https://host.example/\u00e4?q=\ud83c#", "<p>",
    "<a href='http://['>x</a>", "<![CDATA[", "&#0;&#x110000;", "&lt;",
    [], {}, [[]], [None], {"": None},
)  # fmt: skip


def _junk(chance: random.Random, depth: int = 2) -> Any:
    """Return any value that JSON can hold, of those that are often mistaken or of random characters."""
    kind = chance.randrange(8)
    if kind == 0:
        return "".join(chr(chance.randrange(0x250 if chance.random() < 0.8 else 0x110000)) for _ in range(9))
    if depth and kind == 1:
        return [_junk(chance, depth - 1) for _ in range(chance.randrange(4))]
    if depth and kind == 2:
        return {str(_junk(chance, 0))[:20]: _junk(chance, depth - 1) for _ in range(chance.randrange(4))}
    return copy.deepcopy(chance.choice(ODD))


def _changed(chance: random.Random, item: Any) -> bytes:
    """Return the item with up to three values, at any depth, missing or replaced; or half of it, or noise."""
    if chance.randrange(20) == 0:
        return chance.randbytes(chance.randrange(80))
    changed = copy.deepcopy(item)
    for _ in range(chance.randrange(4)):
        at, inner, key = changed, changed, None
        while isinstance(inner, dict | list) and inner:
            at = inner
            key = chance.choice(sorted(at) if isinstance(at, dict) else range(len(at)))
            inner = at[key]
            if chance.randrange(2):
                break
        if key is not None:
            if isinstance(at, dict) and chance.randrange(2):
                del at[key]
            else:
                at[key] = _junk(chance)
    text = json.dumps(changed).encode()
    return text if chance.randrange(10) else text[: chance.randrange(len(text) + 1)]


def _damaged(chance: random.Random, body: bytes) -> bytes:
    """Return the body with bytes put into it or taken out of it at some place, or cut off there."""
    at, length = chance.randrange(len(body) + 1), chance.randrange(200)
    put = (
        chance.randbytes(chance.randrange(60))
        if chance.randrange(2)
        else str(_junk(chance)).encode("utf-8", "replace")
    )
    return body[:at] + put + (body[at + length :] if chance.randrange(10) else b"")


def _sound(read: Callable[[Batch, bytes], object], raw: bytes) -> None:
    """Read a payload; every record that comes of it is whole: it survives being written and read."""
    batch = Batch()
    try:
        read(batch, raw)
    except SourceError:
        return
    for record in batch.records.values():
        assert record.words
        assert parse_line(encode(record), not_after=NOW) == record
    assert all(":" in gone for gone in batch.gone)


def _try(
    name: str, read: Callable[[Batch, bytes], object], payload: Callable[[random.Random], bytes]
) -> None:
    for number in range(EXAMPLES):
        raw = payload(random.Random(f"{name} {SEED} {number}"))
        try:
            _sound(read, raw)
        except Exception as error:
            error.add_note(f"payload {number} of {name}: {raw!r}")
            raise


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", CASES)
def test_no_item_breaks_a_source(name: str) -> None:
    """Whatever the values, nothing raises, and what becomes a record is a whole one."""
    case = CASES[name]
    _sound(case.read, json.dumps(case.item).encode())
    _try(name, case.read, lambda chance: _changed(chance, case.item))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", FEEDS)
def test_no_feed_breaks_a_source(name: str) -> None:
    """Whatever the bytes of a feed, nothing but SourceError is raised."""
    body, read = FEEDS[name]
    _sound(read, body)
    _try(name, read, lambda chance: _damaged(chance, body))
