"""Whatever comes in place of an item, every source gives a whole record, a deletion, nothing, or counts it.

The suite tries a few hundred payloads a source; `FUZZ_EXAMPLES=10000 pytest tests/collect/test_fuzz.py` more.
"""

from __future__ import annotations

import copy
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from tests.collect.loopback import JUNK, NOW

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
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


def _frame(protocol: jetstream.Protocol) -> Callable[[Batch, bytes], object]:
    def read(batch: Batch, raw: bytes) -> None:
        if jetstream.glance(raw, protocol, lambda text, lang: bool(text) and lang != "de") is not None:
            batch.read(lambda frame: jetstream.read(jetstream.parse(frame, protocol)), raw)

    return read


def _feed(batch: Batch, raw: bytes) -> None:
    batch.records.update(rss.read_page(_page(raw), URL, NOW).batch.records)


def _videos(batch: Batch, raw: bytes) -> None:
    for entry in read_feed(_page(raw)).entries:
        batch.read(lambda item: youtube.read_video(item, NOW), entry)


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


@st.composite
def payloads(draw: st.DrawFn, item: Any) -> bytes:
    """Return the item with up to three values, at any depth, missing or replaced; or plain bytes."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=80))
    changed = copy.deepcopy(item)
    for _ in range(draw(st.integers(0, 3))):
        at, inner, key = changed, changed, None
        while isinstance(inner, dict | list) and inner:
            at = inner
            key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
            inner = at[key]
            if draw(st.booleans()):
                break
        if key is not None:
            if isinstance(at, dict) and draw(st.booleans()):
                del at[key]
            else:
                at[key] = draw(JUNK)
    text = json.dumps(changed).encode()
    cut = draw(st.integers(0, 9))
    return text[: len(text) // 2] if cut == 0 else text


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


_ANY = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", CASES)
def test_no_item_breaks_a_source(name: str) -> None:
    """Whatever the values, nothing raises, and what becomes a record is a whole one."""
    case = CASES[name]

    @_ANY
    @given(payloads(case.item))
    def attempt(raw: bytes) -> None:
        _sound(case.read, raw)

    _sound(case.read, json.dumps(case.item).encode())
    attempt()


@pytest.mark.parametrize("name", FEEDS)
def test_no_feed_breaks_a_source(name: str) -> None:
    """Whatever the bytes of a feed, nothing but SourceError is raised."""
    body, read = FEEDS[name]

    @_ANY
    @given(st.binary(max_size=60), st.integers(0, len(body)), st.integers(0, 200))
    def attempt(junk: bytes, at: int, length: int) -> None:
        _sound(read, body[:at] + junk + body[at + length :])

    _sound(read, body)
    attempt()
