"""Recorded answers of the real networks, read by the real adapters: is what is read what was sent?

Each field of a record is compared with what stands in the recording; what its author deleted must be gone.
Of Hacker News there are hits under other field names, which are renamed to those of its index; of the forum
there are titles, addresses and robots.txt, and no posts.
"""

from __future__ import annotations

import gzip
import html
import importlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from protego import Protego

from benchmarks.data import SHARED, MissingDataError
from benchmarks.measure import Measure, say
from bot.collect import discourse, hackernews, jetstream, mastodon, reddit, rss
from bot.collect.http import Page
from bot.collect.intake import Batch, Gone
from bot.collect.robots import AGENT
from bot.domain.errors import InputError
from bot.domain.record import Record
from bot.domain.text import clean, squeeze

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
    networks = {
        "bluesky": _bluesky(), "reddit": _reddit(), "rss": _rss(), "mastodon": _mastodon(),
        "hackernews": _hackernews(), "discourse": _discourse(),
    }  # fmt: skip
    for name, outcomes in networks.items():
        right = wrong = 0
        for what, fine in outcomes:
            right, wrong = right + fine, wrong + (not fine)
            if not fine:
                say(f"{name}: {what} is not read as it was sent")
        if not right + wrong:
            msg = f"there is no recording of {name} in {_WIRE}"
            raise MissingDataError(msg)
        yield Measure(f"wire/{name}", round(100 * right / (right + wrong), 2), f"% of {right + wrong}", 100)


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


def _mastodon() -> Iterator[tuple[str, bool]]:
    # Only those who measure have it.
    yaml: Any = importlib.import_module("yaml")
    for path in sorted((_WIRE / "mastodon").glob("*.yaml")):
        for exchange in yaml.safe_load(path.read_bytes())["interactions"]:
            parts = urlsplit(exchange["request"]["uri"])
            for status in _statuses(exchange["response"]["body"]["string"]):
                raw = msgspec.Raw(json.dumps(status).encode())
                heard = mastodon.read_status(raw, f"{parts.scheme}://{parts.netloc}", _NOW)
                yield f"{path.name} {status['id']}", _same_status(heard, status, parts.netloc)


def _statuses(body: bytes | str) -> Iterator[dict[str, Any]]:
    """Yield the statuses of an answer: it is one, a list of them, or a search that found some."""
    try:
        found = json.loads(body)
    except ValueError:
        return
    if isinstance(found, dict):
        found = [found, *found.get("statuses", [])]
    yield from (item for item in found if isinstance(item, dict) and {"account", "content"} <= item.keys())


def _same_status(heard: object, status: dict[str, Any], host: str) -> bool:
    account = status["account"]
    if status["reblog"] or status["visibility"] != "public":
        return heard is None
    if account["noindex"] or account["discoverable"] is False:
        return isinstance(heard, Gone) and heard.record_id.endswith(f"/{status['id']}")
    if not (words := _bare(status["spoiler_text"] + status["content"])):
        return heard is None
    return (
        isinstance(heard, Record)
        and _bare(heard.text) == words
        and (heard.native_id, heard.url) == (f"{host}/{status['id']}", status["url"])
        and heard.author.handle.partition("@")[0] == account["username"]
        and heard.created_at == datetime.fromisoformat(status["created_at"])
        and heard.lang == status["language"]
    )


def _bare(text: str) -> str:
    """Return what stands in HTML or a text, without tags and spaces."""
    return "".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def _hackernews() -> Iterator[tuple[str, bool]]:
    for path in sorted((_WIRE / "hn").glob("*_hackernews.json")):
        for hit in json.loads(path.read_bytes())["output"]["items"]:
            made = datetime.fromisoformat(hit["createdAt"])
            sent = {
                "objectID": hit["objectID"], "created_at_i": int(made.timestamp()), "author": hit["author"],
                "title": hit["title"], "url": hit.get("url"), "points": hit["points"],
                "num_comments": hit["numComments"], "_tags": ["story"],
            }  # fmt: skip
            heard = hackernews.read_hit(msgspec.Raw(json.dumps(sent).encode()), _NOW)
            yield (
                hit["objectID"],
                isinstance(heard, Record)
                and (
                    (heard.native_id, heard.url) == (hit["objectID"], hit["hnUrl"])
                    and (heard.title, heard.author.id) == (squeeze(clean(hit["title"])), hit["author"])
                    and heard.created_at == made
                    and heard.links == ((hit["url"],) if hit.get("url") else ())
                    and heard.metrics == {"score": hit["points"], "replies": hit["numComments"]}
                ),
            )


def _discourse() -> Iterator[tuple[str, bool]]:
    folder, forum = _WIRE / "discourse", "https://discuss.huggingface.co"
    for path in sorted(folder.glob("*_topics.json")):
        for topic in json.loads(path.read_bytes()):
            slug, _, number = topic["Link"].removeprefix(f"{forum}/t/").rpartition("/")
            post = {
                "id": 1, "username": topic["Owner"], "created_at": "2026-09-01T00:00:00Z", "post_number": 1,
                "cooked": "<p>.</p>", "post_type": 1, "topic_id": int(number), "topic_slug": slug,
                "topic_title": topic["Topic"],
            }  # fmt: skip
            heard = discourse.read_post(msgspec.Raw(json.dumps(post).encode()), forum, _NOW)
            yield (
                topic["Link"],
                isinstance(heard, Record)
                and (
                    (heard.title, heard.author.handle) == (squeeze(clean(topic["Topic"])), topic["Owner"])
                    and heard.url == f"{topic['Link']}/1"
                ),
            )
    for path in sorted(folder.glob("*robots*.txt")):
        wishes = Protego.parse(path.read_text(encoding="utf-8"))
        for asked in ("/posts.json", "/posts.json?before=7", "/posts/by_number/55/4.json"):
            yield f"{path.name} {asked}", wishes.can_fetch(f"{forum}{asked}", AGENT)
