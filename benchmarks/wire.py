"""Recorded answers of the real networks, read by the real adapters: is what is read what was sent?

Each field of a record is compared with what stands in the recording; what its author deleted must be gone.
"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.data import SHARED, MissingDataError
from benchmarks.measure import Measure, say
from bot.collect import jetstream, reddit, rss
from bot.collect.http import Page
from bot.collect.intake import Batch, Gone
from bot.domain.errors import InputError
from bot.domain.record import Record
from bot.domain.text import clean

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_WIRE = SHARED / "wire"
_NOW = datetime(2026, 11, 1, tzinfo=UTC)
_TAKEN_BACK = {"[deleted]", "[removed]", "[deleted by user]"}


def measures(_: argparse.Namespace) -> Iterator[Measure]:
    """Yield the share of items that are read right, by network.

    Raises MissingDataError if there are no recordings.
    """
    if not _WIRE.is_dir():
        msg = f"there are no recordings of the wire in {_WIRE}"
        raise MissingDataError(msg)
    for name, outcomes in (("bluesky", _bluesky()), ("reddit", _reddit()), ("rss", _rss())):
        right = wrong = 0
        for what, fine in outcomes:
            right, wrong = right + fine, wrong + (not fine)
            if not fine:
                say(f"{name}: {what} is not read as it was sent")
        yield Measure(
            f"wire/{name}", round(100 * right / max(right + wrong, 1), 2), f"% of {right + wrong}", 100
        )


def _bluesky() -> Iterator[tuple[str, bool]]:
    for line in (_WIRE / "bluesky" / "jetstream_expected_v1.jsonl").read_bytes().splitlines():
        commit = json.loads(line).get("commit", {})
        if commit.get("collection") != jetstream.POSTS:
            continue
        try:
            heard = jetstream.read(jetstream.parse(line, jetstream.Protocol.V1))
        except InputError:
            yield commit["rkey"], False
            continue
        post = commit.get("record")
        if post is None:
            yield commit["rkey"], isinstance(heard, Gone) and heard.record_id.endswith(commit["rkey"])
        elif clean(post["text"]):
            yield commit["rkey"], isinstance(heard, Record) and _same_post(heard, post)
        else:
            yield commit["rkey"], heard is None


def _same_post(heard: Record, post: dict[str, Any]) -> bool:
    root = post.get("reply", {}).get("root", {}).get("uri", "")
    answers = heard.root is None or root == f"at://{heard.root.replace('/', f'/{jetstream.POSTS}/')}"
    langs = [lang[:2] for lang in post.get("langs") or []]
    return heard.text == clean(post["text"]) and answers and (not langs or heard.lang == langs[0])


def _reddit() -> Iterator[tuple[str, bool]]:
    for path in sorted((_WIRE / "reddit").glob("localllama_*.json.gz")):
        found = json.loads(gzip.decompress(path.read_bytes()))
        for listing in found if isinstance(found, list) else [found]:
            for thing in _things(listing):
                batch = Batch()
                reddit.read_children([msgspec.Raw(json.dumps(thing).encode())], batch, _NOW)
                yield thing["data"]["name"], _same_thing(batch, thing["data"])


def _things(listing: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield submissions and comments of a listing, answers to comments included."""
    for thing in listing["data"]["children"]:
        if thing["kind"] in {"t1", "t3"}:
            yield thing
            if replies := thing["data"].get("replies"):
                yield from _things(replies)


def _same_thing(batch: Batch, data: dict[str, Any]) -> bool:
    said = data.get("body", data.get("selftext", ""))
    if data.get("removed_by_category") or {data.get("author"), said.strip(), data.get("title")} & _TAKEN_BACK:
        return not batch.records and len(batch.gone) == 1
    (heard,) = batch.records.values() or (None,)
    return (
        heard is not None
        and (heard.native_id, heard.author.id) == (data["name"], data["author"])
        and heard.created_at == datetime.fromtimestamp(data["created_utc"], UTC)
        and heard.text in clean(said)
        and heard.url.endswith(data["permalink"])
    )


def _rss() -> Iterator[tuple[str, bool]]:
    for path in sorted((_WIRE / "rss").glob("feed_*.xml")):
        page = Page("https://feed.example/", path.read_bytes(), "application/xml", {}, {})
        newest = rss.read_page(page, page.url, _NOW).newest
        found = rss.read_page(page, page.url, newest + timedelta(seconds=1)).batch if newest else Batch()
        yield path.name, bool(found.records) and not found.bad
