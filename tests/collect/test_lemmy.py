"""Lemmy communities against a loopback instance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.collect.lemmy import Lemmy
from bot.domain.errors import SourceError
from bot.domain.record import RecordKind
from tests.collect.loopback import NOW, Reply, Request, Site, reply

if TYPE_CHECKING:
    from bot.collect.http import Fetcher

CREATOR = {"name": "wren", "actor_id": "https://barn.example/u/wren"}
POST: dict[str, Any] = {
    "id": 41,
    "name": "Lantern 2 on a Pi",
    "url": "https://lantern.example/pi",
    "body": "It takes **a minute** a word.",
    "ap_id": "https://barn.example/post/41",
    "published": "2026-03-02T11:00:00.123456Z",
    "deleted": False,
    "removed": False,
    "featured_community": False,
}
COMMENT: dict[str, Any] = {
    "id": 77,
    "content": "Mine is slower.",
    "path": "0.70.77",
    "ap_id": "https://barn.example/comment/77",
    "published": "2026-03-02T11:10:00",
    "deleted": False,
    "removed": False,
}


def _view(**post: object) -> dict[str, Any]:
    return {"post": {**POST, **post}, "creator": CREATOR, "counts": {"score": 4, "comments": 2}}


def _said(**comment: object) -> dict[str, Any]:
    return {
        "comment": {**COMMENT, **comment},
        "post": POST,
        "creator": CREATOR,
        "counts": {"score": 1, "child_count": 0},
    }


def _lists(posts: list[dict[str, Any]], comments: list[dict[str, Any]]) -> Any:
    def answer(request: Request) -> Reply:
        page = int(request.query["page"])
        piece = slice(50 * (page - 1), 50 * page)
        if request.path == "/api/v3/post/list":
            return reply({"posts": posts[piece]})
        return reply({"comments": comments[piece]})

    return answer


async def test_posts_and_comments_become_records(site: Site, fetcher: Fetcher) -> None:
    """Both name their community; a comment names the post as its thread and what it answers."""
    site.answer = _lists([_view()], [_said(), _said(id=78, path="0.78")])
    haul = await Lemmy(fetcher, []).fetch(f"{site.url}/c/localmodels", {}, NOW)
    host = site.url.removeprefix("http://")
    post, deep, top = haul.records
    assert (post.kind, post.title, post.links) == (
        RecordKind.POST, "Lantern 2 on a Pi", ("https://lantern.example/pi",),
    )  # fmt: skip
    assert (post.url, post.community) == ("https://barn.example/post/41", f"localmodels@{host}")
    assert (post.author.id, post.author.handle) == ("https://barn.example/u/wren", "wren@barn.example")
    assert post.metrics == {"score": 4, "replies": 2}
    assert (deep.parent, deep.thread) == (f"{host}/comment/70", post.id)
    assert (top.parent, top.thread) == (f"{host}/post/41", post.id)
    assert deep.created_at.isoformat() == "2026-03-02T11:10:00+00:00"
    assert haul.gaps == ()
    assert {request.query["community_name"] for request in site.requests} == {"localmodels"}


async def test_what_was_taken_back_is_gone(site: Site, fetcher: Fetcher) -> None:
    """Deleted and removed posts and comments are gone; bad ones are counted."""
    site.answer = _lists(
        [_view(id=1, deleted=True), _view(id=2, removed=True), _view(id=3, published="never")],
        [_said(id=4, deleted=True), _said(id=5, ap_id="ftp://x")],
    )
    haul = await Lemmy(fetcher, []).fetch(f"{site.url}/c/x", {}, NOW)
    assert [gone.rpartition(":")[2].partition("/")[2] for gone in haul.gone] == [
        "post/1",
        "post/2",
        "comment/4",
    ]
    assert haul.records == ()
    assert haul.bad == 2


async def test_listings_are_read_back_to_the_cursor(site: Site, fetcher: Fetcher) -> None:
    """Pages are read until the last known time; a pinned old post ends nothing; what is cut off is a gap."""
    posts = [
        _view(id=number, published=(NOW - timedelta(minutes=number)).isoformat()) for number in range(1, 400)
    ]
    pinned = _view(id=999, published="2020-01-01T00:00:00Z", featured_community=True)
    site.answer = _lists([pinned, *posts], [])
    near = {"posts": (NOW - timedelta(minutes=120)).isoformat()}
    haul = await Lemmy(fetcher, []).fetch(f"{site.url}/c/x", near, NOW)
    assert len(haul.records) == 150
    assert haul.gaps == ()
    assert haul.cursor["posts"] == (NOW - timedelta(minutes=1)).isoformat()
    far = {"posts": (NOW - timedelta(minutes=380)).isoformat()}
    (gap,) = (await Lemmy(fetcher, []).fetch(f"{site.url}/c/x", far, NOW)).gaps
    assert (gap.start, gap.end) == (NOW - timedelta(minutes=380), NOW - timedelta(minutes=249))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"posts": 4}'])
async def test_another_answer_is_a_failure(site: Site, fetcher: Fetcher, body: bytes) -> None:
    """A page that is not a listing is a failure of the source."""
    site.answer = lambda _: reply(body)
    with pytest.raises(SourceError):
        await Lemmy(fetcher, []).fetch(f"{site.url}/c/x", {}, NOW)
